//go:build interop

package attacks

import (
	"math/rand/v2"
	"strings"
	"testing"

	"hookflash/sip"
)

// trustHeaders count only from a trusted hop: whoever else writes one is lying.
var trustHeaders = []string{
	"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info", "P-Charging-Vector", "P-Access-Network-Info", "X-Authenticated-User",
}

const (
	spellings = 200
	forged    = "sip:chief-executive@example.test"
)

// TestAttack04HeaderSmuggling: a trust header in a spelling that a filter misses and the
// next hop understands.
//
// Anchor: CVE-2020-28361 (white space before the colon passes remove_hf). Must: one
// parser, filtering by canonical name, dropped at the edge.
//
// Figure: of 200 spellings of each trust header, in requests outside and within a call, in
// an ACK and in responses, 0 reach the far side.
func TestAttack04HeaderSmuggling(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		liar, victim := newPhone(t, s, "mallory"), newPhone(t, s, "carol")
		liar.register(t)
		victim.register(t)
		if response, _, err := liar.ask(liar.request("OPTIONS", addressOf("carol"))); err != nil || response.StatusCode() != 200 {
			t.Fatalf("mallory is a user: %v%s", err, textOf(response))
		}
		random := rand.New(rand.NewPCG(4, 4))
		accepted := 0
		for _, header := range trustHeaders {
			for i := range spellings {
				lines := spelling(random, i, header)
				accepted += smuggleRequest(t, liar, victim, lines)
				if i%sized(20, 1) == 0 {
					smuggleInCall(t, liar, victim, lines)
				}
			}
		}
		t.Logf("%d of %d requests were forwarded, the others refused", accepted, spellings*len(trustHeaders))
		if accepted < spellings*len(trustHeaders)/3 {
			t.Errorf("most spellings are legal, so most requests go through without the header: %d did", accepted)
		}
	})
}

// spelling writes a header in one of many ways: the case of its letters, white space and
// folds around its colon and in its value, and its place among other fields.
func spelling(random *rand.Rand, number int, name string) string {
	var b strings.Builder
	for _, letter := range name {
		if random.IntN(2) == 0 {
			b.WriteString(strings.ToUpper(string(letter)))
		} else {
			b.WriteString(strings.ToLower(string(letter)))
		}
	}
	if number == 0 {
		b.Reset()
		b.WriteString(name)
	}
	spaces := []string{"", " ", "\t", "  ", " \t ", "\r\n ", "\r\n\t", " \r\n  ", "\t\r\n \r\n "}
	before, after := spaces[number%len(spaces)], spaces[number/len(spaces)%len(spaces)]
	value := []string{"<" + forged + ">", `"Chief" <` + forged + ">", forged, "<" + forged + ">, <tel:+1555>", `"a\"b" <` + forged + ">;reason=unconditional"}[random.IntN(5)]
	field := b.String() + before + ":" + after + value
	odd := []string{
		field, field + "\r\n" + field, field + " ", "Subject: a\r\n b\r\n" + field, field + "\r\nSubject: x", "Subject:\r\n" + field,
		"Subject: x\r\n " + field, // only a value that goes on, to those who read it right
		"Subject: x\r" + field, "Subject: x\n" + field, " " + field, "\v" + field, "\x00" + field,
		b.String() + "\u00a0:" + value, b.String() + "\x00: " + value, b.String() + "\r: " + value, b.String() + ";: " + value,
	}
	if number%3 == 0 {
		return odd[number/3%len(odd)]
	}
	return field
}

// smuggled tells whether the far side could read the forged header in a message. A reader
// that treats any line end and any white space kindly is assumed; a value of Subject that
// goes on with a fold is not a header to anybody.
func smuggled(text string) bool {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	head = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head)
	for line := range strings.FieldsFuncSeq(head, func(c rune) bool { return c == '\r' || c == '\n' || c == 0 }) {
		if containsFold(line, forged) && !strings.HasPrefix(line, "Subject:") {
			return true
		}
	}
	return false
}

func smuggleRequest(t *testing.T, liar, victim *phone, lines string) (accepted int) {
	t.Helper()
	victim.forget()
	r := liar.request("OPTIONS", addressOf("carol"))
	r.fields = append(r.fields, lines)
	liar.sign(r)
	response, err := liar.once(r, 2*timerT1)
	if err != nil {
		// Only what is no message at all goes unanswered, and it is not forwarded.
		t.Logf("%q: silence", lines)
		if got := victim.received(""); len(got) > 0 {
			t.Errorf("%q: not answered, but forwarded:\n%s", lines, got[0].Text())
		}
		return 0
	}
	for _, text := range victim.texts() {
		if smuggled(text) {
			t.Errorf("%q reached the far side:\n%s", lines, text)
		}
	}
	switch response.StatusCode() {
	case 200:
		return 1
	case 400:
	default:
		t.Errorf("%q: answered %d, want 200 or 400", lines, response.StatusCode())
	}
	return 0
}

// smuggleInCall tries the ACK, a re-INVITE, the BYE, and the responses of the callee.
func smuggleInCall(t *testing.T, liar, victim *phone, lines string) {
	t.Helper()
	liar.forget()
	victim.forget()
	ended := false
	c, err := liar.dial(addressOf("carol"))
	if err != nil {
		t.Fatal(err)
	}
	victim.onRequest(func(p *phone, m *sip.Message) {
		p.respond(m, "200 OK", "Contact: <"+p.contact()+">", lines)
	})
	for _, method := range []string{"ACK", "INFO", "UPDATE", "BYE"} {
		r := c.request(method)
		r.fields = append(r.fields, lines)
		if method == "ACK" {
			r.cseq = c.invite.cseq
			liar.send(r.text("UDP", liar.place()))
			continue
		}
		c.invite.cseq++
		if response, err := liar.once(r, timerT1); err == nil {
			ended = method == "BYE" && response.StatusCode() == 200
		}
	}
	if victim.onRequest(nil); !ended {
		_ = c.hangUp() // nothing more can be done about it
	}
	for _, text := range append(victim.texts(), liar.texts()...) {
		if smuggled(text) {
			t.Errorf("%q reached the far side:\n%s", lines, text)
		}
	}
}
