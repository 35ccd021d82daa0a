//go:build interop

package torture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAttack06RequestSmuggling: two who read one stream see different messages in it.
//
// Anchor: mcl01 and dblreq of RFC 4475, and HTTP's request smuggling. Must: any doubt about
// where a message ends is answered 400 and closes the connection; nobody looks for the
// next message behind it.
//
// Figure: every torture message, cut at every offset, is answered as when it is whole; two
// messages spliced give exactly the answers of both, or a closed connection.
func TestAttack06RequestSmuggling(t *testing.T) {
	for _, k := range kinds {
		if k.framing == datagram {
			continue // a datagram is whole, or it isn't there
		}
		t.Run(k.name, func(t *testing.T) {
			s := startServer(t, elsewhere)
			startGoodCalls(t, s)
			c := &conversation{t: t, kind: k, server: s}
			messages := c.readMessages()
			c.cutEverywhere(messages)
			c.splicePairs(messages)
			c.spliceTorn(messages)
			c.disagree()
			s.alive(t)
		})
	}
}

// known is a torture message and what comes of it.
type known struct {
	file, text string
	answers    string
	count      int
	closes     bool
}

// readMessages tries every message that the server does not wait for the rest of.
func (c *conversation) readMessages() (messages []known) {
	for _, v := range slices.Concat(verdicts4475, verdicts5118, rawVerdicts(c.t)) {
		if v.change != nil || c.kind.framing == stream && v.stream != nil && v.stream[stranger].waits {
			continue
		}
		k := known{file: v.file, text: read(c.t, v.file)}
		answers, closed := c.exchange(whole(k.text))
		k.answers, k.count, k.closes = constant(answers), len(answers), closed
		messages = append(messages, k)
	}
	return messages
}

// cutEverywhere sends every message in two pieces.
func (c *conversation) cutEverywhere(messages []known) {
	step, cuts := sized(11, 1), 0
	for _, m := range messages {
		for at := 1; at < len(m.text); at += step {
			answers, closed := c.exchange(inPieces(m.text[:at], m.text[at:]))
			if cuts++; constant(answers) != m.answers || closed != m.closes {
				c.t.Fatalf("%s over %s cut at %d: closed %t, want %t, answered\n%s\nwant\n%s", m.file, c.kind.name, at, closed, m.closes, constant(answers), m.answers)
			}
		}
	}
	c.t.Logf("%d messages, cut %d times, are answered as when they are whole", len(messages), cuts)
}

// splicePairs sends two messages in one write: on a stream both are answered, unless
// the first closes the connection; in a WebSocket message there may be but one.
func (c *conversation) splicePairs(messages []known) {
	step, pairs := sized(7, 1), 0
	for i, one := range messages {
		for j := i % step; j < len(messages); j += step {
			other := messages[j]
			answers, closed := c.exchange(whole(one.text + other.text))
			pairs++
			reason := fmt.Sprintf("%s and %s over %s", one.file, other.file, c.kind.name)
			switch {
			case c.kind.framing == web && declaredLength(one.text):
				if len(answers) > 1 || !closed {
					c.t.Errorf("%s: %d answers, closed %t: two in one WebSocket message are refused", reason, len(answers), closed)
				}
			case c.kind.framing == web:
				// Without Content-Length the body ends with the message.
			case one.closes && (constant(answers) != one.answers || !closed):
				c.t.Errorf("%s: the first closes the connection: closed %t, answered\n%s", reason, closed, constant(answers))
			case one.closes:
			case len(answers) != one.count+other.count || closed != other.closes:
				c.t.Errorf("%s: %d answers, closed %t, want %d, %t", reason, len(answers), closed, one.count+other.count, other.closes)
			}
		}
	}
	c.t.Logf("%d pairs spliced", pairs)
}

// declaredLength tells whether a message says where it ends.
func declaredLength(text string) bool {
	return slices.ContainsFunc(cutFields(text), func(field string) bool { return nameOf(field) == "content-length" })
}

// spliceTorn sends a message without its end, and another behind it. Where the first lacks
// some of its body, the beginning of the other stands in for that, and what is left begins no message;
// where it lacks some of its header, both make one that can't be read. So a message is
// answered, refused, or the end, but what is inside of another one is never carried out.
func (c *conversation) spliceTorn(messages []known) {
	if c.kind.framing != stream {
		return
	}
	behind := newRequest("OPTIONS", "sip:"+elsewhere)
	step, tries, refused, ended := sized(23, 1), 0, 0, 0
	for _, m := range messages {
		if strings.HasPrefix(m.text, "SIP/") || m.count != 1 {
			continue // a response may say in its reason phrase whatever it likes, and dblreq is two already
		}
		for at := 1; at < len(m.text)-2; at += step {
			behind.callID = word()
			text := strings.Replace(behind.text(c.connected()), "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", padding, strings.Repeat("(", padding)), 1)
			answers, closed := c.exchange(whole(m.text[:at] + text))
			codes := make([]int, len(answers))
			for i := range answers {
				codes[i] = statusOf(answers[i])
			}
			tries++
			switch {
			case closed:
				ended++
			case len(codes) == 1 && slices.Contains([]int{400, 414, 505}, codes[0]):
				refused++
			case len(codes) != 2:
				c.t.Errorf("%s cut off at %d and another behind it: answered %v on a connection that is open", m.file, at, codes)
			}
			if len(codes) > 2 {
				c.t.Errorf("%s cut off at %d and another behind it: answered %v", m.file, at, codes)
			}
		}
	}
	c.t.Logf("%d messages cut off with another behind: %d refused as one, %d ended the connection", tries, refused, ended)
}

// padding is more than any message lacks of its body, of octets that begin no message.
const padding = 4096

// connected is the wire that the next exchange takes.
func (c *conversation) connected() *wire {
	if c.wire == nil {
		c.wire = c.kind.dial(c.t, c.server, trustedAddress())
	}
	return c.wire
}

// disagree tries lengths that different readers read in different ways, each with a
// request hidden in what may be a body: that one is never answered.
func (c *conversation) disagree() {
	hidden := newRequest("OPTIONS", "sip:"+elsewhere)
	hidden.callID = "hidden" + word()
	for _, test := range []struct {
		reason, fields string
		fine           bool // one reading only: the body is as long as the hidden request
	}{
		{"as it should be", "Content-Length: %d", true},
		{"compact", "l:%d", true},
		{"folded", "Content-Length:\r\n %d", true},
		{"white space before the colon", "CONTENT-LENGTH \t: %d", true},
		{"zeros before it", "Content-Length: 000%d", true},
		{"0, then the length", "Content-Length: 0\r\nContent-Length: %d", false},
		{"the length, then 0", "Content-Length: %d\r\nContent-Length: 0", false},
		{"twice the same", "Content-Length: %[1]d\r\nContent-Length: %[1]d", false},
		{"compact, then in full", "l: 0\r\nContent-Length: %d", false},
		{"a list", "Content-Length: %d, 0", false},
		{"a list of the same", "Content-Length: %[1]d,%[1]d", false},
		{"a sign", "Content-Length: +%d", false},
		{"negative", "Content-Length: -%d", false},
		{"hexadecimal", "Content-Length: 0x%x", false},
		{"an exponent", "Content-Length: %de0", false},
		{"a fraction", "Content-Length: %d.0", false},
		{"a parameter", "Content-Length: %d;x=y", false},
		{"quoted", "Content-Length: \"%d\"", false},
		{"empty", "Content-Length:\r\nX: %d", false},
		{"folded in the middle", "Content-Length: 1\r\n %d", false},
		{"more than there ever is", "Content-Length: 18446744073709551616%d", false},
		{"behind LF alone", "Subject: x\nContent-Length: %d", false},
		{"behind CR alone", "Subject: x\rContent-Length: %d", false},
		{"behind NUL", "Subject: x\x00Content-Length: %d", false},
		{"a name that goes on behind a space", "Content-Length x: %d", false},
		{"chunks", "Transfer-Encoding: chunked\r\nX: %d", false},
	} {
		outer := newRequest("OPTIONS", "sip:"+elsewhere)
		inner := hidden.text(c.connected())
		text := strings.Replace(outer.text(c.wire), "Content-Length: 0", fmt.Sprintf(test.fields, len(inner)), 1) + inner
		if c.kind.framing == web && !declaredLength(text) {
			continue // the body ends with the WebSocket message
		}
		answers, closed := c.exchange(whole(text))
		for _, answer := range answers {
			if strings.Contains(answer, hidden.callID) {
				c.t.Errorf("%s: what is hidden in a body is answered\n%s", test.reason, answer)
			}
			if code := statusOf(answer); !test.fine && code != 400 && code != 513 {
				c.t.Errorf("%s: answered %d, want 400", test.reason, code)
			}
		}
		if closed == test.fine || test.fine && len(answers) != 1 {
			c.t.Errorf("%s: closed %t, %d answers", test.reason, closed, len(answers))
		}
	}
}
