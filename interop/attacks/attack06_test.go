//go:build interop

package attacks

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestAttack06Smuggling: requests hidden behind or within others on connections.
//
// Anchor: mcl01 and dblreq of RFC 4475. Must: any doubt where a message ends is answered
// 400 and closes the connection; nothing is ever resynchronised.
//
// Figure: every message cut at every offset is read the same; two on end give exactly two
// or a closed connection.
func TestAttack06Smuggling(t *testing.T) {
	s := startServer(t, setup{layers: true})
	beside(t, s, func() {
		for _, transport := range streamTransports {
			t.Run(transport+"/cut", func(t *testing.T) { cutAnywhere(t, s, transport) })
			t.Run(transport+"/splice", func(t *testing.T) { splice(t, s, transport) })
		}
	})
}

func probe(transport string) *request {
	r := newRequest("OPTIONS", addressOf("mallory"), addressOf("bob"))
	r.body = "a body\r\n\r\nOPTIONS sip:bob@example.test SIP/2.0\r\n" // a request's beginning in a body is a body
	r.via = "SIP/2.0/" + transport + " 127.0.0.1:5060;rport"
	return r
}

// cutAnywhere sends a request in two writes, and over WebSocket in two fragments, cut at
// each offset, and wants one answer to each.
func cutAnywhere(t *testing.T, s *server, transport string) {
	c := mustOpen(t, s, transport)
	length := len(c.encode(probe(transport).text(transport, "")))
	for cut := 1; cut < length; cut++ {
		r := probe(transport)
		whole := c.encode(r.text(transport, ""))
		at := min(cut, len(whole)-1) // random words differ in length
		_ = c.socket.SetDeadline(time.Now().Add(patience))
		for _, part := range []string{whole[:at], whole[at:]} {
			if _, err := io.WriteString(c, part); err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		}
		wantOne(t, c, r, cut)
		if !c.web {
			continue
		}
		r = probe(transport)
		text := r.text(transport, "")
		at = min(cut, len(text))
		if _, err := io.WriteString(c, frame(0x01, text[:at])+frame(0x80, text[at:])); err != nil {
			t.Fatalf("fragments at %d: %v", cut, err)
		}
		wantOne(t, c, r, cut)
	}
}

func wantOne(t *testing.T, c *stream, r *request, cut int) {
	t.Helper()
	text, err := c.response()
	if err != nil || !strings.HasPrefix(text, "SIP/2.0 407 ") || !strings.Contains(text, r.branch) {
		t.Fatalf("cut at %d: one challenge: %v\n%s", cut, err, text)
	}
}

// splice sends two requests where one is expected, in all ways that may be taken for one,
// two or something else.
func splice(t *testing.T, s *server, transport string) {
	first, second := probe(transport).text(transport, ""), probe(transport).text(transport, "")
	without := func(with string) string { // instead of the length
		before, rest, _ := strings.Cut(first, "Content-Length: ")
		_, after, _ := strings.Cut(rest, "\r\n")
		return before + with + after
	}
	besides := func(with string) string {
		return strings.Replace(first, "Content-Length: ", with+"Content-Length: ", 1)
	}
	for _, test := range []struct {
		reason, text string
		most         int // answers
		stays        bool
	}{
		{"two on end", first + second, 2, true},
		{"two with line breaks between", first + "\r\n\r\n" + second, 2, true},
		{"two lengths, the second the same", besides("Content-Length: 5\r\n") + second, 1, false},
		{"two lengths, one compact", besides("l: 0\r\n") + second, 1, false},
		{"a length with a space before the colon", besides("Content-Length : 0\r\n") + second, 1, false},
		{"a length that is longer", without("Content-Length: 99999\r\n") + second, 1, false},
		{"a negative length", without("Content-Length: -1\r\n") + second, 1, false},
		{"a length in hexadecimals", without("Content-Length: 0x5\r\n") + second, 1, false},
		{"no length", without("") + second, 1, false},
		{"LF alone", strings.ReplaceAll(first, "\r\n", "\n") + second, 1, false},
		{"one LF alone", strings.Replace(first, "\r\nCall-ID", "\nCall-ID", 1) + second, 1, false},
		{"CR alone", strings.Replace(first, "\r\nCall-ID", "\rCall-ID", 1) + second, 1, false},
		{"NUL", strings.Replace(first, "Max-Forwards: 70", "Max-Forwards: 70\x00", 1) + second, 1, false},
		{"something between", first + "x\r\n" + second, 2, false},
	} {
		c := mustOpen(t, s, transport)
		if _, err := io.WriteString(c, c.encode(test.text)); err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		answers, ended := c.responses(sized(300*time.Millisecond, time.Second))
		stays, most := test.stays, test.most
		if c.web { // one message of WebSocket is one of SIP, and needs no length (RFC 7118 §5)
			stays, most = test.reason == "no length", 1
		}
		if len(answers) > most || stays && len(answers) != most {
			t.Errorf("%s: %d answers, %d at most:\n%s", test.reason, len(answers), most, strings.Join(answers, "\n"))
		}
		if ended == stays && len(answers) < 2 {
			t.Errorf("%s: the connection is closed: %v, want %v", test.reason, ended, !stays)
		}
		c.socket.Close()
	}
}
