package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
)

// RFC 8760 §2.3: one header field per algorithm, the preferred one first.
func TestChallenge(t *testing.T) {
	d := newDomain()
	d.settings.Digest = []digest.Algorithm{digest.SHA512256, digest.SHA256, digest.MD5}
	for method, want := range map[string]struct {
		code   int
		header sip.Header
	}{"REGISTER": {401, sip.HeaderWWWAuthenticate}, "INVITE": {407, sip.HeaderProxyAuthenticate}, "BYE": {407, sip.HeaderProxyAuthenticate}} {
		p := request{method: method}.packet(t)
		text := d.settings.Challenge(start, p, Identity{Offer: d.settings.Digest, Stale: true})
		m, err := sip.Parse(string(text))
		if err != nil || m.StatusCode() != want.code || m.CallID() != "call-1" || m.ToTag() == "" || m.CSeq() != 1 {
			t.Fatalf("%s: %v\n%s", method, err, text)
		}
		var algorithms []digest.Algorithm
		for value := range m.FieldValues(want.header) {
			challenge, err := digest.ParseChallenge(value)
			if err != nil || challenge.Realm != "example.test" || !challenge.Stale || challenge.QOP != digest.Auth {
				t.Errorf("%s: %v: %+v", method, err, challenge)
			}
			algorithms = append(algorithms, challenge.Algorithm)
		}
		if !slices.Equal(algorithms, d.settings.Digest) {
			t.Errorf("%s: offered %v", method, algorithms)
		}
	}
}

// RFC 3261 §8.2.7: a stateless UAS generates the same To tag for a retransmission.
func TestTag(t *testing.T) {
	d := newDomain()
	first := d.settings.Tag(request{}.packet(t))
	for reason, r := range map[string]request{
		"another branch": {branch: "z9hG4bK-x"}, "another source": {source: "192.0.2.2:5060"}, "another call": {callID: "x"}, "another CSeq": {cseq: 2, branch: "z9hG4bK-INVITE-call-1-1"},
	} {
		if d.settings.Tag(r.packet(t)) == first {
			t.Errorf("%s, another tag", reason)
		}
	}
	if d.settings.Tag(request{}.packet(t)) != first {
		t.Error("the same request, the same tag")
	}
	ack := request{method: "ACK", branch: "z9hG4bK-INVITE-call-1-1", to: "<sip:bob@example.test>;tag=" + string(first[:])}
	if !d.settings.Answered(ack.packet(t)) {
		t.Error("the ACK of a stateless response is known by its tag")
	}
	ack.to = "<sip:bob@example.test>;tag=0123456789abcdef"
	if d.settings.Answered(ack.packet(t)) {
		t.Error("any other ACK is not")
	}
}

// A device that does not understand a list of algorithms is offered MD5 alone.
func TestDowngrade(t *testing.T) {
	list, md5 := []digest.Algorithm{digest.SHA256, digest.MD5}, []digest.Algorithm{digest.MD5}
	type try struct {
		after   time.Duration
		request request
		signed  string // password; "" without credentials
		offer   []digest.Algorithm
		told    bool
	}
	register := func(cseq int, callID string) request {
		return request{method: "REGISTER", cseq: cseq, callID: callID, lines: []string{"User-Agent: old/1"}}
	}
	tests := []struct {
		reason string
		tries  []try
	}{
		{"who comes back without credentials in the same call is offered MD5, and the log hears of it once", []try{
			{0, register(1, ""), "", list, false},
			{time.Second, register(2, ""), "", md5, true},
			{2 * time.Second, register(3, ""), "", md5, false},
			{3 * time.Second, register(4, "other"), "", md5, false},
			{23 * time.Hour, register(5, "other"), "", md5, false},
			{46 * time.Hour, register(6, "other"), "", md5, false},
			{80 * time.Hour, register(7, "other"), "", list, false},
		}},
		{"a retransmission of the request is offered the same", []try{
			{0, register(1, ""), "", list, false},
			{time.Second, register(1, ""), "", list, false},
		}},
		{"several calls begun at once say nothing", []try{
			{0, register(1, "a"), "", list, false},
			{100 * time.Millisecond, register(1, "b"), "", list, false},
			{200 * time.Millisecond, request{method: "SUBSCRIBE", callID: "c"}, "", list, false},
		}},
		{"another call some time later does, as of a phone that starts over", []try{
			{0, register(1, "a"), "", list, false},
			{40 * time.Second, register(1, "b"), "", md5, true},
		}},
		{"long after it says nothing", []try{
			{0, register(1, "a"), "", list, false},
			{time.Hour, register(1, "b"), "", list, false},
		}},
		{"who answered, even wrongly, has understood", []try{
			{0, register(1, "a"), "", list, false},
			{time.Second, register(2, "a"), "guess", list, false},
			{2 * time.Second, register(3, "a"), "", list, false},
		}},
		{"another user at that address is another device", []try{
			{0, register(1, "a"), "", list, false},
			{time.Second, request{method: "REGISTER", from: "<sip:bob@example.test>", cseq: 2, callID: "a"}, "", list, false},
		}},
		{"another address is another device", []try{
			{0, register(1, "a"), "", list, false},
			{time.Second, request{method: "REGISTER", cseq: 2, callID: "a", source: "192.0.2.2:5060"}, "", list, false},
		}},
		{"an unknown user is treated alike, and the log hears nothing", []try{
			{0, request{from: "<sip:nosuch@example.test>"}, "", list, false},
			{time.Second, request{from: "<sip:nosuch@example.test>", cseq: 2}, "", md5, false},
		}},
		{"a downgraded device whose nonce is stale is not offered a list again", []try{
			{0, register(1, ""), "", list, false},
			{time.Second, register(2, ""), "", md5, true},
			{2 * time.Second, register(3, ""), "guess", md5, false},
		}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain()
			d.settings.Digest = list
			for i, try := range test.tries {
				now, r := start.Add(try.after), try.request
				if try.signed != "" {
					challenge := digest.Challenge{Realm: "example.test", Nonce: strings.Repeat("a", 32), Algorithm: digest.MD5}
					r = r.sign(t, digest.NewSession(challenge, "alice", try.signed))
				}
				who, out := d.identify(t, now, r)
				if !slices.Equal(who.Offer, try.offer) {
					t.Errorf("try %d: offered %v, want %v", i+1, who.Offer, try.offer)
				}
				if told := len(out.Events) > 0; told != try.told {
					t.Errorf("try %d: told %v, want %v", i+1, out.Events, try.told)
				}
			}
		})
	}
	t.Run("without MD5 in the list there is nothing to fall back to", func(t *testing.T) {
		d := newDomain()
		d.settings.Digest = []digest.Algorithm{digest.SHA512256, digest.SHA256}
		for i := range 3 {
			if who, _ := d.identify(t, start.Add(time.Minute), register(i+1, "")); len(who.Offer) != 2 {
				t.Errorf("offered %v", who.Offer)
			}
		}
	})
	t.Run("a user with a list of their own is offered that", func(t *testing.T) {
		d := newDomain()
		d.settings.Digest = list
		d.users["alice"].Digest = md5
		for i := range 3 {
			if who, _ := d.identify(t, start.Add(time.Minute), register(i+1, "")); !slices.Equal(who.Offer, md5) {
				t.Errorf("offered %v", who.Offer)
			}
		}
	})
}
