//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// injectedField is a header field that nobody sends but within a URI, or behind an escaped line end.
const injectedField = "X-Injected"

// TestAttack19Bridged: header fields that a URI carries, and line ends in any part of one, where the server makes requests of its
// own from what a telephone said: from the Request-URI, From, Referred-By and Refer-To, and from the answer of a callee.
//
// Anchor: escruri and regescrt of RFC 4475. Must: only Replaces is honoured of what a URI carries; nothing else of it becomes a
// line.
//
// Figure: no message that leaves has an injected line, another From, Route or asserted identity than the caller's, and nothing
// is sent to a host that only a carried field names.
func TestAttack19Bridged(t *testing.T) {
	s := startServer(t, setup{lines: []string{helpEverybody}})
	carol, dave, trap := newPhone(t, s, "carol"), newPhone(t, s, "dave"), newPhoneAt(t, s, "trap", freeAddress(t))
	carol.register(t)
	dave.register(t)
	callee := talks(dave)
	i := &injection{t: t, carol: carol, dave: dave, callee: callee, trap: trap.local}
	for _, payload := range []string{
		"%0d%0a" + injectedField + ":%20yes", "%0a" + injectedField + ":yes", "%0d" + injectedField + ":yes", "%250d%250a" + injectedField + ":yes", "%0d%0a%0d%0a" + injectedField + ":yes", "%00%0d%0a" + injectedField + ":yes",
	} {
		i.requestURIs(payload)
		i.fields(payload)
		i.references(payload)
		i.answers(payload)
	}
	if got := trap.received(""); len(got) > 0 {
		t.Errorf("a carried Route or Contact is followed:\n%s", got[0].Text())
	}
	t.Logf("%d ways were tried, %d calls reached dave", i.tried, i.reached)
	if i.reached < 30 {
		t.Errorf("escapes are legal in most parts of a URI: %d calls reached dave", i.reached)
	}
	s.alive(t)
}

// injection is the scene: carol calls dave, or refers him.
type injection struct {
	t              *testing.T
	carol, dave    *phone
	callee         *talking
	trap           netip.AddrPort
	tried, reached int
}

// carried is what a URI carries as header fields.
func (i *injection) carried(payload string) string {
	return fmt.Sprintf("?Route=%%3Csip:%s%%3Blr%%3E&From=%%3Csip:alice%%40example.test%%3E&P-Asserted-Identity=%%3Csip:alice%%40example.test%%3E&%s=x&h=x%s&Subject=x%s", i.trap, injectedField, payload, payload)
}

func (i *injection) addresses(payload string) []string {
	return []string{
		"sip:dave:x" + payload + "@" + domain, "sip:dave@" + domain + ";p=x" + payload, "sip:dave@" + domain + ";p" + payload + "=x", "sip:dave@" + domain + ";user=x" + payload,
		"sip:dave" + payload + "@" + domain, "sip:dave;x=" + payload + "@" + domain, "sip:dave@" + domain + ";transport=udp" + payload, "sip:dave@" + domain + ";to=" + payload,
	}
}

// clean holds what carol and dave were sent to having no injected line, and nobody's name but theirs.
func (i *injection) clean(reason string) {
	i.t.Helper()
	i.tried++
	for _, p := range []*phone{i.carol, i.dave} {
		for _, text := range p.texts() {
			head, _, _ := strings.Cut(text, "\r\n\r\n")
			for line := range strings.FieldsFuncSeq(head, func(c rune) bool { return c == '\r' || c == '\n' || c == 0 }) {
				if strings.HasPrefix(strings.TrimSpace(line), injectedField) {
					i.t.Errorf("%s: %s is sent the line %q\n%s", reason, p.name, line, text)
				}
			}
		}
		for _, m := range p.received("") {
			if m.Has(sip.HeaderRoute) || strings.Contains(m.From()+m.Header(sip.HeaderPAssertedIdentity), "alice") {
				i.t.Errorf("%s: %s is sent\n%s", reason, p.name, m.Text())
			}
		}
	}
	i.reached += len(i.dave.received(sip.INVITE))
	i.carol.forget()
	i.dave.forget()
}

// places calls, and hangs up.
func (i *injection) places(r *request) {
	if c, _ := i.carol.tryCall(r); c != nil {
		_ = c.hangUp() // it leads wherever it leads
	}
}

func (i *injection) requestURIs(payload string) {
	for _, uri := range append(i.addresses(payload), "sip:dave@"+domain+i.carried(payload)) {
		i.places(invited(i.carol, uri))
		i.clean("Request-URI " + uri)
	}
}

// fields writes it into what the server passes on of a caller's INVITE.
func (i *injection) fields(payload string) {
	for _, address := range append(i.addresses(payload), "sip:carol@"+domain+i.carried(payload)) {
		for _, field := range []string{"Referred-By", "Contact", "Call-Info", "Alert-Info", "Reply-To", "P-Preferred-Identity"} {
			r := invited(i.carol, addressOf("dave"))
			if field == "Contact" {
				r.contact = ""
			}
			r.fields = append(r.fields, field+": <"+address+">")
			i.places(r)
			i.clean(field + " " + address)
		}
	}
	for _, name := range []string{"\"x\\\r\\\n" + injectedField + ": yes\"", "\"" + payload + "\"", "=?UTF-8?Q?=0D=0A" + injectedField + ":_yes?="} {
		r := invited(i.carol, addressOf("dave"))
		r.from = name + " " + r.from
		r.fields = append(r.fields, "Subject: "+payload, "Privacy: "+strings.ReplaceAll(payload, ":", ""), "Call-Info: <http://x/"+payload+">")
		if strings.Contains(name, "\r") {
			continue // that is a line of the request itself
		}
		i.places(r)
		i.clean("From " + name)
	}
}

// references refers dave, whose own call the server makes.
func (i *injection) references(payload string) {
	for _, to := range append(i.addresses(payload), "sip:dave@"+domain+i.carried(payload), "sip:dave@"+domain+"?Replaces=a"+payload+"%3Bto-tag%3Db%3Bfrom-tag%3Dc",
		"sip:dave@"+domain+"?Replaces=a%3Bto-tag%3Db"+payload+"%3Bfrom-tag%3Dc", "sip:dave@"+domain+"?Join=a"+payload+"%3Bto-tag%3Db%3Bfrom-tag%3Dc", "sip:dave@"+domain+";method=INVITE"+payload) {
		c := mustCall(i.t, i.carol, addressOf("dave"))
		i.dave.forget()
		r := c.request("REFER")
		r.fields = append(r.fields, "Refer-To: <"+to+">", "Referred-By: <"+addressOf("carol")+";x="+payload+">")
		_, code := i.carol.tryRequest(r)
		time.Sleep(silently)
		i.clean(fmt.Sprintf("Refer-To %s: %d", to, code))
		c.invite.cseq += 10
		_ = c.hangUp() // it may have been transferred
		i.carol.forget()
		i.dave.forget()
	}
}

// answers has dave refuse a call, with what the server passes on of that.
func (i *injection) answers(payload string) {
	for _, status := range []string{"302 Elsewhere", "486 Busy", "603 No", "484 More"} {
		for _, to := range append(i.addresses(payload), fmt.Sprintf("sip:trap@%s;x=%s%s", i.trap, payload, i.carried(payload))) {
			answers := i.dave.behave
			i.dave.onRequest(func(p *phone, m *sip.Message) {
				if m.Method() == sip.INVITE {
					p.respond(m, status+payload, "Contact: <"+to+">", "Error-Info: <"+to+">", "Call-Info: <"+to+">", "Warning: 399 x \""+payload+"\"", "Retry-After: 1")
					return
				}
				p.accept(m)
			})
			i.places(invited(i.carol, addressOf("dave")))
			i.dave.onRequest(answers)
			i.clean(status + " with " + to)
		}
	}
}
