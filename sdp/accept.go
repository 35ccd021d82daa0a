package sdp

import "strings"

// Accept takes the answer to our pending offer (RFC 3264 §7): in a 2xx, in a reliable
// provisional response, in an ACK or PRACK after an offer of ours in the response. What it
// agreed on stands from now on.
//
// Errors: ErrNoOffer, ErrMalformed, ErrLimit, ErrUnmatched, ErrProfile, ErrHostName,
// ErrAddress, ErrFamily, ErrNoCommonCodec, ErrSecurity. After an error the offer is pending
// as before: call Withdraw, or Accept with a better answer.
func (n *Negotiation) Accept(answer string) (agreed Stream, err error) {
	p := n.pending
	if p == nil {
		return Stream{}, ErrNoOffer
	}
	s, err := Parse(answer)
	if err != nil {
		return Stream{}, err
	}
	if len(s.Media) != len(p.slots) {
		return Stream{}, ErrUnmatched
	}
	next := state{slots: p.slots, stream: p.stream, bound: n.bound, seen: n.seen, stands: true}
	m := &s.Media[p.stream-1]
	if p.local.Port == 0 || m.Port == 0 {
		next.agreed.Rejected = true
	} else {
		if m.Kind != "audio" {
			return Stream{}, ErrUnmatched
		}
		var d description
		session := defaultsOf(s)
		d.read(&session, m)
		if next.agreed, err = d.conclude(p, n.agreed.Held); err != nil {
			return Stream{}, err
		}
		next.bound = bind(n.bound, p.all)
		next.seen.addAll(p.all)
		next.seen.addAll(d.formats())
	}
	n.state, n.pending = next, nil
	return n.agreed, nil
}

// conclude reads what the answer made of our offer. held tells whether the other side held
// us before.
func (d *description) conclude(p *proposal, held bool) (t Stream, err error) {
	secure, known := profile(d.media.Protocol)
	if !known {
		return t, ErrProfile
	}
	var zero bool
	if t.Remote, zero, err = d.address(p.local.Address); err != nil {
		return t, err
	}
	if !d.answered(p, &t) {
		return t, ErrNoCommonCodec
	}
	if p.local.Secure == None || d.crypto == 0 {
		if secure || d.crypto != 0 || p.local.Secure == Required {
			return t, ErrSecurity
		}
	} else if t.Ours, t.Theirs, known = d.chosen(p.local.Crypto); !known {
		return t, ErrSecurity
	}
	t.Direction = p.local.Direction.And(d.direction.Reverse())
	if zero {
		t.Direction = t.Direction.And(ReceiveOnly)
	}
	t.Held = zero || !d.direction.Receives()
	if !p.local.Direction.Sends() && !zero {
		t.Held = held // RFC 6337 §5.3: the answer couldn't say otherwise, and tells no wish
	}
	t.Mux = p.mux && d.mux
	t.Control = d.controls(t.Remote, t.Mux)
	t.PacketTime = d.packets(p.local.PacketTime)
	return t, nil
}

// answered finds what the answer took of the offer. We send with the answer's numbers, and
// receive by ours (RFC 3264 §7).
func (d *description) answered(p *proposal, t *Stream) bool {
	all := make([]Codec, 0, len(p.codecs)+len(p.events))
	for _, theirs := range d.formats() {
		i := find(p.codecs, theirs)
		if i < 0 || find(all, theirs) >= 0 {
			continue
		}
		if len(all) == 0 {
			t.Codec = p.codecs[i]
			t.Codec.Payload, t.Codec.Format = theirs.Payload, strings.Clone(theirs.Format)
		}
		all = append(all, p.codecs[i])
	}
	count := len(all)
	t.Accept = all[:count:count]
	if count == 0 {
		return false
	}
	for _, theirs := range d.formats() {
		i := find(p.events, theirs)
		if i < 0 || find(all[count:], theirs) >= 0 {
			continue
		}
		all = append(all, p.events[i])
		t.sendEvents(Codec{Payload: theirs.Payload, Rate: theirs.Rate})
	}
	t.EventsTaken = all[count:]
	return true
}

func find(codecs []Codec, c Codec) int {
	for i := range codecs {
		if codecs[i].Is(c) {
			return i
		}
	}
	return -1
}
