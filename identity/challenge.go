package identity

import (
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

// MaxGrowth bounds a challenge in times the length of the request it answers, whose
// source may be forged: what is offered beyond the first algorithm is left out rather
// than sent to a victim, and a request too short for the first one gets a 400.
const MaxGrowth = 3

// challengeSize is about what one algorithm takes, without the realm.
const challengeSize = 150

// Challenge is the 401 to a REGISTER and the 407 to anything else (RFC 3261 §22.2, §22.3),
// with one header field per algorithm and one new nonce (RFC 8760 §2.3). Nothing is
// remembered, and the To tag is the same for a retransmission (Tag).
func (s *Settings) Challenge(now time.Time, p machine.Packet, who Identity) []byte {
	code, name := 407, "Proxy-Authenticate: "
	if p.Message.Method() == sip.REGISTER {
		code, name = 401, "WWW-Authenticate: "
	}
	var space [digest.NonceLength]byte
	nonce := s.Nonces.Append(space[:0], now, binding(s.Realm(), p), s.salt(p))
	response := s.Begin(p, code, "")
	most := MaxGrowth * len(p.Message.Text())
	offer := who.Offer
	if len(offer) == 0 {
		offer = s.Digest
	}
	for i, algorithm := range offer {
		if i > 0 && len(response)+challengeSize+len(s.Realm()) > most {
			break
		}
		challenge := digest.Challenge{Realm: s.Realm(), Nonce: string(nonce), Algorithm: algorithm, Stale: who.Stale}
		response = append(response, name...)
		response = append(challenge.Append(response), "\r\n"...)
	}
	if len(response)+len(End) > most {
		// No phone's request is as short as that.
		return sip.Terse(append(s.Begin(p, 400, ""), End...), len(p.Message.Text()))
	}
	return append(response, End...)
}

// salt tells nonces of the same millisecond apart: different requests, different nonces.
func (s *Settings) salt(p machine.Packet) uint64 {
	var space [512]byte
	return s.hash(appendTransaction(append(space[:0], labelSalt), p))
}
