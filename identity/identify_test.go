package identity

import (
	"net/netip"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

func TestUnsigned(t *testing.T) {
	const trusted = "127.9.9.2:5090"
	tests := []struct {
		reason   string
		guests   bool
		request  request
		kind     Kind
		asserted string
		refusal  int
	}{
		{"one of ours from an untrusted source must be challenged", true, request{}, Nobody, "", 0},
		{"whoever says to be of our domain must be, known or not", true, request{from: "<sip:nosuch@example.test>"}, Nobody, "", 0},
		{"a dot at the end makes no other domain", true, request{from: "<sip:alice@example.test.>"}, Nobody, "", 0},
		{"nor do capitals, a port or another name of ours", true, request{from: "<sips:alice@EXAMPLE.org:5061>"}, Nobody, "", 0},
		{"nor does our address", true, request{from: "<sip:alice@198.51.100.1>"}, Nobody, "", 0},
		{"who hides is of no domain", true, request{from: "<sip:anonymous@anonymous.invalid>"}, Nobody, "", 0},
		{"another domain is a guest where guests are let in", true, request{from: "<sip:alice@elsewhere.test>"}, Guest, "", 0},
		{"and must be challenged where they are not", false, request{from: "<sip:alice@elsewhere.test>"}, Nobody, "", 0},
		{"a guest registers nothing", true, request{method: "REGISTER", from: "<sip:alice@elsewhere.test>"}, Nobody, "", 0},
		{"RFC 3325 §5: an identity from who is not trusted counts nothing", true, request{lines: []string{"P-Asserted-Identity: <sip:bob@example.test>"}}, Nobody, "", 0},
		{"also when the sender is a guest", true, request{from: "<sip:x@elsewhere.test>", lines: []string{"P-Asserted-Identity: <sip:bob@example.test>"}}, Guest, "", 0},

		{"a trusted source is believed", false, request{source: trusted}, User, "sip:alice@example.test", 0},
		{"over IPv6 too", false, request{source: "[2001:db8:1::7]:5060"}, User, "sip:alice@example.test", 0},
		{"an agent of this process passes on whatever From it likes", false, request{transport: machine.Inside}, Guest, "", 0},
		{"and is believed for whom it acts", false, request{transport: machine.Inside, lines: []string{"P-Asserted-Identity: <sip:bob@example.test>"}}, User, "sip:bob@example.test", 0},
		{"From is the identity however it is written", false, request{source: trusted, from: `"Bob" <sip:%61lice@example.ORG:5060;user=phone>`}, User, "sip:alice@example.test", 0},
		{"RFC 3325 §9.1: P-Asserted-Identity goes before From", false, request{source: trusted, lines: []string{"P-Asserted-Identity: \"Bob\" <sip:bob@example.test>"}}, User, "sip:bob@example.test", 0},
		{"and its SIP URI before its tel URI", false, request{source: trusted, lines: []string{"P-Asserted-Identity: <tel:+15550100>, <sip:bob@example.test>"}}, User, "sip:bob@example.test", 0},
		{"two SIP URIs are one too many", false, request{source: trusted, lines: []string{"P-Asserted-Identity: <sip:bob@example.test>, <sip:carol@example.test>"}}, Guest, "", 400},
		{"in two fields as well", false, request{source: trusted, lines: []string{"P-Asserted-Identity: <sip:bob@example.test>", "p-asserted-identity : <sip:carol@example.test>"}}, Guest, "", 400},
		{"a trusted source that asserts another domain brings a guest", false, request{source: trusted, lines: []string{"P-Asserted-Identity: <sip:bob@carrier.test>"}}, Guest, "", 0},
		{"and so does one that says to be nobody we know", false, request{source: trusted, from: "<sip:nosuch@example.test>"}, Guest, "", 0},
		{"credentials of a trusted source don't matter", false, request{source: trusted, lines: []string{"Proxy-Authorization: Digest nonsense"}}, User, "sip:alice@example.test", 0},
		{"an address beside the trusted ones is not trusted", false, request{source: "127.9.10.2:5060"}, Nobody, "", 0},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain()
			d.settings.Guests = test.guests
			who, out := d.identify(t, start, test.request)
			if who.Kind != test.kind || who.Asserted != test.asserted {
				t.Errorf("got kind %d as %q, want %d as %q", who.Kind, who.Asserted, test.kind, test.asserted)
			}
			if test.refusal == 0 && who.Refusal != nil || test.refusal != 0 && (who.Refusal == nil || who.Refusal.Code != test.refusal) {
				t.Errorf("refusal %v, want %d", who.Refusal, test.refusal)
			}
			if (who.Kind == User) != (who.User != nil) || (who.Kind == Nobody && who.Refusal == nil) != (len(who.Offer) > 0) {
				t.Errorf("a user comes with a User, and nobody with an Offer: %+v", who)
			}
			if len(out.Changes) != 0 {
				t.Errorf("nothing is kept of it: %v", out.Changes)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	invite, register := request{}, request{method: "REGISTER"}
	tests := []struct {
		reason  string
		request func(t *testing.T, d *domain) request
		kind    Kind
		outcome Outcome
		refusal int
		stale   bool
	}{
		{"RFC 3261 §22.3: right credentials", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start, invite, "alice", "secret of alice"))
		}, User, Accepted, 0, false},
		{"RFC 3261 §22.2: right credentials of a REGISTER", func(t *testing.T, d *domain) request {
			return register.sign(t, d.session(t, start, register, "alice", "secret of alice"))
		}, User, Accepted, 0, false},
		{"some phones answer a proxy as if it were a server", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start, invite, "alice", "secret of alice")).replaced("Proxy-Authorization", "Authorization")
		}, User, Accepted, 0, false},
		{"credentials for other realms are passed over", func(t *testing.T, d *domain) request {
			signed := invite.sign(t, d.session(t, start, invite, "alice", "secret of alice"))
			signed.lines = append([]string{`Proxy-Authorization: Digest username="alice", realm="other", nonce="n", uri="sip:bob@example.test", response="00"`, "Authorization: Basic abc"}, signed.lines...)
			return signed
		}, User, Accepted, 0, false},
		{"a wrong password", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start, invite, "alice", "guess"))
		}, Nobody, Wrong, 0, false},
		{"a user there isn't", func(t *testing.T, d *domain) request {
			r := request{from: "<sip:nosuch@example.test>"}
			return r.sign(t, d.session(t, start, r, "nosuch", "guess"))
		}, Nobody, Wrong, 0, false},
		{"credentials of bob, From of alice", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start, invite, "bob", "secret of bob"))
		}, Nobody, Disagreeing, 403, false},
		{"within a dialog bob may have been called by alice's address: who knows the dialog decides", func(t *testing.T, d *domain) request {
			r := request{within: true}
			return r.sign(t, d.session(t, start, r, "bob", "secret of bob"))
		}, User, Accepted, 403, false},
		{"within a dialog, with bob's name and a guess", func(t *testing.T, d *domain) request {
			r := request{within: true}
			return r.sign(t, d.session(t, start, r, "bob", "guess"))
		}, Nobody, Wrong, 0, false},
		{"a REGISTER is in no dialog", func(t *testing.T, d *domain) request {
			r := request{method: "REGISTER", within: true}
			return r.sign(t, d.session(t, start, r, "bob", "secret of bob"))
		}, Nobody, Disagreeing, 403, false},
		{"credentials of bob, From of another domain", func(t *testing.T, d *domain) request {
			r := request{from: "<sip:bob@elsewhere.test>"}
			return r.sign(t, d.session(t, start, r, "bob", "secret of bob"))
		}, Nobody, Disagreeing, 403, false},
		{"RFC 3323 §4.1.1.3: who hides behind an anonymous From is known by the credentials", func(t *testing.T, d *domain) request {
			r := request{from: `"Anonymous" <sip:anonymous@anonymous.invalid>`}
			return r.sign(t, d.session(t, start, r, "bob", "secret of bob"))
		}, User, Accepted, 0, false},
		{"another's name at the anonymous domain hides nobody", func(t *testing.T, d *domain) request {
			r := request{from: `"Alice" <sip:alice@anonymous.invalid>`}
			return r.sign(t, d.session(t, start, r, "bob", "secret of bob"))
		}, Nobody, Disagreeing, 403, false},
		{"RFC 3261 §10.2: To of a REGISTER names whose bindings are meant", func(t *testing.T, d *domain) request {
			r := request{method: "REGISTER", from: "<sip:alice@example.test>", to: "<sip:bob@example.test>"}
			return r.sign(t, d.session(t, start, r, "alice", "secret of alice"))
		}, Nobody, Disagreeing, 403, false},
		{"a nonce that is not ours", func(t *testing.T, d *domain) request {
			challenge := digest.Challenge{Realm: "example.test", Nonce: "0123456789abcdef0123456789abcdef", Algorithm: digest.MD5}
			return invite.sign(t, digest.NewSession(challenge, "alice", "secret of alice"))
		}, Nobody, Unusable, 0, true},
		{"a nonce for another address", func(t *testing.T, d *domain) request {
			elsewhere := request{source: "192.0.2.2:5060"}
			return invite.sign(t, d.session(t, start, elsewhere, "alice", "secret of alice"))
		}, Nobody, Unusable, 0, true},
		{"a nonce for another port of the address is fine: NATs do that", func(t *testing.T, d *domain) request {
			r := request{source: "192.0.2.1:9999"}
			return invite.sign(t, d.session(t, start, r, "alice", "secret of alice"))
		}, User, Accepted, 0, false},
		{"a nonce for REGISTER is no use for calls", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start, register, "alice", "secret of alice"))
		}, Nobody, Unusable, 0, true},
		{"a stale nonce", func(t *testing.T, d *domain) request {
			return invite.sign(t, d.session(t, start.Add(-time.Hour), invite, "alice", "secret of alice"))
		}, Nobody, Unusable, 0, true},
		{"another realm is none of ours", func(t *testing.T, d *domain) request {
			challenge := digest.Challenge{Realm: "example.org", Nonce: "n", Algorithm: digest.MD5}
			return invite.sign(t, digest.NewSession(challenge, "alice", "secret of alice"))
		}, Nobody, Unsigned, 0, false},
		{"RFC 4475 §3.3.7 (regaut01): an unknown scheme is the same as none", func(*testing.T, *domain) request {
			return request{lines: []string{"Proxy-Authorization: NoOneKnowsThisScheme opaque-data=here"}}
		}, Nobody, Unsigned, 0, false},
		{"an algorithm that was not offered", func(t *testing.T, d *domain) request {
			challenge, err := digest.ParseChallenge(d.challenges(t, start, invite)[0])
			if err != nil {
				t.Fatal(err)
			}
			challenge.Algorithm = digest.SHA256
			return invite.sign(t, digest.NewSession(challenge, "alice", "secret of alice"))
		}, Nobody, Unsigned, 0, false},
		{"RFC 8760 §2.7: no nonce yet asks for a challenge", func(*testing.T, *domain) request {
			return request{lines: []string{`Proxy-Authorization: Digest username="alice", realm="example.test", nonce="", uri="sip:bob@example.test", response=""`}}
		}, Nobody, Unsigned, 0, false},
		{"credentials for our realm that lack what they need", func(*testing.T, *domain) request {
			return request{lines: []string{`Proxy-Authorization: Digest username="alice", realm="example.test", nonce="n"`}}
		}, Nobody, Malformed, 400, false},
		{"more credentials than anybody needs", func(*testing.T, *domain) request {
			r := request{}
			for range MaxCredentials + 1 {
				r.lines = append(r.lines, `Proxy-Authorization: Digest username="a", realm="x", nonce="n", uri="u", response="00"`)
			}
			return r
		}, Nobody, Malformed, 400, false},
		{"auth-int over another body", func(t *testing.T, d *domain) request {
			r := request{lines: []string{"Content-Type: text/plain"}, body: "hello"}
			challenge, err := digest.ParseChallenge(d.challenges(t, start, r)[0])
			if err != nil {
				t.Fatal(err)
			}
			challenge.QOP = digest.AuthInt
			r = r.sign(t, digest.NewSession(challenge, "alice", "secret of alice"))
			r.body = "jello"
			return r
		}, Nobody, Wrong, 0, false},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain()
			r := test.request(t, d)
			who, out := d.identify(t, start, r)
			if who.Kind != test.kind || who.Outcome != test.outcome || who.Stale != test.stale {
				t.Errorf("got kind %d, %s, stale %v; want %d, %s, %v", who.Kind, who.Outcome, who.Stale, test.kind, test.outcome, test.stale)
			}
			if test.refusal == 0 && who.Refusal != nil || test.refusal != 0 && (who.Refusal == nil || who.Refusal.Code != test.refusal) {
				t.Errorf("refusal %v, want %d", who.Refusal, test.refusal)
			}
			if want := boolInt(who.Outcome == Accepted); len(out.Changes) != want || who.Durable != want {
				t.Errorf("the use of a nonce is kept, and nothing else: %d changes, durable after %d", len(out.Changes), who.Durable)
			}
			if who.Kind == User && who.Asserted != "sip:"+who.User.Name+"@example.test" {
				t.Errorf("asserted %q", who.Asserted)
			}
		})
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// RFC 7616 §3.4.6: the digest-uri and the Request-URI must mean the same.
func TestDigestURI(t *testing.T) {
	tests := []struct {
		reason              string
		method, uri, signed string
		agrees              bool
	}{
		{"as it is", "INVITE", "sip:bob@example.test;transport=tcp", "sip:bob@example.test;transport=tcp", true},
		{"without parameters", "INVITE", "sip:bob@example.test;transport=tcp", "sip:bob@example.test", true},
		{"with a default port", "INVITE", "sip:bob@example.test", "sip:bob@EXAMPLE.test:5060", true},
		{"sips", "INVITE", "sips:bob@example.test", "sip:bob@example.test", true},
		{"escapes", "INVITE", "sip:*55%23@example.test", "sip:*55%23@example.test;user=phone", true},
		{"another user", "INVITE", "sip:+1900@example.test", "sip:bob@example.test", false},
		{"another host", "INVITE", "sip:bob@elsewhere.test", "sip:bob@example.test", false},
		{"another name of ours is another host but for REGISTER", "INVITE", "sip:bob@example.org", "sip:bob@example.test", false},
		{"another port", "INVITE", "sip:bob@192.0.2.9:5062", "sip:bob@192.0.2.9:5060", false},
		{"no URI at all", "INVITE", "sip:bob@example.test", "/", false},
		{"a number", "INVITE", "tel:+15550100", "tel:+15550100", true},
		{"another number", "INVITE", "tel:+15550100", "tel:+15550101", false},
		{"REGISTER signed for the address of record", "REGISTER", "sip:example.test", "sip:alice@example.test", true},
		{"REGISTER by another name of ours", "REGISTER", "sip:198.51.100.1", "sip:example.test", true},
		{"REGISTER elsewhere", "REGISTER", "sip:elsewhere.test", "sip:example.test", false},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain()
			r := request{method: test.method, uri: test.uri}
			session := d.session(t, start, r, "alice", "secret of alice")
			who, _ := d.identify(t, start, r.signFor(t, session, test.signed))
			if agrees := who.Kind == User; agrees != test.agrees || !agrees && (who.Refusal == nil || who.Refusal.Code != 400) {
				t.Errorf("%q for %q: %+v, want agreement %v", test.signed, test.uri, who, test.agrees)
			}
		})
	}
}

// Attack 5: whoever is shown is whoever authenticated.
func TestIdentityShown(t *testing.T) {
	d := newDomain()
	froms := []string{
		"<sip:alice@example.test>", "sip:alice@example.test", `"Bob" <sip:alice@example.test>`, `"<sip:bob@example.test>" <sip:alice@example.test>`,
		"<sip:alice:bob@example.test>", "<sip:alice@example.test;user=bob>", "<sip:%61lic%65@example.test>", "<sips:alice@example.org>",
		"<sip:bob@example.test>", "<sip:bob@example.test>;x=alice", "<sip:alice%40example.test@example.test>", "<sip:Alice@example.test>",
		"<sip:alice%00@example.test>", "<sip:alice@example.test.elsewhere.test>", "<sip:alice@elsewhere.test>", "<tel:alice>", "<sip:example.test>",
		"<sip:bob;x=alice@example.test>", "<sip:anonymous@anonymous.invalid>",
	}
	shown := 0
	for i, from := range froms {
		for _, method := range []string{"INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "NOSUCH"} {
			r := request{method: method, from: from, callID: method + string(rune('a'+i))}
			if _, err := r.parsed(); err != nil {
				continue // refused before anybody asks
			}
			session := d.session(t, start, request{method: method}, "alice", "secret of alice")
			who, _ := d.identify(t, start, r.sign(t, session))
			if who.Kind == User {
				shown++
				if who.User.Name != "alice" || who.Asserted != "sip:alice@example.test" {
					t.Errorf("%s from %s shows %q, authenticated was alice", method, from, who.Asserted)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("alice gets through")
	}
}

// RFC 3261 §10.3 step 5: one address of record, however it is written.
func TestAddressOfRecord(t *testing.T) {
	tests := []struct {
		reason, written, want string
	}{
		{"plain", "<sip:alice@example.test>", "alice@example.test"},
		{"with parameters, port and password", "<sips:alice:x@example.test:5061;user=phone>", "alice@example.test"},
		{"escaped", "<sip:%61l%69ce@example.test>", "alice@example.test"},
		{"capitals in the host", "<sip:alice@EXAMPLE.Test>", "alice@example.test"},
		{"capitals in the user stay", "<sip:Alice@example.test>", "Alice@example.test"},
		{"another name of ours", "<sip:alice@example.org>", "alice@example.test"},
		{"our address", "<sip:alice@198.51.100.1:5060>", "alice@example.test"},
		{"a dot at the end", "sip:alice@example.test.", "alice@example.test"},
		{"no user", "<sip:example.test>", "@example.test"},
		{"another domain", "<sip:alice@elsewhere.test>", ""},
		{"another port of our address", "<sip:alice@198.51.100.1:5070>", ""},
		{"no SIP URI", "<tel:+15550100>", ""},
	}
	d := newDomain()
	for _, test := range tests {
		address, err := sip.ParseAddress(test.written)
		if err != nil {
			t.Fatal(err)
		}
		if got, ours := d.settings.AddressOfRecord(address); got != test.want || ours != (test.want != "") {
			t.Errorf("%s: %s is %q, want %q", test.reason, test.written, got, test.want)
		}
	}
}

// A user with a list of their own may use what is in it, and nothing else.
func TestOwnList(t *testing.T) {
	d := newDomain()
	d.settings.Digest = []digest.Algorithm{digest.MD5}
	d.users["bob"].Digest = []digest.Algorithm{digest.SHA256}
	r := request{from: "<sip:bob@example.test>"}
	session := d.session(t, start, r, "bob", "secret of bob")
	if who, _ := d.identify(t, start, r.sign(t, session)); who.Outcome != Accepted {
		t.Errorf("what was offered: %+v", who)
	}
	domain := d.session(t, start, request{}, "bob", "secret of bob")
	r.cseq = 2
	if who, _ := d.identify(t, start, r.sign(t, domain)); who.Kind != Nobody || len(who.Offer) != 1 || who.Offer[0] != digest.SHA256 {
		t.Errorf("what was not: %+v", who)
	}
	delete(d.users["bob"].HA1, digest.SHA256)
	r.cseq = 3
	if who, _ := d.identify(t, start, r.sign(t, session)); who.Outcome != Wrong {
		t.Errorf("without a secret for the algorithm nothing is right: %+v", who)
	}
}

// Who is restored at start is at a good address: an attack elsewhere doesn't lock them out.
func TestVouch(t *testing.T) {
	d := newDomain()
	d.Vouch(start, "alice", netip.MustParseAddr("192.0.2.1"))
	wrong := request{source: "198.18.0.1:5060"}
	session := d.session(t, start, wrong, "alice", "guess")
	for range 100 {
		d.identify(t, start, wrong.sign(t, session))
	}
	r := request{}
	if who, _ := d.identify(t, start, r.sign(t, d.session(t, start, r, "alice", "secret of alice"))); who.Outcome != Accepted {
		t.Errorf("got %+v", who)
	}
}
