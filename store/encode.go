package store

import (
	"encoding/binary"
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/registrar"
)

// The kinds of payload, by their first byte.
const (
	kindRecord   = 1 // the record of an address of record, whole
	kindRemoval  = 2 // an address of record without bindings
	kindUse      = 3 // the use of a nonce
	kindWindows  = 4 // all nonces a user has in use
	kindComplete = 5 // nothing in segments older than the numbered one counts any more
)

// A binding's flags: Binding.FlowBound, and above it Binding.Abilities.
const (
	flagFlowBound  = 1
	abilitiesShift = 1
	allAbilities   = 1<<4 - 1 // of sip.Abilities
	flagsKnown     = flagFlowBound | allAbilities<<abilitiesShift
)

// appendRecord encodes a record: kind, address of record, TemporaryGRUUs, the number of
// bindings, the bindings. Numbers are varints, strings have their length before them.
func appendRecord(buffer []byte, record *registrar.Record) []byte {
	buffer = append(buffer, kindRecord)
	buffer = appendString(buffer, record.AddressOfRecord)
	buffer = binary.AppendUvarint(buffer, uint64(record.TemporaryGRUUs))
	buffer = binary.AppendUvarint(buffer, uint64(len(record.Bindings)))
	for i := range record.Bindings {
		buffer = appendBinding(buffer, &record.Bindings[i])
	}
	return buffer
}

// appendRemoval encodes that an address of record has no bindings.
func appendRemoval(buffer []byte, addressOfRecord string) []byte {
	buffer = append(buffer, kindRemoval)
	return appendString(buffer, addressOfRecord)
}

// appendComplete encodes that segments older than number are not needed any more.
func appendComplete(buffer []byte, number uint64) []byte {
	buffer = append(buffer, kindComplete)
	return binary.AppendUvarint(buffer, number)
}

func appendBinding(buffer []byte, b *registrar.Binding) []byte {
	flags := byte(b.Abilities) << abilitiesShift
	if b.FlowBound {
		flags |= flagFlowBound
	}
	buffer = append(buffer, flags)
	buffer = appendString(buffer, b.Contact)
	buffer = appendString(buffer, b.Parameters)
	buffer = binary.AppendUvarint(buffer, uint64(b.Q))
	buffer = appendTime(buffer, b.Expires)
	buffer = appendString(buffer, b.CallID)
	buffer = binary.AppendUvarint(buffer, uint64(b.CSeq))
	buffer = appendString(buffer, b.Instance)
	buffer = binary.AppendUvarint(buffer, uint64(b.RegID))
	buffer = binary.AppendUvarint(buffer, uint64(len(b.Path)))
	for _, route := range b.Path {
		buffer = appendString(buffer, route)
	}
	buffer = appendFlow(buffer, b.Flow)
	buffer = appendString(buffer, b.UserAgent)
	return binary.AppendUvarint(buffer, uint64(b.FirstTemporaryGRUU))
}

// appendFlow leaves the connection out: its number means nothing to the next process.
func appendFlow(buffer []byte, flow machine.Flow) []byte {
	buffer = append(buffer, byte(flow.Transport))
	buffer = binary.AppendUvarint(buffer, uint64(flow.Listener))
	buffer = binary.AppendUvarint(buffer, uint64(flow.Remote.Port()))
	return appendAddress(buffer, flow.Remote.Addr())
}

// appendAddress encodes the length of the address, its bytes, and for IPv6 its zone.
func appendAddress(buffer []byte, address netip.Addr) []byte {
	switch {
	case !address.IsValid():
		return append(buffer, 0)
	case address.Is4():
		bytes := address.As4()
		buffer = append(buffer, byte(len(bytes)))
		return append(buffer, bytes[:]...)
	default:
		bytes := address.As16()
		buffer = append(buffer, byte(len(bytes)))
		buffer = append(buffer, bytes[:]...)
		return appendString(buffer, address.Zone())
	}
}

// appendTime encodes seconds since 1970 and nanoseconds.
func appendTime(buffer []byte, t time.Time) []byte {
	buffer = binary.AppendVarint(buffer, t.Unix())
	return binary.AppendUvarint(buffer, uint64(t.Nanosecond()))
}

func appendString(buffer []byte, s string) []byte {
	buffer = binary.AppendUvarint(buffer, uint64(len(s)))
	return append(buffer, s...)
}
