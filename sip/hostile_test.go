package sip

import (
	"runtime"
	"strings"
	"testing"
)

// hostile are messages made to cost more than they weigh: each gives one of about the
// size that is asked for.
var hostile = []struct {
	name string
	make func(size int) string
}{
	{"header fields", func(n int) string { return filled(n, "P: y\r\n", "") }},
	{"header fields without a name", func(n int) string { return filled(n, ": y\r\n", "") }},
	{"lines of white space", func(n int) string { return filled(n, " \r\n", "Subject:") }},
	{"folds", func(n int) string { return filled(n, "a\r\n ", "Subject: ") }},
	{"folds in a quoted string", func(n int) string { return filled(n, "a\r\n ", "Contact: \"") }},
	{"commas", func(n int) string { return filled(n, ",", "Supported: ") }},
	{"commas in Contact", func(n int) string { return filled(n, "<sip:a>,", "Contact: ") }},
	{"semicolons", func(n int) string { return filled(n, ";", "Contact: <sip:a>") }},
	{"parameters", func(n int) string { return filled(n, ";a=b", "Contact: <sip:a>") }},
	{"tags", func(n int) string { return filled(n, ";tag=b", "Max-Forwards: 1\r\nf: <sip:a>") }},
	{"parameters of one URI", func(n int) string { return filled(n, ";a", "Contact: <sip:a") }},
	{"header fields of one URI", func(n int) string { return filled(n, "&a=b", "Contact: <sip:a?a=b") }},
	{"an open quote", func(n int) string { return filled(n, "a,", "Contact: \"") }},
	{"quotes", func(n int) string { return filled(n, "\"", "Contact: ") }},
	{"backslashes", func(n int) string { return filled(n, "\\", "Contact: \"") }},
	{"opening brackets", func(n int) string { return filled(n, "<", "Contact: ") }},
	{"closing brackets", func(n int) string { return filled(n, ">,", "Route: <sip:a") }},
	{"square brackets", func(n int) string { return filled(n, "[", "Contact: <sip:") }},
	{"escapes", func(n int) string { return filled(n, "%4", "Contact: <sip:") }},
	{"a long token", func(n int) string { return filled(n, "a", "Call-ID: ") }},
	{"a long user part without a host", func(n int) string { return filled(n, "a:", "Contact: <sip:") }},
	{"Via values", func(n int) string { return filled(n, "SIP/2.0/UDP h;branch=x,", "v: ") }},
	{"Via fields", func(n int) string { return filled(n, "v: SIP/2.0/UDP h;branch=x\r\n", "") }},
	{"Via parameters", func(n int) string { return filled(n, ";a", "v: SIP/2.0/UDP h") }},
	{"nested comments", func(n int) string { return filled(n, "(", "User-Agent: ") }},
	{"carriage returns", func(n int) string { return filled(n, "\r", "Subject: ") }},
	{"NUL", func(n int) string { return filled(n, "\\\x00", "Subject: ") }},
	{"empty lines in front", func(n int) string { return strings.Repeat("\r\n", (n-len(benchInvite))/2) + benchInvite }},
	{"a long start line", func(n int) string { return "INVITE sip:" + strings.Repeat("a ", n/2-20) + " SIP/2.0\r\n\r\n" }},
	{"a long header field name", func(n int) string { return filled(n, "a", "") }},
}

// filled repeats a piece, after a beginning, in a message that is otherwise right.
func filled(size int, piece, beginning string) string {
	start := "INVITE sip:b@h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nt: <sip:b@h>\r\nCSeq: 1 INVITE\r\n"
	end := "\r\nFrom: <sip:a@h>;tag=1\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n"
	if strings.HasPrefix(beginning, "v:") {
		start = strings.Replace(start, "v: SIP/2.0/UDP h;branch=z9hG4bK1\r\n", "", 1)
	}
	return start + beginning + strings.Repeat(piece, max(0, size-len(start)-len(beginning)-len(end))/len(piece)) + end
}

// consume does with a message what a server may do with it.
func consume(text string) {
	m, _ := Parse(text)
	if m == nil {
		return
	}
	var e Edit
	e.Reset(m)
	e.StampVia(testSource)
	e.Prepend(HeaderVia, []byte("SIP/2.0/UDP p"))
	e.RemoveTopValues(HeaderRoute, 3)
	e.RemoveLastValue(HeaderContact)
	e.Remove(HeaderSubject)
	e.Bytes()
	NewResponse(m, testSource, Answer{Code: 400}).Empty()
	m.HasToken(HeaderSupported, "path")
	for range m.Fields() {
	}
	m.TopVia().Params.Has("received")
	last := ""
	for value := range m.Values(HeaderContact) {
		last = value
	}
	if contact, err := ParseAddress(last); err == nil {
		contact.URI.Equal(contact.URI)
		contact.Params.Without("expires", "q")
	}
}

// TestHostileMessagesStayCheap: twice the octets cost at most about twice the memory, and
// never much more than the message weighs. BenchmarkHostile has the times.
func TestHostileMessagesStayCheap(t *testing.T) {
	const size = MaxMessage / 2
	cost := func(text string) (allocations float64, octets uint64) {
		const runs = 5
		var before, after runtime.MemStats
		allocations = testing.AllocsPerRun(runs, func() { consume(text) })
		runtime.ReadMemStats(&before)
		for range runs {
			consume(text)
		}
		runtime.ReadMemStats(&after)
		return allocations, (after.TotalAlloc - before.TotalAlloc) / runs
	}
	for _, c := range hostile {
		one, two := c.make(size), c.make(2*size)
		if len(two) > MaxMessage || len(two) < 2*size-100 {
			t.Fatalf("%s: made %d octets", c.name, len(two))
		}
		few, light := cost(one)
		many, heavy := cost(two)
		if many > 2.5*few+8 {
			t.Errorf("%s: %v allocations for %d octets, %v for %d", c.name, few, len(one), many, len(two))
		}
		if heavy > 16*uint64(len(two)) || float64(heavy) > 2.5*float64(light)+8192 {
			t.Errorf("%s: %d octets allocated for %d, %d for %d", c.name, light, len(one), heavy, len(two))
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, c := range hostile {
		text := c.make(MaxMessage)
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				consume(text)
			}
		})
	}
}
