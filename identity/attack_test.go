package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

// answerTo is what a request gets that is not let in: the challenge without its nonce.
func (d *domain) answerTo(t *testing.T, now time.Time, r request, name string) string {
	t.Helper()
	who, _ := d.identify(t, now, r)
	if who.Refusal != nil {
		return fmt.Sprint(who.Refusal.Code, who.Refusal.Reason)
	}
	if who.Kind != Nobody {
		t.Fatalf("%+v is let in", r)
	}
	text := string(d.settings.Challenge(now, r.packet(t), who))
	for {
		_, after, found := strings.Cut(text, `nonce="`)
		if !found || len(after) < digest.NonceLength {
			break
		}
		text = strings.ReplaceAll(text, `nonce="`+after[:digest.NonceLength], "NONCE")
	}
	m := r.packet(t)
	tag := d.settings.Tag(m)
	return strings.ReplaceAll(strings.ReplaceAll(text, string(tag[:]), "TAG"), name, "USER")
}

// Attack 9: known and unknown users are answered alike, whatever is tried.
func TestEnumeration(t *testing.T) {
	d := newDomain()
	d.settings.Digest = []digest.Algorithm{digest.SHA256, digest.MD5}
	tries := []struct {
		reason string
		try    func(method, user string) request
	}{
		{"without credentials", func(method, user string) request {
			return request{method: method, from: "<sip:" + user + "@example.test>"}
		}},
		{"again without them", func(method, user string) request {
			return request{method: method, from: "<sip:" + user + "@example.test>", cseq: 2}
		}},
		{"with a wrong password", func(method, user string) request {
			r := request{method: method, from: "<sip:" + user + "@example.test>", cseq: 3}
			return r.sign(t, d.session(t, start, request{method: method}, user, "guess"))
		}},
		{"with a stale nonce", func(method, user string) request {
			r := request{method: method, from: "<sip:" + user + "@example.test>", cseq: 4}
			return r.sign(t, d.session(t, start.Add(-time.Hour), request{method: method}, user, "guess"))
		}},
		{"in another's name", func(method, user string) request {
			r := request{method: method, from: "<sip:" + user + "@example.test>", cseq: 5}
			return r.sign(t, d.session(t, start, request{method: method}, "mallo", "guess"))
		}},
	}
	for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "NOTIFY", "NOSUCH"} {
		for _, try := range tries {
			known := d.answerTo(t, start, try.try(method, "alice"), "alice")
			unknown := d.answerTo(t, start, try.try(method, "nobod"), "nobod")
			if known != unknown {
				t.Errorf("%s %s: the answers differ\nknown:\n%s\nunknown:\n%s", method, try.reason, known, unknown)
			}
		}
	}
}

// Attack 10: however many guess, few guesses are evaluated, and the owner gets in.
func TestGuessing(t *testing.T) {
	d := newDomain()
	now := start
	home := request{method: "REGISTER", source: "203.0.113.7:5060"}
	if who, _ := d.identify(t, now, home.sign(t, d.session(t, now, home, "alice", "secret of alice"))); who.Kind != User {
		t.Fatalf("alice registers from home: %+v", who)
	}
	sessions := map[string]*digest.Session{}
	before := d.Guesses().Failed
	for i := range 20_000 { // a minute of attack from 1,000 addresses
		now = now.Add(3 * time.Millisecond)
		r := request{method: "REGISTER", source: fmt.Sprintf("198.18.%d.%d:5060", i%10, i/10%100), callID: fmt.Sprint("c", i)}
		if sessions[r.source] == nil {
			sessions[r.source] = d.session(t, now, r, "alice", "guess")
		}
		who, out := d.identify(t, now, r.sign(t, sessions[r.source]))
		if who.Kind != Nobody || who.Stale || len(out.Changes) > 0 {
			t.Fatalf("a wrong guess gains nothing: %+v", who)
		}
	}
	if evaluated := d.Guesses().Failed - before; evaluated > 100 || evaluated == 0 {
		t.Errorf("%d guesses were evaluated in a minute, want 1 to 100", evaluated)
	}
	if d.windows.users["alice"].Len() != 1 {
		t.Error("guesses spend none of the owner's nonces")
	}
	if who, _ := d.identify(t, now, home.sign(t, d.session(t, now, home, "alice", "secret of alice"))); who.Kind != User {
		t.Errorf("the owner still registers from a good address: %+v", who)
	}
}

// A guess that is withheld is answered like a wrong one, also when it is right.
func TestWithheld(t *testing.T) {
	d := newDomain()
	r := request{source: "198.18.0.1:5060"}
	wrong := d.session(t, start, r, "bob", "guess")
	r.from = "<sip:bob@example.test>"
	for range 50 {
		d.identify(t, start, r.sign(t, wrong))
	}
	right := d.session(t, start, r, "bob", "secret of bob")
	who, _ := d.identify(t, start, r.sign(t, right))
	if who.Kind != Nobody || who.Outcome != Withheld || who.Stale {
		t.Errorf("got %+v", who)
	}
}

// Attack 11: a captured Authorization is worth nothing, from anywhere, also after a restart.
func TestReplay(t *testing.T) {
	d := newDomain()
	var captured []request
	uses := &machine.Output{}
	for _, r := range []request{{method: "REGISTER"}, {}, {method: "MESSAGE"}} {
		session := d.session(t, start, r, "alice", "secret of alice")
		for i := range 5 {
			r.cseq = 2 + i
			signed := r.sign(t, session)
			who, out := d.identify(t, start, signed)
			if who.Outcome != Accepted {
				t.Fatalf("count %d: %+v", i, who)
			}
			uses.Changes = append(uses.Changes, out.Changes...)
			captured = append(captured, signed)
		}
	}
	replay := func(when string, now time.Time) {
		for _, r := range captured {
			for _, source := range []string{"192.0.2.1:5060", "192.0.2.1:5061", "198.18.0.9:5060"} {
				for _, branch := range []string{"", "z9hG4bK-new"} {
					again := r
					again.source, again.branch = source, branch
					if source == "192.0.2.1:5060" && branch == "" {
						again.callID = "another" // the very same one is a retransmission
					}
					who, out := d.identify(t, now, again)
					if who.Kind != Nobody || len(out.Changes) != 0 {
						t.Errorf("%s: %s from %s is let in: %+v", when, r.method, source, who)
					}
					if source != "198.18.0.9:5060" && (who.Outcome != Replayed || !who.Stale) {
						t.Errorf("%s: the owner would go on with a new nonce: %+v", when, who)
					}
				}
			}
		}
	}
	replay("at once", start)
	replay("later", start.Add(4*time.Minute))
	d.Identifier = New(d.settings)
	var windows digest.Windows
	for _, change := range uses.Changes {
		use := change.(digest.Use)
		if use.Username != "alice" {
			t.Fatalf("a use of %q", use.Username)
		}
		windows.Restore(start, use.Nonce, use.NC)
	}
	d.Restore("alice", windows)
	replay("after a restart", start.Add(time.Second))
}

// After a restart, a nonce that is still live goes on without another challenge.
func TestRestart(t *testing.T) {
	d := newDomain()
	r := request{method: "REGISTER"}
	session := d.session(t, start, r, "alice", "secret of alice")
	d.identify(t, start, r.sign(t, session))
	d.Identifier = New(d.settings)
	r.cseq = 2
	if who, _ := d.identify(t, start.Add(time.Minute), r.sign(t, session)); who.Outcome != Accepted {
		t.Errorf("got %+v", who)
	}
}

// RFC 3261 §17.2.2: the retransmission of a REGISTER gets its answer again, for Timer J,
// where the transport loses packets; and it must be the very same one.
func TestRetransmission(t *testing.T) {
	tests := []struct {
		reason  string
		change  func(r *request)
		after   time.Duration
		outcome Outcome
	}{
		{"the same octets from the same place", func(*request) {}, 500 * time.Millisecond, Repeated},
		{"until Timer J", func(*request) {}, 32 * time.Second, Repeated},
		{"no longer", func(*request) {}, 33 * time.Second, Replayed},
		{"another port", func(r *request) { r.source = "192.0.2.1:5061" }, 0, Replayed},
		{"another branch", func(r *request) { r.branch = "z9hG4bK-other" }, 0, Replayed},
		{"another contact", func(r *request) { r.lines = append([]string{"Contact: <sip:mallory@192.0.2.66>"}, r.lines...) }, 0, Replayed},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain()
			r := request{method: "REGISTER", lines: []string{"Contact: <sip:alice@192.0.2.1>"}}
			r = r.sign(t, d.session(t, start, r, "alice", "secret of alice"))
			d.identify(t, start, r)
			test.change(&r)
			who, out := d.identify(t, start.Add(test.after), r)
			if who.Outcome != test.outcome || (who.Kind == User) != (test.outcome == Repeated) || len(out.Changes) != 0 {
				t.Errorf("got %+v, want %s", who, test.outcome)
			}
		})
	}
	t.Run("over a stream nothing is retransmitted", func(t *testing.T) {
		d := newDomain()
		r := request{method: "REGISTER", transport: machine.TCP}
		r = r.sign(t, d.session(t, start, r, "alice", "secret of alice"))
		d.identify(t, start, r)
		if who, _ := d.identify(t, start, r); who.Outcome != Replayed {
			t.Errorf("got %+v", who)
		}
	})
	t.Run("a request other than REGISTER has a transaction to absorb it", func(t *testing.T) {
		d := newDomain()
		r := request{}
		r = r.sign(t, d.session(t, start, r, "alice", "secret of alice"))
		d.identify(t, start, r)
		if who, _ := d.identify(t, start, r); who.Outcome != Replayed {
			t.Errorf("got %+v", who)
		}
	})
	t.Run("a wrong answer is never remembered", func(t *testing.T) {
		d := newDomain()
		r := request{method: "REGISTER"}
		r = r.sign(t, d.session(t, start, r, "alice", "guess"))
		d.identify(t, start, r)
		if who, _ := d.identify(t, start, r); who.Outcome != Wrong {
			t.Errorf("got %+v", who)
		}
	})
}

// Attack 11: credentials dressed up to look like another user's go to the same
// Identifier, which knows that they were used.
func TestShard(t *testing.T) {
	d := newDomain()
	r := request{}
	r = r.sign(t, d.session(t, start, r, "alice", "secret of alice"))
	for _, dressed := range []request{
		r,
		r.replaced("Digest ", `Digest xusername="bob", `),
		r.replaced("Digest ", `Digest  opaque="username=bob",`),
		r.replaced(`username="alice"`, `USERNAME = "\alice"`),
	} {
		name, needed := d.settings.Shard(dressed.packet(t))
		if name != "alice" || !needed {
			t.Errorf("%s goes to %q", dressed.lines[len(dressed.lines)-1], name)
		}
	}
	if name, needed := d.settings.Shard(request{}.packet(t)); name != "alice" || !needed {
		t.Errorf("without credentials it goes to who is claimed, not %q", name)
	}
	if _, needed := d.settings.Shard(request{source: "127.9.9.2:5060"}.packet(t)); needed {
		t.Error("a trusted source needs no Identifier")
	}
	if d.settings.Username(request{}.packet(t).Message) != "" {
		t.Error("no credentials, no username")
	}
}

// Attack 16: a challenge is at most three times what it answers, and about as long.
func TestChallengeSize(t *testing.T) {
	d := newDomain()
	d.settings.Digest = []digest.Algorithm{digest.SHA512256, digest.SHA256, digest.MD5}
	who := Identity{Offer: d.settings.Digest}
	smallest := "OPTIONS sip:b SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:<sip:a@example.test>\r\nt:<sip:b>\r\ni:1\r\nCSeq:1 OPTIONS\r\n\r\n"
	m, err := sip.Parse(smallest)
	if err != nil {
		t.Fatal(err)
	}
	p := request{}.packet(t)
	p.Message = m
	if response := d.settings.Challenge(start, p, who); len(response) > MaxGrowth*len(smallest) {
		t.Errorf("%d octets out for %d in:\n%s", len(response), len(smallest), response)
	}
	d.settings.Digest = []digest.Algorithm{digest.MD5}
	usual := request{method: "REGISTER", lines: []string{
		"Contact: <sip:alice@192.0.2.1:5060;transport=udp>;expires=3600", "User-Agent: A phone/1.0", "Supported: path, outbound, gruu",
		"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, MESSAGE",
	}}.packet(t)
	if in, out := len(usual.Message.Text()), len(d.settings.Challenge(start, usual, Identity{Offer: d.settings.Digest})); out > in*12/10 {
		t.Errorf("%d octets out for %d in", out, in)
	}
}

// A challenge leaves nothing behind and takes little.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counting statements keeps the compiler from inlining")
	}
	d := newDomain()
	p := request{method: "REGISTER"}.packet(t)
	who := Identity{Offer: d.settings.Digest}
	if got := testing.AllocsPerRun(100, func() { d.settings.Challenge(start, p, who) }); got > 3 {
		t.Errorf("a challenge takes %v allocations", got)
	}
	var out machine.Output
	trusted := request{source: "127.9.9.2:5060"}.packet(t)
	if got := testing.AllocsPerRun(100, func() { d.settings.Unsigned(trusted, d.users) }); got > 0 {
		t.Errorf("who a trusted source names takes %v allocations", got)
	}
	if got := testing.AllocsPerRun(100, func() { d.Identify(start, p, d.users, &out) }); got > 0 {
		t.Errorf("an unsigned request takes %v allocations", got)
	}
	wrong := request{}.sign(t, d.session(t, start, request{}, "alice", "guess")).packet(t)
	now := start
	if got := testing.AllocsPerRun(100, func() { now = now.Add(time.Minute / 10); d.Identify(now, wrong, d.users, &out) }); got > 0 {
		t.Errorf("a wrong guess takes %v allocations", got)
	}
}

// No flood makes an Identifier grow without bound.
func TestBounds(t *testing.T) {
	d := newDomain()
	d.settings.Digest = []digest.Algorithm{digest.SHA256, digest.MD5}
	for i := range 3 * MaxDevices {
		d.identify(t, start, request{from: fmt.Sprintf("<sip:u%d@example.test>", i)})
	}
	if got := d.devices.size(); got > MaxDevices {
		t.Errorf("%d devices", got)
	}
	if got := len(d.windows.users); got != 0 {
		t.Errorf("windows of %d users that never succeeded", got)
	}
	r := newRecently[int](10)
	for i := range 1000 {
		r.put(uint64(i), i)
	}
	if r.size() > 10 {
		t.Errorf("%d entries of 10", r.size())
	}
	if value, found := r.get(999); !found || value != 999 {
		t.Error("the last one is remembered")
	}
}

// What a user needs no more is forgotten along with the uses of others.
func TestPrune(t *testing.T) {
	d := newDomain()
	use := func(now time.Time, user string) {
		r := request{from: "<sip:" + user + "@example.test>"}
		if who, _ := d.identify(t, now, r.sign(t, d.session(t, now, r, user, "secret of "+user))); who.Kind != User {
			t.Fatalf("%+v", who)
		}
	}
	use(start, "alice")
	use(start, "bob")
	for i := range 6 {
		use(start.Add(48*time.Hour+time.Duration(i)*10*time.Minute), "carol")
	}
	if got := len(d.windows.users); got != 1 || len(d.windows.order) != 1 {
		t.Errorf("windows of %d users, want those of carol", got)
	}
}
