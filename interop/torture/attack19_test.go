//go:build interop

package torture

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"hookflash/sip"
)

// trap is a host that only embedded header fields name: nothing may be sent there.
var trap = netip.MustParseAddrPort("203.0.113.66:5060")

// injected is a header field that nobody sends but within a URI.
const injected = "X-Injected"

// payloads are line ends as a URI may hold them, each with a header field behind it.
var payloads = []string{
	"%0d%0a" + injected + ":%20yes", "%0D%0A" + injected + ":yes%0d%0a", "%0a" + injected + ":yes", "%0d" + injected + ":yes", "%00%0d%0a" + injected + ":yes",
	"%250d%250a" + injected + ":yes", "%0d%0a%20" + injected + ":yes", "%0d%0a%0d%0a" + injected + ":yes",
}

// carriedFields is what a URI carries as header fields.
var carriedFields = "?Route=%3Csip:" + trap.String() + "%3Blr%3E&From=%3Csip:alice%40example.com%3E&Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc&" + injected + "=a%0d%0a" + injected + ":%20b"

// uris writes a payload into every part of a URI.
func uris(payload string) map[string]string {
	return map[string]string{
		"user":           "sip:a" + payload + "@203.0.113.9",
		"password":       "sip:a:b" + payload + "@203.0.113.9",
		"host":           "sip:a@b" + payload + ".example.net",
		"port":           "sip:a@203.0.113.9:50" + payload,
		"parameter name": "sip:a@203.0.113.9;p" + payload + "=x",
		"parameter":      "sip:a@203.0.113.9;p=x" + payload,
		"maddr":          "sip:a@203.0.113.9;maddr=x" + payload,
		"transport":      "sip:a@203.0.113.9;transport=x" + payload,
		"header name":    "sip:a@203.0.113.9?h" + payload + "=x",
		"header":         "sip:a@203.0.113.9?h=x" + payload,
		"tel":            "tel:+1;x=y" + payload,
		"another scheme": "foo:" + payload,
		"scheme":         "si" + payload + "p:a@203.0.113.9",
	}
}

// TestAttack19EmbeddedHeaders: header fields that a URI carries, and line ends in every part of
// one, turn into lines of a message.
//
// Anchor: escruri and regescrt of RFC 4475. Must: a proxy makes nothing of them; a
// Request-URI that carries some is refused.
//
// Figure: no message that leaves has a line that was not sent as one, and nothing is sent
// to a host that only a carried field names.
func TestAttack19EmbeddedHeaders(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRun(t, k)
			trapped := &phone{contact: "sip:" + trap.String()}
			trapped.listens(t, trap)
			r.injectIntoFields()
			r.injectIntoRequestURI()
			r.injectIntoContact()
			r.injectIntoRoute()
			r.injectIntoAnswer()
			if got := trapped.take(); len(got) > 0 {
				t.Errorf("a carried Route was followed: %q", got)
			}
			r.finish()
		})
	}
}

// clean holds a message that the server sent to having the lines that were sent.
func (r *run) clean(reason, text string) {
	r.t.Helper()
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	for line := range strings.FieldsFuncSeq(head, func(c rune) bool { return c == '\r' || c == '\n' || c == 0 }) {
		if strings.HasPrefix(strings.TrimSpace(line), injected) {
			r.errorf("%s: the line %q was not sent as one\n%s", reason, line, text)
		}
	}
	if faults := lineFaults(text); len(faults) > 0 {
		r.errorf("%s: %q is no header field\n%s", reason, faults, text)
	}
}

// ask sends a request to the far side, or to whom it says, and gives the answer and what
// reached the far side.
func (r *run) ask(reason string, m *request) (sent, answer string, reached []string) {
	r.t.Helper()
	w := r.kind.dial(r.t, r.servers["example.com"], trustedAddress())
	defer w.closer.Close()
	a := attempt{name: reason, place: home, server: r.servers["example.com"], wire: w, sent: m.text(w), want: answered(0)}
	w.send(a.sent)
	answers, _ := r.answers(a)
	reached = r.far.take()
	for _, text := range append(answers, reached...) {
		r.clean(reason, text)
	}
	if len(answers) != 1 {
		r.errorf("%s: %d answers", reason, len(answers))
		return a.sent, "", reached
	}
	return a.sent, answers[0], reached
}

// injectIntoFields sends URIs in fields that a proxy reads, and in some that it does not:
// what is taken reaches the far side as it was sent.
func (r *run) injectIntoFields() {
	forwarded := 0
	for _, payload := range append(payloads, carriedFields) {
		for part, uri := range uris(payload) {
			for _, field := range []string{"To", "From", "Contact", "Refer-To", "Referred-By", "Reply-To", "Record-Route", "P-Asserted-Identity", "Diversion", "Identity"} {
				m := newRequest("MESSAGE", "sip:user@example.com")
				switch value := "<" + uri + ">"; field {
				case "To":
					m.to = value
				case "From":
					m.from = value + ";tag=" + word()
				default:
					m.lines = []string{field + ": " + value}
				}
				reason := fmt.Sprintf("%s in the %s of %s over %s", payload, part, field, r.kind.name)
				sent, answer, reached := r.ask(reason, m)
				switch {
				case len(reached) == 1:
					forwarded++
					p := passage{sent: sent, reached: reached[0], uri: r.far.contact, own: []string{r.servers["example.com"].address.Addr().String() + ":"}}
					if err := p.check(); err != nil || statusOf(answer) != 200 {
						r.errorf("%s: %v, answered %d", reason, err, statusOf(answer))
					}
				case statusOf(answer) != 400:
					r.errorf("%s: answered %d, want 200 or 400\n%s", reason, statusOf(answer), sent)
				}
			}
		}
	}
	if r.t.Logf("%d of the requests with a payload in a field reached the far side", forwarded); forwarded < 100 {
		r.errorf("escapes are legal in most parts of a URI: %d requests got through", forwarded)
	}
}

// injectIntoRequestURI: one that carries header fields is refused; a line end in another
// part stays where it is or is refused.
func (r *run) injectIntoRequestURI() {
	for _, payload := range append(payloads, carriedFields) {
		for _, uri := range []string{
			"sip:user@example.com?x=" + payload, "sip:user@example.com" + payload, "sip:user" + payload + "@example.com", "sip:user:x" + payload + "@example.com",
			"sip:user@example.com;x=" + payload, "sip:user@example.com;x" + payload, "sip:user@example.com;gr=" + payload, "sip:example.com;x=" + payload,
			"sip:user@203.0.113.250;maddr=" + payload, "sips:user@example.com;x=" + payload, "tel:+1;x=" + payload,
		} {
			reason := fmt.Sprintf("Request-URI %s over %s", uri, r.kind.name)
			for _, method := range []string{"MESSAGE", "INVITE", "REGISTER", "OPTIONS"} {
				m := newRequest(method, uri)
				m.to = "<sip:user@example.com>"
				_, answer, reached := r.ask(method+" "+reason, m)
				if parsed, err := sip.ParseURI(uri); (err != nil || parsed.Headers != "") && statusOf(answer) != 400 {
					r.errorf("%s: answered %d, want 400", reason, statusOf(answer))
				}
				for _, text := range reached {
					if start, _, _ := cut(text); start != method+" "+r.far.contact+" SIP/2.0" {
						r.errorf("%s: reached the far side as %q", reason, start)
					}
				}
			}
		}
	}
}

// injectIntoContact registers contacts with payloads and calls them.
func (r *run) injectIntoContact() {
	address := strings.TrimPrefix(r.far.contact, "sip:far@")
	taken := 0
	for _, payload := range append(payloads, carriedFields) {
		for _, contact := range []string{
			"sip:far" + payload + "@" + address, "sip:far:x" + payload + "@" + address, "sip:far@" + address + ";x=" + payload, "sip:far@" + address + ";x" + payload,
			"sip:far@" + address + "?x=" + payload, "sip:far@" + address + payload, "sip:far@" + address + ";method=BYE" + payload,
		} {
			reason := fmt.Sprintf("the contact %s over %s", contact, r.kind.name)
			bind := newRequest("REGISTER", "sip:example.com")
			bind.from, bind.to = "<sip:watson@example.com>;tag="+word(), "<sip:watson@example.com>"
			bind.lines = []string{"Contact: <" + contact + ">;x=\"" + payload + "\"", "Supported: gruu, path, outbound"}
			w := r.kind.dial(r.t, r.servers["example.com"], trustedAddress())
			answer, err := final(w, bind)
			if err != nil || answer.StatusCode() != 200 {
				if err != nil || answer.StatusCode() != 400 {
					r.errorf("%s: answered %v %v, want 200 or 400", reason, answer, err)
				}
				w.closer.Close()
				continue
			}
			r.clean(reason, answer.Text())
			r.far.serve(w) // a WebSocket is reached by that one alone
			if taken++; !strings.Contains(answer.Text(), "Contact: <"+contact+">") {
				r.errorf("%s: kept as it is\n%s", reason, answer.Text())
			}
			_, _, reached := r.ask(reason, newRequest("MESSAGE", "sip:watson@example.com"))
			plain, _, _ := strings.Cut(contact, "?")
			plain, _, _ = strings.Cut(plain, ";method=")
			for _, text := range reached {
				if start, _, _ := cut(text); start != "MESSAGE "+plain+" SIP/2.0" {
					r.errorf("%s: called as %q", reason, start)
				}
			}
			r.bindings("<sip:watson@example.com>", "Contact: *", "Expires: 0")
			w.closer.Close()
		}
	}
	if r.t.Logf("%d contacts with a payload were registered and called", taken); taken < 10 {
		r.errorf("escapes are legal in most parts of a contact: %d were taken", taken)
	}
}

// injectIntoRoute: a Route that carries header fields goes on as it came, or makes a
// Request-URI without them.
func (r *run) injectIntoRoute() {
	for _, payload := range append(payloads, carriedFields) {
		for _, loose := range []string{";lr", ""} {
			for _, carried := range []string{"?x=" + payload, payload, ";x=" + payload} {
				route := "sip:" + farHop.String() + loose + carried
				reason := fmt.Sprintf("Route %s over %s", route, r.kind.name)
				m := newRequest("MESSAGE", "sip:far@192.0.2.99")
				m.lines = []string{"P-Asserted-Identity: <sip:edge@example.com>", "Route: <" + route + ">"}
				_, _, reached := r.ask(reason, m)
				for _, text := range reached {
					start, _, _ := cut(text)
					if _, uri, _ := strings.Cut(start, " "); strings.Contains(uri, "?") {
						r.errorf("%s: reached the far side as %q", reason, start)
					}
				}
			}
		}
	}
}

// injectIntoAnswer has the far side answer with payloads: a redirection is passed back, not
// followed, and no answer gets further lines.
func (r *run) injectIntoAnswer() {
	defer r.far.says(nil)
	for _, payload := range payloads {
		for _, status := range []string{"302 Elsewhere", "200 OK", "401 Unauthorized", "485 Which"} {
			value := "<sip:" + trap.String() + ";x=" + payload + carriedFields + ">"
			r.far.says(func(text, contact string) string {
				answer := accept(text, contact)
				answer = strings.Replace(answer, "200 Far Side", status, 1)
				return strings.Replace(answer, "Contact: <"+contact+">", "Contact: "+value, 1)
			})
			reason := fmt.Sprintf("%s with a Contact that holds %s over %s", status, payload, r.kind.name)
			_, answer, _ := r.ask(reason, newRequest("MESSAGE", "sip:user@example.com"))
			if !strings.HasPrefix(answer, "SIP/2.0 "+status) || !strings.Contains(answer, "\r\nContact: "+value+"\r\n") {
				r.errorf("%s: passed back as it is\n%s", reason, answer)
			}
		}
	}
}
