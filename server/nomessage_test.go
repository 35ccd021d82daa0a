package server

import (
	"strings"
	"testing"
)

// TestNoMessageOnAStream: what is framed, but neither a request that can be answered nor a
// response, ends its connection: whoever sent it means other ends of messages than we do. What
// came before is answered, what comes behind isn't looked at.
func TestNoMessageOnAStream(t *testing.T) {
	s, authority, _ := everyTransport(t)
	const tail = "From: <sip:x@example.test>;tag=a\r\nTo: <sip:example.test>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	const via = "Via: SIP/2.0/TCP x.invalid;branch=z9hG4bKx\r\n"
	for _, test := range []struct {
		reason, text string
		closes       bool
	}{
		{"a start line that is none", "er@example.com SIP/2.0\r\n" + via + tail, true},
		{"another protocol", "GET / HTTP/1.1\r\n" + via + tail, true},
		{"nobody to answer to", "OPTIONS sip:example.test SIP/2.0\r\n" + tail, true},
		{"nobody to answer to, and one space too many", "OPTIONS  sip:example.test SIP/2.0\r\n" + tail, true},
		{"a hop that can't be read", "OPTIONS sip:example.test SIP/2.0\r\nVia: x\r\n" + tail, true},
		{"a response with a code that is none (RFC 4475 §3.1.2.19)", "SIP/2.0 4294967301 x\r\n" + via + tail, false},
		{"a response with a field that is malformed (RFC 4475 §3.1.2.5)", "SIP/2.0 503 x\r\n" + via + strings.Replace(tail, "CSeq: 1", "CSeq: 9292394834772304023312", 1), false},
		{"a response to nobody", "SIP/2.0 200 OK\r\n" + via + tail, false},
	} {
		for socket := 1; socket < len(s.sockets)-1; socket++ {
			c := dialCaller(t, s, "alice", socket, authority)
			reason := test.reason + " over " + c.transport
			first := strings.Replace("OPTIONS sip:example.test SIP/2.0\r\n"+via+tail, "z9hG4bKx", "z9hG4bK1", 1)
			last := strings.Replace(first, "z9hG4bK1", "z9hG4bK2", 1)
			texts := []string{first + test.text + last}
			if strings.HasPrefix(c.transport, "WS") {
				texts = []string{first, test.text, last}
			}
			for _, text := range texts {
				_ = c.send(text) // it may be closed by now
			}
			if m := c.next(t); m.Branch() != "z9hG4bK1" || m.StatusCode() != 200 {
				t.Errorf("%s: what came before is answered: %s", reason, m.Text())
			}
			text, err := c.receive()
			if closed := err != nil; closed != test.closes {
				t.Errorf("%s: closed is %t, want %t: %v %q", reason, closed, test.closes, err, text)
			} else if !closed && !strings.Contains(text, "z9hG4bK2") {
				t.Errorf("%s: what comes behind is answered: %q", reason, text)
			}
			c.close()
		}
	}
}
