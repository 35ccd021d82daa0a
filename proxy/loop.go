package proxy

import (
	"encoding/binary"

	"github.com/dchest/siphash"

	"hookflash/sip"
	"hookflash/transaction"
)

// loopHashLength is how many characters of our branch carry the loop hash.
const loopHashLength = 10 // 6 octets in opaque text

// appendLoopHash prints the hash over everything that decides where a request goes
// (RFC 5393 §4.2.1): a request that comes back with the same hash would go round for ever,
// one with another hash is a spiral.
func (m *Machine) appendLoopHash(b []byte, r *request) []byte {
	message := r.p.Message
	v := append(append(m.value[:0], message.RequestURI()...), 0)
	v = append(append(v, message.CallID()...), 0)
	v = append(append(v, message.FromTag()...), 0)
	v = append(append(v, message.ToTag()...), 0)
	v = binary.BigEndian.AppendUint32(v, message.CSeq())
	if message.Has(sip.HeaderRoute) {
		for route := range message.Values(sip.HeaderRoute) {
			v = append(append(v, route...), 0)
		}
	}
	m.value = v
	var octets [8]byte
	binary.BigEndian.PutUint64(octets[:], siphash.Hash(m.hashKey[0], m.hashKey[1], v))
	return sip.AppendOpaque(b, octets[:6])
}

// loops tells whether the request passed here before with the same decision ahead
// (RFC 5393 §4.2.2, RFC 3261 §16.3 step 4). The topmost Via is the sender's.
func (m *Machine) loops(r *request) bool {
	var hash [loopHashLength]byte
	hashed, first := false, true
	for value := range r.p.Message.Values(sip.HeaderVia) {
		if first {
			first = false
			continue
		}
		via, err := sip.ParseVia(value)
		if err != nil || !m.settings.isOurHost(via.Host, via.Port) {
			continue
		}
		_, suffix, ok := transaction.BranchNumber(via.Branch())
		if !ok || len(suffix) < loopHashLength {
			continue
		}
		if !hashed {
			m.appendLoopHash(hash[:0], r)
			hashed = true
		}
		if suffix[:loopHashLength] == string(hash[:]) {
			return true
		}
	}
	return false
}

// mergeKey is the same for requests that a fork elsewhere made of one and that come
// together again here (RFC 3261 §8.2.2.2).
func (m *Machine) mergeKey(r *request) uint64 {
	message := r.p.Message
	v := append(append(m.value[:0], message.RequestURI()...), 0)
	v = append(append(v, message.CallID()...), 0)
	v = append(append(v, message.FromTag()...), 0)
	v = append(v, message.Method()...)
	v = binary.BigEndian.AppendUint32(v, message.CSeq())
	m.value = v
	return siphash.Hash(m.hashKey[1], m.hashKey[0], v) | 1
}
