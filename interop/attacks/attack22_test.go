//go:build interop

package attacks

import (
	"net/netip"
	"strings"
	"testing"

	"hookflash/sip"
)

// TestAttack22Registrations: somebody else's address of record is registered.
//
// Anchor: register hijacking. Must: To is who authenticated; contacts are counted.
//
// Figure: 0 bindings made or removed by anybody but their owner.
func TestAttack22Registrations(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		owner, thief := newPhone(t, s, "carol"), newPhone(t, s, "mallory")
		owner.register(t)
		thief.register(t)
		for _, to := range []string{
			addressOf("carol"), "sip:CAROL@" + domain, "sip:%63arol@" + domain, "sip:carol@" + strings.ToUpper(domain), "sip:carol@" + domain + ";x=y",
			"sips:carol@" + domain, "sip:carol@" + s.address.String(), "sip:carol:secret@" + domain, "sip:carol@elsewhere.test", "tel:+1555", addressOf("nobody"),
		} {
			for _, from := range []string{addressOf("mallory"), addressOf("carol"), to} {
				for _, contact := range []string{"<" + thief.contact() + ">", "*", "<" + owner.contact() + ">;expires=0"} {
					r := thief.registration(60)
					r.from, r.to, r.contact = "<"+from+">;tag="+word(), "<"+to+">", contact
					if contact == "*" {
						r.fields = append(r.fields, "Expires: 0")
					}
					response, _, err := thief.ask(r)
					if err != nil {
						t.Fatal(err)
					}
					if code := response.StatusCode(); code < 300 {
						t.Errorf("To %s, From %s, Contact %s: registered for somebody else with %d", to, from, contact, code)
					}
				}
			}
		}
		if found := bindingsOf(t, s, "carol"); len(found) != 1 || !strings.Contains(found[0], owner.place()) {
			t.Errorf("the owner is registered as before: %v", found)
		}
		countContacts(t, s, thief)
	})
}

// countContacts registers more contacts than a user may have.
func countContacts(t *testing.T, s *server, p *phone) {
	t.Helper()
	for i := range 50 {
		r := p.registration(60)
		r.contact = "<sip:mallory@192.0.2." + string(rune('1'+i%9)) + ";x=" + word() + ">"
		if _, _, err := p.ask(r); err != nil {
			t.Fatal(err)
		}
	}
	if found := bindingsOf(t, s, "mallory"); len(found) > 10 {
		t.Errorf("%d contacts for one user, at most 10 by default", len(found))
	}
}

// Addresses of the namespace: the server's, a phone's and an attacker's as from a network,
// and those that nothing may be sent to.
const (
	serverAddress   = "192.0.2.1"
	phoneAddress    = "192.0.2.7"
	attackerSource  = "198.51.100.9"
	metadataAddress = "169.254.169.254"
)

// TestAttack22Destinations: a Contact, Request-URI, Route, Path or the Contact of an answer
// names a place that nothing may be sent to.
//
// Anchor: server-side request forgery by registration. Must: the rules hold when it is
// sent, whoever named the place.
//
// Figure: link-local and metadata addresses, groups, broadcast, our own listeners, and
// loopback from elsewhere than loopback: 0 packets.
func TestAttack22Destinations(t *testing.T) {
	if !withNamespace(t, serverAddress+"/32", phoneAddress+"/32", attackerSource+"/32", metadataAddress+"/32", "100.100.100.200/32") {
		return
	}
	listen := netip.MustParseAddrPort(serverAddress + ":5060")
	s := startServer(t, setup{listen: &listen})
	metadata := newSocketAt(t, netip.MustParseAddrPort(metadataAddress+":80"))
	other := newSocketAt(t, netip.MustParseAddrPort("100.100.100.200:80"))
	inside := newSocketAt(t, netip.MustParseAddrPort("127.0.0.1:25"))
	everywhere := newSocketAt(t, netip.MustParseAddrPort("0.0.0.0:7777")) // groups and broadcasts arrive here
	watched := []*socket{metadata, other, inside, everywhere}
	places := []string{
		metadataAddress + ":80", "100.100.100.200:80", "127.0.0.1:25", "127.1:25", "0x7f000001:25", "2130706433:25", "localhost:25", "[::1]:25", "[::ffff:127.0.0.1]:25",
		"0.0.0.0:25", "0.0.0.0:7777", "224.0.0.1:7777", "239.1.2.3:7777", "255.255.255.255:7777", "[ff02::1]:7777", "[fe80::1]:7777", listen.String(),
		"192.0.2.1", "192.0.2.7:5061;maddr=127.0.0.1", "192.0.2.7:25;maddr=" + metadataAddress, "127.0.0.1:25;transport=tcp", "[::ffff:169.254.169.254]:80",
	}
	attacker := newPhoneAt(t, s, "mallory", netip.MustParseAddrPort(attackerSource+":5060"))
	victim := newPhoneAt(t, s, "carol", netip.MustParseAddrPort(phoneAddress+":5060"))
	victim.register(t)
	control := attacker.request("MESSAGE", victim.contact())
	if response, _, err := attacker.ask(control); err != nil || response.StatusCode() != 200 || len(victim.received(sip.MESSAGE)) != 1 {
		t.Fatalf("a place that may be reached is reached, else this test is wrong: %v%s", err, textOf(response))
	}
	for _, place := range places {
		tryPlace(t, attacker, victim, place)
		for _, socket := range watched {
			for _, text := range socket.take() {
				t.Errorf("%s: a packet to %s:\n%s", place, socket.local, text)
			}
		}
		if contacts := bindingsFrom(t, attacker); len(contacts) > 0 && strings.Contains(strings.Join(contacts, " "), place) {
			t.Logf("%s was registered: it must not be sent to", place)
		}
	}
	for _, socket := range watched {
		if got := socket.answers(silently); len(got) > 0 {
			t.Errorf("a packet to %s:\n%s", socket.local, got[0])
		}
	}
	s.alive(t)
}

// tryPlace names a place wherever one may be named.
func tryPlace(t *testing.T, attacker, victim *phone, place string) {
	t.Helper()
	ask := func(r *request) *sip.Message {
		attacker.sign(r)
		response, err := attacker.once(r, timerT1)
		if err == nil && (response.StatusCode() == 401 || response.StatusCode() == 407) && attacker.learn(response) == nil {
			again := r.again()
			attacker.sign(again)
			response, err = attacker.once(again, timerT1)
		}
		if err != nil {
			return nil // silence is safe
		}
		return response
	}
	registered := attacker.registration(60)
	registered.contact = "<sip:x@" + place + ">"
	ask(registered)
	path := attacker.registration(60)
	path.fields = []string{"Path: <sip:" + strings.ReplaceAll(place, ";", "%3b") + ";lr>", "Supported: path"}
	ask(path)
	for _, method := range []string{"MESSAGE", "INVITE"} {
		ask(attacker.request(method, addressOf("mallory"))) // to what was registered
		ask(attacker.request(method, "sip:x@"+place))
		routed := attacker.request(method, addressOf("carol"))
		routed.fields = []string{"Route: <sip:" + place + ";lr>"}
		ask(routed)
	}
	gone := attacker.registration(0)
	gone.contact = "*"
	gone.fields = []string{"Expires: 0"}
	ask(gone)
	// The callee names the place in an answer, and the caller goes there.
	victim.onRequest(func(p *phone, m *sip.Message) { p.respond(m, "200 OK", "Contact: <sip:x@"+place+">") })
	defer victim.onRequest(nil)
	invite := attacker.request("INVITE", addressOf("carol"))
	attacker.sign(invite)
	response, err := attacker.once(invite, timerT1)
	if err != nil || response.StatusCode() != 200 {
		return
	}
	c := &call{phone: attacker, invite: invite, ok: response}
	for _, method := range []string{"ACK", "INFO", "BYE"} {
		r := c.request(method)
		if method == "ACK" {
			r.cseq = invite.cseq
			attacker.send(r.text("UDP", attacker.place()))
			continue
		}
		ask(r)
	}
}

// bindingsFrom is every contact of a phone's user, asked by the phone itself.
func bindingsFrom(t *testing.T, p *phone) (contacts []string) {
	t.Helper()
	r := p.registration(0)
	r.contact = ""
	response, _, err := p.ask(r)
	if err != nil {
		t.Fatal(err)
	}
	for value := range response.Values(sip.HeaderContact) {
		contacts = append(contacts, value)
	}
	return contacts
}
