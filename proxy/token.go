package proxy

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"

	"hookflash/machine"
	"hookflash/sip"
)

// end is what a Record-Route token says of one end of a call.
type end struct {
	user string // of our domain, "" for anybody else
	// trunk is the name of the trunk that leads there; it has no user then.
	trunk string
	raise uint8 // what is added to the CSeq of requests to a trunk (see raiseSequence)
	flow  machine.Flow
	// bound: requests to this end leave on flow, whatever its Contact says (RFC 5626 §5.3).
	bound bool
	// named: flow has the port that this end named, not the one it sends from.
	named bool
}

// token is the knowledge of a call that travels in its Record-Route, so that the proxy
// knows its calls without holding them: after a restart any in-dialog request brings it
// back. It is sealed over the Call-ID, so it is of use for that call alone, and the far
// side learns no address from it.
type token struct {
	caller, callee end
	callerTag      uint32 // hash of the caller's tag: tells the direction of a request
	started        uint32 // seconds since 1970
	call           bool   // begun by INVITE, not a subscription
}

// side is one of the two ends of a call.
type side uint8

const (
	callerSide side = iota
	calleeSide
)

func (s side) other() side { return 1 - s }

// end is what the token says of one side.
func (t *token) end(s side) *end {
	if s == callerSide {
		return &t.caller
	}
	return &t.callee
}

var errToken = errors.New("proxy: a Record-Route token that is not ours")

// sealer seals and opens tokens. The scratch makes it its owner's alone.
type sealer struct {
	aead    cipher.AEAD
	random  *rand.ChaCha8
	scratch []byte
	plain   []byte
	aad     []byte
}

const (
	tokenCall         = 1 // first octet: of a call
	tokenSubscription = 2 // of any other dialog
	nonceLength       = 12
	maxToken          = 512 // characters; a longer one is not ours
)

func newSealer(key [32]byte, random *rand.ChaCha8) sealer {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 32 octets are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return sealer{aead: aead, random: random}
}

// seal appends the token's text, fit for the user part of a URI.
func (s *sealer) seal(b []byte, t *token, callID string) []byte {
	kind := byte(tokenSubscription)
	if t.call {
		kind = tokenCall
	}
	p := append(s.plain[:0], kind)
	p = binary.BigEndian.AppendUint32(p, t.callerTag)
	p = binary.BigEndian.AppendUint32(p, t.started)
	p = appendEnd(p, &t.caller)
	p = appendEnd(p, &t.callee)
	s.plain = p
	s.aad = append(s.aad[:0], callID...)
	var nonce [nonceLength]byte
	_, _ = s.random.Read(nonce[:])
	s.scratch = append(s.scratch[:0], nonce[:]...)
	s.scratch = s.aead.Seal(s.scratch, s.scratch[:nonceLength], p, s.aad)
	return sip.AppendOpaque(b, s.scratch)
}

// open reads a token; an error means it is forged, of another call, or of another key.
func (s *sealer) open(text, callID string) (t token, err error) {
	if len(text) > maxToken {
		return t, errToken
	}
	var ok bool
	if s.scratch, ok = sip.DecodeOpaque(s.scratch[:0], text); !ok || len(s.scratch) <= nonceLength {
		return t, errToken
	}
	s.aad = append(s.aad[:0], callID...)
	p, err := s.aead.Open(s.scratch[nonceLength:nonceLength], s.scratch[:nonceLength], s.scratch[nonceLength:], s.aad)
	if err != nil || len(p) < 9 || p[0] != tokenCall && p[0] != tokenSubscription {
		return t, errToken
	}
	t.call = p[0] == tokenCall
	t.callerTag, t.started = binary.BigEndian.Uint32(p[1:]), binary.BigEndian.Uint32(p[5:])
	if p, ok = readEnd(p[9:], &t.caller); !ok {
		return t, errToken
	}
	if _, ok = readEnd(p, &t.callee); !ok {
		return t, errToken
	}
	return t, nil
}

func appendEnd(p []byte, e *end) []byte {
	flags := byte(e.flow.Transport)
	if e.bound {
		flags |= 0x80
	}
	if e.named {
		flags |= 0x20
	}
	name := e.user
	if e.trunk != "" {
		flags, name = flags|0x10, e.trunk
	}
	address := e.flow.Remote.Addr()
	if address.Is4() {
		four := address.As4()
		p = append(append(p, flags|0x40), four[:]...)
	} else {
		sixteen := address.As16()
		p = append(append(p, flags), sixteen[:]...)
	}
	p = binary.BigEndian.AppendUint16(p, e.flow.Remote.Port())
	p = append(p, byte(e.flow.Listener))
	p = binary.AppendUvarint(p, e.flow.Connection)
	if len(name) > maxUserInToken {
		name = ""
	}
	if p = append(append(p, byte(len(name))), name...); e.trunk != "" {
		p = append(p, e.raise)
	}
	return p
}

func readEnd(p []byte, e *end) (rest []byte, ok bool) {
	if len(p) < 1 {
		return nil, false
	}
	flags, size := p[0], 16
	if flags&0x40 != 0 {
		size = 4
	}
	if len(p) < 1+size+3 {
		return nil, false
	}
	address, _ := netip.AddrFromSlice(p[1 : 1+size])
	p = p[1+size:]
	e.bound, e.named = flags&0x80 != 0, flags&0x20 != 0
	e.flow = machine.Flow{Remote: netip.AddrPortFrom(address, binary.BigEndian.Uint16(p)), Listener: uint16(p[2]), Transport: machine.Transport(flags & 0x0f)}
	var n int
	if e.flow.Connection, n = binary.Uvarint(p[3:]); n <= 0 {
		return nil, false
	}
	p = p[3+n:]
	if len(p) < 1 || len(p) < 1+int(p[0]) {
		return nil, false
	}
	name := string(p[1 : 1+int(p[0])])
	p = p[1+int(p[0]):]
	if flags&0x10 == 0 {
		e.user = name
		return p, true
	}
	if e.trunk = name; len(p) < 1 {
		return nil, false
	}
	e.raise = p[0]
	return p[1:], true
}

// tagHash shortens a tag to what a token carries of it (FNV-1a; no secret hangs on it).
func tagHash(tag string) uint32 {
	hash := uint32(2166136261)
	for i := range len(tag) {
		hash = (hash ^ uint32(tag[i])) * 16777619
	}
	return hash
}
