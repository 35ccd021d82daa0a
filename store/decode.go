package store

import (
	"math"
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/registrar"
)

// minBinding is the least a binding takes when encoded, in bytes: no more bindings are
// allocated than the bytes at hand can hold.
const minBinding = 16

// decoder reads an encoded payload. Strings it returns share the payload's memory.
type decoder struct {
	text   string // what is left
	failed bool   // something was not there; everything read since is zero
}

// decodeRecord reads what appendRecord wrote, false when that is not what it is.
func decodeRecord(payload string) (*registrar.Record, bool) {
	d := decoder{text: payload}
	if d.byte() != kindRecord {
		return nil, false
	}
	record := &registrar.Record{AddressOfRecord: d.string(), TemporaryGRUUs: d.uint32()}
	count := d.uint(math.MaxInt32)
	if d.failed || count == 0 || count > uint64(len(d.text))/minBinding {
		return nil, false
	}
	record.Bindings = make([]registrar.Binding, count)
	for i := range record.Bindings {
		d.binding(&record.Bindings[i])
	}
	return record, !d.failed && d.text == ""
}

func (d *decoder) binding(b *registrar.Binding) {
	flags := d.byte()
	d.failed = d.failed || flags&^byte(flagsKnown) != 0
	b.FlowBound = flags&flagFlowBound != 0
	b.SetAbilities(flags >> abilitiesShift)
	b.Contact = d.string()
	b.Parameters = d.string()
	b.Q = d.uint16()
	b.Expires = d.time()
	b.CallID = d.string()
	b.CSeq = d.uint32()
	b.Instance = d.string()
	b.RegID = d.uint32()
	b.Path = d.strings()
	b.Flow = d.flow()
	b.UserAgent = d.string()
	b.FirstTemporaryGRUU = d.uint32()
}

func (d *decoder) flow() machine.Flow {
	flow := machine.Flow{Transport: machine.Transport(d.byte()), Listener: d.uint16()}
	port := d.uint16()
	switch length := d.byte(); length {
	case 0:
		flow.Remote = netip.AddrPortFrom(netip.Addr{}, port)
	case 4, 16:
		bytes := d.take(uint64(length))
		zone := ""
		if length == 16 {
			zone = d.string()
		}
		address, ok := netip.AddrFromSlice([]byte(bytes))
		d.failed = d.failed || !ok
		flow.Remote = netip.AddrPortFrom(address.WithZone(zone), port)
	default:
		d.failed = true
	}
	return flow
}

func (d *decoder) strings() []string {
	count := d.uint(math.MaxInt32)
	if count == 0 || count > uint64(len(d.text)) {
		d.failed = d.failed || count > 0
		return nil
	}
	values := make([]string, count)
	for i := range values {
		values[i] = d.string()
	}
	return values
}

func (d *decoder) time() time.Time {
	zigzag := d.uint(math.MaxUint64)
	seconds := int64(zigzag>>1) ^ -int64(zigzag&1)
	return time.Unix(seconds, int64(d.uint(999_999_999))).UTC()
}

func (d *decoder) string() string { return d.take(d.uint(math.MaxInt32)) }

func (d *decoder) uint16() uint16 { return uint16(d.uint(math.MaxUint16)) }

func (d *decoder) uint32() uint32 { return uint32(d.uint(math.MaxUint32)) }

// uint reads a varint that is at most limit.
func (d *decoder) uint(limit uint64) uint64 {
	var value uint64
	for i := 0; i < len(d.text) && i < 10; i++ {
		b := d.text[i]
		value |= uint64(b&0x7F) << (7 * i)
		if b < 0x80 {
			if value > limit || i == 9 && b > 1 {
				break
			}
			d.text = d.text[i+1:]
			return value
		}
	}
	d.failed, d.text = true, ""
	return 0
}

func (d *decoder) byte() byte {
	bytes := d.take(1)
	if d.failed {
		return 0
	}
	return bytes[0]
}

// take reads length bytes.
func (d *decoder) take(length uint64) string {
	if d.failed || length > uint64(len(d.text)) {
		d.failed, d.text = true, ""
		return ""
	}
	taken := d.text[:length]
	d.text = d.text[length:]
	return taken
}
