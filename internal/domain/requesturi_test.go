package domain_test

import (
	"strings"
	"testing"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// TestHeaderFieldsInContacts: header fields and the method that a contact carries are for
// who calls it, not for the Request-URI of a request that goes there (RFC 3261 §16.6 step 2).
func TestHeaderFieldsInContacts(t *testing.T) {
	const carried = "?Route=%3Csip:198.51.100.7:5060%3E&X-Injected=a%0d%0aX-Injected:%20b"
	for _, test := range []struct {
		reason, contact, path string
		arrives               string // Request-URI and Route
	}{
		{"header fields", "sip:bob@192.0.2.2:5060" + carried, "", "sip:bob@192.0.2.2:5060"},
		{"header fields after parameters", "sip:bob@192.0.2.2:5060;x=y" + carried, "", "sip:bob@192.0.2.2:5060;x=y"},
		{"a method", "sip:bob@192.0.2.2:5060;method=BYE;x=y", "", "sip:bob@192.0.2.2:5060;x=y"},
		{"behind a loose router", "sip:bob@192.0.2.99" + carried, "<sip:192.0.2.2:5060;lr>", "sip:bob@192.0.2.99 <sip:192.0.2.2:5060;lr>"},
		{"behind a strict router, which carries some, too", "sip:bob@192.0.2.99" + carried, "<sip:192.0.2.2:5060" + carried + ">", "sip:192.0.2.2:5060 <sip:bob@192.0.2.99>"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, _ := stage(sim.New(sim.Config{}), says(404))
			bob := w.agent("bob", machine.UDP, says(486))
			b := binding("sip:bob@192.0.2.2:5060", 1000)
			if b.Contact = test.contact; test.path != "" {
				b.Path = []string{test.path}
			}
			w.bound("bob", b)
			asked := alice.ask(invite(bobsAddress, "call"))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			got := bob.requests(sip.INVITE)
			if len(got) != 1 || asked.code() != 486 {
				t.Fatalf("%s: %d arrived, answered %d\n%s", test.reason, len(got), asked.code(), w.Ladder().DrawPlain())
			}
			if arrived := strings.TrimSpace(got[0].RequestURI() + " " + routes(got[0])); arrived != test.arrives {
				t.Errorf("%s: got %s, want %s", test.reason, arrived, test.arrives)
			}
			if acks := bob.requests(sip.ACK); len(acks) != 1 || acks[0].RequestURI() != got[0].RequestURI() {
				t.Errorf("%s: the refusal is acknowledged, to the same Request-URI: %d", test.reason, len(acks))
			}
			for _, m := range bob.got {
				if strings.Contains(m.Text(), "X-Injected") {
					t.Errorf("%s: what the contact carries gets through:\n%s", test.reason, m.Text())
				}
			}
		})
	}
}

// TestUnknownMethods: what nobody here knows is not implemented; what is known but not for
// the server itself is not allowed (RFC 3261 §21.4.6, §21.5.2).
func TestUnknownMethods(t *testing.T) {
	for _, test := range []struct {
		method string
		code   int
	}{
		{"RE%47IST%45R", 501}, {"options", 501}, {"FROB", 501}, {"MESSAGE", 405}, {"INVITE", 405}, {"NOTIFY", 405}, {"OPTIONS", 200},
	} {
		w, alice, _ := stage(sim.New(sim.Config{}), says(404), func(c *domain.Config) { c.Guests = true })
		guest := w.agent("mallory", machine.UDP, nil)
		text := outside(test.method, "sip:example.test", "call", 1)
		asked := alice.ask(text)
		asGuest := guest.ask(strings.NewReplacer("192.0.2.1:5060", guest.address, "alice@example.test", "far@198.51.100.7", "call", "call2").Replace(text))
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.code || asGuest.code() != test.code {
			t.Errorf("%s to the server itself: got %d, and from a guest %d, want %d", test.method, asked.code(), asGuest.code(), test.code)
		} else if allow := asked.final.Header(sip.HeaderAllow); !strings.Contains(allow, "INVITE") {
			t.Errorf("%s to the server itself: Allow is %q", test.method, allow)
		}
	}
}

// TestContactThatIsTheAddressItself: with header fields it may be registered, and leads
// nowhere (RFC 4475 §3.3.14).
func TestContactThatIsTheAddressItself(t *testing.T) {
	w, alice, gateway := stage(sim.New(sim.Config{}), says(404))
	w.bound("bob", binding("sip:bob@example.test?Route=%3Csip:198.51.100.7:5060%3E", 1000))
	asked := alice.ask(invite(bobsAddress, "call"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if asked.code() != 480 || len(gateway.got) != 0 {
		t.Errorf("got %d, and %d messages at the host that the contact's Route names", asked.code(), len(gateway.got))
	}
}
