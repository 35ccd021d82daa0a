package transport

import (
	"encoding/binary"
	"net/netip"
)

// STUN, as far as keeping a flow alive needs it (RFC 5626 §3.5.2, RFC 5389 §6).
const (
	stunHeader  = 20 // bytes
	stunRequest = 0x0001
	stunSuccess = 0x0101
	stunCookie  = 0x2112A442
	stunMapped  = 0x0020 // XOR-MAPPED-ADDRESS
	// stunOptional: attributes from here on may be ignored by who does not know them.
	stunOptional = 0x8000
)

// AppendSTUN appends the response to a Binding request from source, which tells it where it
// was seen to come from; nothing to any other datagram, and to a request that asks
// for more.
func AppendSTUN(b, request []byte, source netip.AddrPort) []byte {
	if !bindingRequest(request) {
		return b
	}
	var octets [16]byte
	size, family := 16, byte(2)
	address := source.Addr().Unmap()
	if octets = address.As16(); address.Is4() {
		four := address.As4()
		size, family = 4, 1
		copy(octets[:], four[:])
	}
	for i := range size { // RFC 5389 §15.2: masked by the cookie and the transaction
		octets[i] ^= request[4+i]
	}
	b = binary.BigEndian.AppendUint16(b, stunSuccess)
	b = binary.BigEndian.AppendUint16(b, uint16(8+size))
	b = append(b, request[4:stunHeader]...)
	b = binary.BigEndian.AppendUint16(b, stunMapped)
	b = binary.BigEndian.AppendUint16(b, uint16(4+size))
	b = binary.BigEndian.AppendUint16(append(b, 0, family), source.Port()^stunCookie>>16)
	return append(b, octets[:size]...)
}

// bindingRequest tells whether a datagram is one, with nothing in it that must be
// understood.
func bindingRequest(data []byte) bool {
	if len(data) < stunHeader || binary.BigEndian.Uint16(data) != stunRequest || binary.BigEndian.Uint32(data[4:]) != stunCookie ||
		int(binary.BigEndian.Uint16(data[2:])) != len(data)-stunHeader {
		return false
	}
	for rest := data[stunHeader:]; len(rest) > 0; {
		if len(rest) < 4 || binary.BigEndian.Uint16(rest) < stunOptional {
			return false
		}
		size := 4 + (int(binary.BigEndian.Uint16(rest[2:]))+3)&^3
		if size > len(rest) {
			return false
		}
		rest = rest[size:]
	}
	return true
}
