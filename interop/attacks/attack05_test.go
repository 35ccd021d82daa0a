//go:build interop

package attacks

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack05IdentityConfusion: a user with a right password says to be somebody else, in every field
// and notation that a phone may take its caller's name from.
//
// Anchor: SIPConfusion (NDSS 2026), where four in five pairs of server and phone showed the wrong caller.
// Must: a repeated field that may stand once is refused, the identity comes from the credentials, and
// what leaves the server says it once.
//
// Figure: of all messages of a generator, what is shown is who authenticated, or nothing arrives.
func TestAttack05IdentityConfusion(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		const seed = 5
		t.Run("as it arrives", func(t *testing.T) {
			carol := newPhone(t, s, "carol")
			carol.register(t)
			g := &confusion{random: rand.New(rand.NewPCG(seed, 1)), callee: "carol"}
			g.each(t, s, sized(400, 20_000), func(trick *trick, code int) {
				arrived := carol.received(sip.INVITE)
				carol.forget()
				if len(arrived) > 1 || code == 200 && len(arrived) == 0 {
					t.Errorf("%s: %d INVITEs arrived after %d", trick, len(arrived), code)
				}
				for _, m := range arrived {
					if problem := confused(m, trick.private); problem != "" {
						t.Errorf("%s: %s:\n%s", trick, problem, m.Text())
					}
				}
			})
		})
		t.Run("as our phone shows it", func(t *testing.T) {
			shown := startOwnPhone(t, s, "dave", "--auto-answer")
			g := &confusion{random: rand.New(rand.NewPCG(seed, 2)), callee: "dave"}
			g.each(t, s, sized(120, 3_000), func(trick *trick, code int) {
				if code == 200 {
					eventually(t, patience, "the phone tells who calls", func() bool { return len(shown.events("incoming")) > g.shown })
				}
				for _, e := range shown.events("incoming")[g.shown:] {
					g.shown++
					if !isMallory(e.URI) {
						t.Errorf("%s: the phone shows %q, %q", trick, e.URI, e.Name)
					}
				}
			})
		})
		t.Run("without a password", func(t *testing.T) {
			carol := newPhone(t, s, "carol")
			carol.register(t)
			stranger := newSocket(t)
			g := &confusion{random: rand.New(rand.NewPCG(seed, 3)), callee: "carol"}
			for range sized(200, 5_000) {
				r, trick := g.next(addressOf("alice"), "<sip:mallory@"+stranger.local.String()+">")
				stranger.send(s.address, r.text("UDP", stranger.local.String()))
				if m := stranger.reply(r, silently/10); m != nil && m.StatusCode() < 400 {
					t.Errorf("%s: answered %d without a password", trick, m.StatusCode())
				}
			}
			time.Sleep(silently)
			if got := carol.received(""); len(got) > 0 {
				t.Errorf("%d messages without a password arrived, such as\n%s", len(got), got[0].Text())
			}
		})
	})
}

// trick is what a message of the generator tries.
type trick struct {
	parts   []string
	private bool // it asks that nobody hears who the sender is
}

func (t *trick) String() string { return strings.Join(t.parts, " | ") }

// confusion generates messages. It belongs to one goroutine.
type confusion struct {
	random *rand.Rand
	callee string
	shown  int // events looked at
}

// froms are values of From but for the tag; %s is the sender's own URI.
var froms = []string{
	"<%s>", "\"Alice\" <%s>", "Alice <%s>", "\"\" <%s>", "\"alice@example.test\" <%s>", "\"<sip:alice@example.test>\" <%s>",
	"\"sip:alice@example.test\" <%s>", "\"a\\\" <sip:alice@example.test>;tag=1, \\\"\" <%s>", "\"\\\\\" <%s>", "\"Alice, Bob\" <%s>",
	"\"\u202eecila\" <%s>", "\"\u0410lice\" <%s>", "\"Alice\u0000\" <%s>", "\"Alice\\\x00\" <%s>", "\"%%s\" <%s>", "%s",
	"\"Alice\" <sip:alice@example.test>", "<sip:alice@example.test>", "<sip:alice@example.test>, <%s>", "<%s>, <sip:alice@example.test>",
	"<sip:alice@example.test> <%s>", "\"Alice\" <sip:alice@example.test> \"\" <%s>", "<<sip:alice@example.test>%s>", "<%s", "sip:alice@example.test <%s>",
	"<sip:alice@example.test@mallory@example.test>", "<sip:mallory@example.test@alice@example.test>", "<sip:alice%%40example.test@example.test>",
	"<sip:mallory:alice@example.test>", "<sip:alice:mallory@example.test>", "<sip:%%61lice@example.test>", "<sip:%%6dallory@example.test>",
	"<sip:mallory%%00alice@example.test>", "<sip:Mallory@example.test>", "<sip:mallory;alice@example.test>", "<sip:alice;mallory@example.test>",
	"<sip:mallory@EXAMPLE.test>", "<sip:mallory@example.test.>", "<sip:mallory@example.test:5060>", "<sips:mallory@example.test>", "<SIP:mallory@example.test>",
	"<sip:mallory@example.test?P-Asserted-Identity=%%3Csip:alice@example.test%%3E>", "<sip:mallory@example.test?From=alice>",
	"<sip:mallory@example.test;user=phone>", "<sip:mallory@example.test;x=<sip:alice@example.test>>", "<sip:mallory@alice.example.test>", "<sip:@example.test>",
	"<sip:example.test>", "<tel:+15551234>", "<sip:+15551234@example.test>", "<sip:anonymous@anonymous.invalid>", "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
	"<sip:alice@anonymous.invalid>", "<sip:mallory@example.test>;user=alice", "<sip:mallory@example.test>;x=\"<sip:alice@example.test>\"", "<mailto:alice@example.test>", "<sip:alice@example.test#mallory@example.test>",
}

// lines are further fields; %s is an address of the victim's in some notation.
var lines = []string{
	"From: %s;tag=2", "f: %s;tag=2", "FROM: %s;tag=2", "From : %s;tag=2", "from:%s;tag=2", "\tFrom: %s;tag=2", "From\t: %s;tag=2",
	"P-Asserted-Identity: %s", "p-asserted-identity: %s", "P-Asserted-Identity : %s", "P-Asserted-Identity:\r\n %s", "P-Asserted-Identity: %s, %s", "P-Asserted-Identity: %s, <tel:+15551234>",
	"P-Preferred-Identity: %s", "Remote-Party-ID: %s;party=calling;screen=yes;privacy=off", "Remote-Party-Id: \"Alice\" %s;screen=yes", "P-Asserted-Service: %s", "X-Asserted-Identity: %s",
	"Diversion: %s;reason=unconditional", "History-Info: %s;index=1", "Referred-By: %s", "Reply-To: %s", "Contact: %s", "m: %s", "Sender: %s", "Organization: %s", "Call-Info: %s;purpose=icon",
	"To: %s", "t: %s", "Call-ID: alice", "CSeq: 1 INVITE", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKalice", "Max-Forwards: 3",
	"Proxy-Authorization: Digest username=\"alice\", realm=\"example.test\", nonce=\"1\", uri=\"sip:example.test\", response=\"00000000000000000000000000000000\"",
	"Authorization: Digest username=\"alice\", realm=\"example.test\", nonce=\"1\", uri=\"sip:example.test\", response=\"00000000000000000000000000000000\"",
	"Identity: alice", "Subject: \r\n P-Asserted-Identity: %s", "Subject: a\rP-Asserted-Identity: %s", "Subject: a\nP-Asserted-Identity: %s", "X: \x00\r\nFrom: %s;tag=3",
	"Privacy: none", "Privacy: user;critical", "Privacy: id", "Privacy: id;critical",
}

var victims = []string{
	"<sip:alice@example.test>", "\"Alice\" <sip:alice@example.test>", "sip:alice@example.test", "<tel:+15551234>", "<sips:alice@example.test>", "<sip:%61lice@example.test>",
	"\"Alice\" <sip:mallory@example.test>", "<sip:mallory@example.test>", "<sip:alice@example.test>, <sip:bob@example.test>", "alice", "",
}

// next is a request that says to come from somebody, and what it tries.
func (g *confusion) next(own, contact string) (*request, *trick) {
	r := newRequest("INVITE", own, addressOf(g.callee))
	r.contact = contact
	from := froms[g.random.IntN(len(froms))]
	if strings.Contains(strings.ReplaceAll(from, "%%", ""), "%s") {
		from = fmt.Sprintf(from, own)
	} else {
		from = strings.ReplaceAll(from, "%%", "%")
	}
	if g.random.IntN(3) == 0 {
		from = "<" + own + ">" // the trick is elsewhere
	}
	r.from = from + ";tag=" + word()
	tried := &trick{parts: []string{"From: " + from}, private: strings.Contains(from, "anonymous.invalid")} // RFC 3323 §4.1.1.3
	for range g.random.IntN(4) {
		line := lines[g.random.IntN(len(lines))]
		line = strings.ReplaceAll(line, "%s", victims[g.random.IntN(len(victims))])
		tried.parts = append(tried.parts, line)
		tried.private = tried.private || strings.HasPrefix(line, "Privacy: id")
		if g.random.IntN(2) == 0 {
			r.first = append(r.first, line)
		} else {
			r.fields = append(r.fields, line)
		}
	}
	return r, tried
}

// attackers is how many phones the insider has: who is refused often is slowed down at one.
const attackers = 8

// each sends so many messages of an insider, one after the other, and looks after each. Enough of them
// must get through.
func (g *confusion) each(t *testing.T, s *server, count int, look func(tried *trick, code int)) {
	t.Helper()
	var phones []*phone
	for range attackers {
		phones = append(phones, newPhone(t, s, "mallory"))
	}
	codes := map[int]int{}
	for i := range count {
		p := phones[i%len(phones)]
		r, tried := g.next(addressOf("mallory"), "<"+p.contact()+">")
		r.body = offer(p.local.Addr())
		c, code := p.tryCall(r)
		codes[code]++
		look(tried, code)
		if c != nil {
			if err := c.hangUp(); err != nil {
				t.Errorf("%s: the call ends: %v", tried, err)
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("final responses: %v", codes)
	if codes[200] < count/10 {
		t.Errorf("a tenth of the messages gets through, else the test says nothing: %v", codes)
	}
}

// tryCall sends an INVITE with credentials, acknowledges a 200, and gives the call and the final response;
// 0 when there was none.
func (p *phone) tryCall(r *request) (*call, int) {
	for range 3 {
		p.sign(r)
		response, err := p.once(r, silently)
		if err != nil {
			return nil, 0
		}
		code := response.StatusCode()
		if code == 407 && p.learn(response) == nil {
			next := r.again()
			*r = *next
			continue
		}
		if code != 200 {
			return nil, code
		}
		c := &call{phone: p, invite: r, ok: response}
		ack := c.request("ACK")
		ack.cseq = r.cseq
		p.send(ack.text(p.transport, p.place()))
		return c, code
	}
	return nil, 407
}

// confused says what is wrong with an INVITE that arrived from mallory; "" for nothing.
func confused(m *sip.Message, private bool) string {
	counts := map[string]int{}
	head, _, _ := strings.Cut(m.Text(), "\r\n\r\n")
	if strings.Contains(strings.ReplaceAll(head, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(head, "\r\n", ""), "\r") {
		return "a line break of another kind"
	}
	asserted := ""
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue // more of the field before (RFC 3261 §7.3.1)
		}
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		counts[name]++
		if name == "p-asserted-identity" {
			asserted = strings.TrimSpace(value)
		}
		if strings.HasPrefix(name, "p-") && name != "p-asserted-identity" || strings.HasPrefix(name, "x-") {
			return "the server passes on " + line
		}
	}
	for _, name := range []string{"remote-party-id", "diversion", "history-info"} {
		if counts[name] > 0 {
			return "the server passes on " + name
		}
	}
	for _, either := range [][2]string{{"from", "f"}, {"to", "t"}, {"call-id", "i"}, {"cseq", "cseq"}} {
		count := counts[either[0]]
		if either[1] != either[0] {
			count += counts[either[1]]
		}
		if count != 1 {
			return fmt.Sprintf("%d times %s", count, either[0])
		}
	}
	switch {
	case private && counts["p-asserted-identity"] > 0:
		return "P-Asserted-Identity, though Privacy asks for none"
	case !private && (counts["p-asserted-identity"] != 1 || asserted != "<"+addressOf("mallory")+">"):
		return fmt.Sprintf("%d times P-Asserted-Identity, the last %q", counts["p-asserted-identity"], asserted)
	}
	from, err := sip.ParseAddress(m.From())
	if err != nil || !isMallory(from.Text) {
		return "From says " + m.From()
	}
	return ""
}

// isMallory tells whether a URI is mallory's, in whatever notation, or nobody's (RFC 3323 §4.1.1.3).
func isMallory(text string) bool {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(uri.Host), ".")
	return host == "anonymous.invalid" && strings.EqualFold(uri.User, "anonymous") || host == domain && sip.Unescape(uri.User) == "mallory"
}
