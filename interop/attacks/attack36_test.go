//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
	"hookflash/transport"
)

const (
	largest     = 64 << 10
	mostTime    = time.Millisecond // for 64 KiB
	sentLargest = 60_000           // what fits a datagram, with what must stand around it
)

// family makes a message of about so many bytes that is hard on some algorithm.
type family struct {
	name string
	make func(size int) string
}

// TestAttack36AlgorithmicComplexity: messages as large as they may be, made to meet the
// worst of parsers, lists and comparisons.
//
// Anchor: quadratic parsers, hash collisions and regular expressions everywhere. Must:
// at most 254 header fields, linear parsers, keyed hashes.
//
// Figure: the worst of 20 families takes at most 1 ms for 64 KiB (measured at the full
// size); what is allocated grows no faster than the message.
func TestAttack36AlgorithmicComplexity(t *testing.T) {
	for _, f := range families {
		quarter, whole := f.make(largest/4), f.make(largest-1)
		if len(whole) < largest/2 || len(whole) > largest+2048 {
			t.Errorf("%s: %d bytes: the test is wrong", f.name, len(whole))
		}
		small, large := workOf(quarter), workOf(whole)
		if large.count > 5*small.count+20 {
			t.Errorf("%s: %d allocations for a quarter, %d for all: that grows faster than the message", f.name, small.count, large.count)
		}
		if large.bytes > mostPerByte*uint64(len(whole)) {
			t.Errorf("%s: %d bytes allocated for %d", f.name, large.bytes, len(whole))
		}
		parse := fastest(20, func() { _, _ = sip.Parse(whole) }) // the verdict does not matter
		use := fastest(20, func() { readAll(whole) })
		t.Logf("%-40s parsed in %8s, read whole in %8s, %d allocations", f.name, parse, use, large.count)
		if full && (parse > mostTime || use > mostTime) {
			t.Errorf("%s: parsed in %s, read whole in %s, each at most %s", f.name, parse, use, mostTime)
		}
	}
}

// TestAttack36OnTheWire: the same against the server.
func TestAttack36OnTheWire(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		attacker := newSocket(t)
		small := roundTrip(t, s, attacker, newRequest("OPTIONS", addressOf("carol"), addressOf("bob")).text("UDP", attacker.local.String()))
		for _, f := range families {
			text := f.make(sentLargest)
			if took := roundTrip(t, s, attacker, text); took > 0 {
				t.Logf("%-40s answered in %s, a small request in %s", f.name, took, small)
				if full && took > mostTime+small {
					t.Errorf("%s: answered in %s, at most %s", f.name, took, mostTime+small)
				}
			}
		}
	})
}

// roundTrip is the shortest time to an answer of some tries; 0 when there is none.
func roundTrip(t *testing.T, s *server, attacker *socket, text string) time.Duration {
	t.Helper()
	shortest := time.Duration(0)
	for i := range sized(2, 10) {
		attacker.take()
		began := time.Now()
		attacker.send(s.address, strings.Replace(text, "z9hG4bK", "z9hG4bK"+word(), 1))
		if len(attacker.some(silently)) == 0 {
			return 0
		}
		if took := time.Since(began); i == 0 || took < shortest {
			shortest = took
		}
	}
	return shortest
}

type work struct{ count, bytes uint64 }

func workOf(text string) work {
	readAll(text)
	return work{uint64(testing.AllocsPerRun(3, func() { readAll(text) })), allocatedBy(func() { readAll(text) })}
}

// readAll frames, parses and reads a message as the machines do, and more.
func readAll(text string) {
	m, _ := sip.Parse(text)
	var framer transport.Framer
	_, _, _ = framer.Feed([]byte(text), nil) // most are no streams
	if m == nil {
		return
	}
	for _, value := range []string{m.From(), m.To(), m.TopValue(sip.HeaderContact), m.TopValue(sip.HeaderRoute)} {
		if address, err := sip.ParseAddress(value); err == nil {
			_ = address.URI.AddressOfRecord()
			_ = address.URI.Equal(address.URI)
			_, _ = address.Params.Get("tag")
		}
	}
	if uri, err := sip.ParseURI(m.RequestURI()); err == nil {
		_, _ = uri.Params.Get("transport")
		_ = uri.Equal(uri)
	}
	for value := range m.Values(sip.HeaderVia) {
		_, _ = sip.ParseVia(value)
	}
	for range m.Values(sip.HeaderRoute) {
	}
	for value := range m.FieldValues(sip.HeaderProxyAuthorization) {
		_, _ = digest.ParseCredentials(value)
		_ = sip.MentionsRealm(value, domain)
	}
	_ = m.HasToken(sip.HeaderSupported, "timer")
	var edit sip.Edit
	edit.Reset(m)
	edit.Prepend(sip.HeaderVia, []byte("SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx"))
	edit.RemoveIf(func(h sip.Header, name string) bool { return strings.HasPrefix(name, "X-") })
	_ = edit.Bytes()
}

// filled is a request with so much of something repeated in some place: HERE in the template.
func filled(template, piece string) func(size int) string {
	return func(size int) string {
		head, tail, _ := strings.Cut(template, "HERE")
		return "OPTIONS sip:bob@example.test SIP/2.0\r\n" + usual(head) + head + strings.Repeat(piece, (size-400-len(template))/len(piece)) + tail + "\r\nContent-Length: 0\r\n\r\n"
	}
}

// usual is every mandatory field but the one that the template brings.
func usual(template string) string {
	name, _, _ := strings.Cut(template, ":")
	var b strings.Builder
	for _, line := range []string{
		"Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKx", "From: <sip:carol@example.test>;tag=1", "To: <sip:bob@example.test>",
		"Call-ID: x", "CSeq: 1 OPTIONS", "Max-Forwards: 70",
	} {
		if !strings.HasPrefix(line, name+":") {
			b.WriteString(line + "\r\n")
		}
	}
	return b.String()
}

// inURI is a request whose Request-URI has something repeated.
func inURI(before, piece, after string) func(size int) string {
	return func(size int) string {
		return "OPTIONS " + before + strings.Repeat(piece, max(1, (size-400)/len(piece))) + after + " SIP/2.0\r\n" + usual("none:") + "Content-Length: 0\r\n\r\n"
	}
}

// manyFields is a request with many header fields of one kind.
func manyFields(count int, line func(i, width int) string) func(size int) string {
	return func(size int) string {
		fields := count * size / largest // a smaller message has fewer
		var b strings.Builder
		b.WriteString("OPTIONS sip:bob@example.test SIP/2.0\r\n" + usual("none:"))
		for i := range fields {
			b.WriteString(line(i, (size-400)/max(fields, 1)) + "\r\n")
		}
		return b.String() + "Content-Length: 0\r\n\r\n"
	}
}

var families = []family{
	{"Via values in one field", filled("Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKxHERE", ",SIP/2.0/UDP h")},
	{"Via fields", manyFields(240, func(i, width int) string {
		return "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK" + strings.Repeat(fmt.Sprint(i%10), max(1, width-60))
	})},
	{"Route values", filled("Route: <sip:a;lr>HERE", ",<sip:a;lr>")},
	{"Record-Route values", filled("Record-Route: <sip:a;lr>HERE", ",<sip:a;lr>")},
	{"Contact values", filled("Contact: <sip:a>HERE", ",<sip:a>")},
	{"parameters of From", filled("From: <sip:carol@example.test>;tag=1HERE", ";a=b")},
	{"parameters of To, all named alike", filled("To: <sip:bob@example.test>HERE", ";tag")},
	{"unknown fields", manyFields(240, func(i, width int) string { return fmt.Sprintf("X-%d: ", i) + strings.Repeat("v", max(1, width-12)) })},
	{"too many fields", manyFields(6000, func(i, _ int) string { return fmt.Sprintf("X%d: v", i) })},
	{"a long field name", func(size int) string {
		return "OPTIONS sip:bob@example.test SIP/2.0\r\n" + usual("none:") + strings.Repeat("n", size-400) + ": v\r\nContent-Length: 0\r\n\r\n"
	}},
	{"folds", filled("Subject: xHERE", "\r\n y")},
	{"white space", filled("Via:HERESIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx", " ")},
	{"white space within Via", filled("Via: SIP/2.0/UDPHERE127.0.0.1:5060;branch=z9hG4bKx", "\t ")},
	{"escapes in a display name", filled(`From: "HERE" <sip:carol@example.test>;tag=1`, `\"`)},
	{"backslashes without an end", filled(`From: "HERE <sip:carol@example.test>;tag=1`, `\\`)},
	{"quotes", filled("From: HERE <sip:carol@example.test>;tag=1", `"`)},
	{"angle brackets", filled("From: HEREsip:carol@example.test>;tag=1", "<")},
	{"nested comments", filled("Server: HERE", "(")},
	{"commas", filled("Route: HERE<sip:a;lr>", ",")},
	{"commas in Supported", filled("Supported: timerHERE", ",x")},
	{"parameters of the Request-URI", inURI("sip:bob@example.test", ";a=b", "")},
	{"escapes in the Request-URI", inURI("sip:", "%41", "@example.test")},
	{"header fields of the Request-URI", inURI("sip:bob@example.test?x=y", "&x=y", "")},
	{"a long host", inURI("sip:bob@a", ".a", "")},
	{"a long telephone number", inURI("tel:+1", "-1", "")},
	{"digest parameters", filled(`Proxy-Authorization: Digest username="carol", realm="example.test"HERE`, `, x="y"`)},
	{"a digest realm of escapes", filled(`Proxy-Authorization: Digest username="carol", realm="HERE", nonce="x"`, `\e`)},
	{"realms, almost ours", filled(`Proxy-Authorization: Digest HEREnonce="x"`, `realm="example.tes", `)},
	{"a long Call-ID", filled("Call-ID: HERE", "x")},
	{"a long number", filled("Max-Forwards: HERE", "0")},
	{"CRLF before the message", func(size int) string {
		return strings.Repeat("\r\n", (size-400)/2) + newRequest("OPTIONS", addressOf("carol"), addressOf("bob")).text("UDP", "127.0.0.1:5060")
	}},
	{"a body of boundaries", func(size int) string {
		body := strings.Repeat("--b\r\n", (size-500)/5)
		return "MESSAGE sip:bob@example.test SIP/2.0\r\n" + strings.Replace(usual("none:"), "OPTIONS", "MESSAGE", 1) +
			fmt.Sprintf("Content-Type: multipart/mixed;boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}},
	{"NUL", filled("Subject: HERE", "\\\x00")},
}
