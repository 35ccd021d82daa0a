//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"hookflash/sip"
)

// TestAttack23SourceForgery: rules ask where a request comes from, and a request says something else.
//
// Anchor: asterisk channels/pjsip/acl_call (nine scenarios), X-Forwarded-For behind shared proxies. Must:
// the source is the packet's, and nothing that stands in a message.
//
// Figure: with Via (sent-by, received, rport, maddr, several), X-Forwarded-For and its kin, Received,
// Record-Route, Route, Contact, P-Asserted-Identity and From that name a trusted network, a trunk's source, or
// a source that a rule allows: 0 calls pass, and 0 answers go to the place that was named.
func TestAttack23SourceForgery(t *testing.T) {
	office, hop := freeAddress(t), freeAddress(t)
	inside := freePort(t, netip.MustParseAddr("127.9.9.7"))
	s := startServer(t, setup{
		keys: map[string]string{"carol": fmt.Sprintf(`screening: [{name: office, sources: ["%s/32"], action: allow}, {name: others, action: refuse}]`, office.Addr())},
		lines: append(trunkLines(fmt.Sprintf(", sources: [\"%s/32\"], trusted: true, default: bob", hop.Addr()), hop),
			"origins: []"),
	})
	beside(t, s, func() {
		carol, victim := newPhone(t, s, "carol"), newPhone(t, s, "dave")
		carol.register(t)
		victim.register(t)
		f := &forgery{s: s, carol: carol, places: []netip.AddrPort{inside, office, hop}}
		for _, place := range f.places {
			f.watched = append(f.watched, newSocketAt(t, place))
		}
		f.sources(t, office)
		f.asUser(t)
		f.asNobody(t)
		f.asTrunk(t, hop)
	})
}

// forgery is the scene of this attack.
type forgery struct {
	s       *server
	carol   *phone           // whom only the office may call
	places  []netip.AddrPort // from where more is allowed
	watched []*socket        // who is there
}

// forgedFields are lines that name a place, in front of the others or behind them.
func forgedFields(place netip.AddrPort) []string {
	host := place.Addr().String()
	return []string{
		"X-Forwarded-For: " + host, "X-Real-IP: " + host, "Forwarded: for=" + host, "X-Forwarded-For: " + host + "\r\nX-Forwarded-Proto: sip", "X-Source-IP: " + host, "X-Client-IP: " + host, "Received: " + host, "X-Received: " + place.String(),
		"Record-Route: <sip:" + place.String() + ";lr>", "Path: <sip:" + place.String() + ";lr>", "P-Asserted-Identity: <sip:alice@" + domain + ">", "P-Asserted-Identity: <sip:carol@" + host + ">, <tel:+4930123453>",
		"P-Preferred-Identity: <sip:alice@" + domain + ">", "Remote-Party-ID: <sip:alice@" + domain + ">;party=calling", "P-Access-Network-Info: IEEE-802.3;network-provided", "P-Visited-Network-ID: " + host,
		"Diversion: <sip:alice@" + domain + ">", "History-Info: <sip:alice@" + place.String() + ">;index=1", "P-Charging-Vector: icid-value=1;orig-ioi=" + host, "Via: SIP/2.0/UDP " + place.String() + ";branch=z9hG4bKbelow;received=" + host,
		"Geolocation: <sip:" + host + ">", "P-Served-User: <sip:alice@" + domain + ">", "PROXY TCP4 " + host + " 127.0.0.1 5060 5060: x",
	}
}

// forgedVias are values of the topmost Via, for a request that really comes from an address.
func forgedVias(place, real netip.AddrPort) []string {
	host, port := place.Addr().String(), place.Port()
	return []string{
		fmt.Sprintf("SIP/2.0/UDP %s", place), fmt.Sprintf("SIP/2.0/UDP %s;rport", place), fmt.Sprintf("SIP/2.0/UDP %s;rport=%d;received=%s", place, port, host), fmt.Sprintf("SIP/2.0/UDP %s;received=%s", real, host),
		fmt.Sprintf("SIP/2.0/UDP %s;received=%s;rport=%d", real, host, port), fmt.Sprintf("SIP/2.0/UDP %s;maddr=%s;ttl=1", real, host), fmt.Sprintf("SIP/2.0/UDP %s:%d", real.Addr(), port), fmt.Sprintf("SIP/2.0/TCP %s", place),
		fmt.Sprintf("SIP/2.0/UDP localhost:%d", port), fmt.Sprintf("SIP/2.0/UDP %s;alias;keep", place), "SIP/2.0/UDP " + host,
	}
}

// each lets a request of somebody be sent in every forgery, and gives each final response.
func (f *forgery) each(t *testing.T, who *phone, make func() *request, look func(what string, response *sip.Message)) {
	t.Helper()
	for _, place := range f.places {
		try := func(what string, change func(r *request)) {
			r := make()
			change(r)
			response, err := who.answered(r)
			if err != nil && what[:3] != "Via" { // a forged Via may lead the answer to another port of the same host
				t.Errorf("%s: %v", what, err)
			}
			look(fmt.Sprintf("%s (%s)", what, place), response)
		}
		for _, field := range forgedFields(place) {
			try(field, func(r *request) { r.fields = append(r.fields, field) })
			try("first "+field, func(r *request) { r.first = append(r.first, field) })
		}
		for _, via := range forgedVias(place, who.local) {
			try("Via: "+via, func(r *request) { r.via = via })
		}
		try("From of there", func(r *request) { r.from = "<sip:alice@" + place.String() + ">;tag=" + word() })
		try("Contact of there", func(r *request) { r.contact = "<sip:" + who.name + "@" + place.String() + ">" })
	}
	for i, watched := range f.watched {
		for _, text := range watched.take() {
			t.Errorf("%s is sent something that it has not asked for:\n%s", f.places[i], text)
		}
	}
}

// answered sends a request with credentials where there are some, and again if its nonce is stale.
func (p *phone) answered(r *request) (*sip.Message, error) {
	for range 2 {
		p.sign(r)
		response, err := p.once(r, timerT1/2)
		if err != nil || response.StatusCode() != 407 || p.sessions["Proxy-Authorization"] == nil || p.learn(response) != nil {
			return response, err
		}
		*r = *r.again()
	}
	return nil, errSilence
}

// sources: the rule itself works, by the packet's source.
func (f *forgery) sources(t *testing.T, office netip.AddrPort) {
	t.Helper()
	there := newPhoneAt(t, f.s, "dave", freePort(t, office.Addr()))
	c, err := there.dial(addressOf("carol"))
	if err != nil {
		t.Errorf("from the office carol is reached: %v", err)
		return
	}
	if err := c.hangUp(); err != nil {
		t.Error(err)
	}
	f.carol.forget()
}

// asUser: a user calls carol from elsewhere than the office.
func (f *forgery) asUser(t *testing.T) {
	mallory := newPhone(t, f.s, "mallory")
	if response, _, err := mallory.ask(mallory.request("INVITE", addressOf("carol"))); err != nil || response.StatusCode() != 403 {
		t.Fatalf("mallory may not call carol: %v%s", err, textOf(response))
	}
	refused := 0
	f.each(t, mallory, func() *request { return mallory.request("INVITE", addressOf("carol")) }, func(what string, response *sip.Message) {
		if response != nil {
			refused++
		}
		if len(f.carol.received("")) > 0 || response != nil && response.StatusCode() < 400 {
			t.Errorf("carol is called from elsewhere than the office, with %s%s", what, textOf(response))
			f.carol.forget()
		}
	})
	t.Logf("%d calls of a user were refused", refused)
}

// asNobody: who shows no credentials is challenged, whatever network is named.
func (f *forgery) asNobody(t *testing.T) {
	stranger := newPhone(t, f.s, "alice")
	for _, method := range []string{"INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "REGISTER"} {
		f.each(t, stranger, func() *request {
			r := stranger.request(method, addressOf("dave"))
			if method == "REGISTER" {
				r.uri, r.to = "sip:"+domain, "<"+addressOf("alice")+">"
			}
			return r
		}, func(what string, response *sip.Message) {
			if response != nil && !slices.Contains([]int{400, 401, 403, 407}, response.StatusCode()) {
				t.Errorf("%s without credentials, with %s%s", method, what, textOf(response))
			}
		})
	}
}

// asTrunk: who is none of the trunk's machines calls as if by it, even from the same loopback host.
func (f *forgery) asTrunk(t *testing.T, hop netip.AddrPort) {
	stranger := newPhone(t, f.s, "stranger")
	f.each(t, stranger, func() *request { return stranger.request("INVITE", "sip:+4930123450@"+domain) }, func(what string, response *sip.Message) {
		if response != nil && response.StatusCode() < 400 {
			t.Errorf("a stranger calls as if by the trunk, with %s%s", what, textOf(response))
		}
	})
	trunk := newPhoneAt(t, f.s, "gateway", freePort(t, hop.Addr()))
	if response, err := trunk.answered(trunk.request("INVITE", addressOf("bob"))); err != nil || response.StatusCode() != 200 {
		t.Errorf("the trunk itself calls: %v%s", err, textOf(response))
	}
}
