//go:build interop

package torture

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// full tells that the figures are to be reached; else everything is small.
var full = os.Getenv("HOOKFLASH_SIZE") == "full"

// sized is the small or the full size of something.
func sized[T any](small, whole T) T {
	if full {
		return whole
	}
	return small
}

// elsewhere is the domain of a server that no torture message is for: from a trusted source
// it answers each one that parses 403, without keeping anything.
const elsewhere = "elsewhere.test"

// conversation is one exchange after the other with that server, on the same connection as
// long as it stands.
type conversation struct {
	t      *testing.T
	kind   kind
	server *server
	wire   *wire
}

// exchange sends parts of a message, or several ones, with a request behind them that is in order, and
// gives the final answers, the one to the latter left out. closed tells that the server
// closed the connection instead of answering that.
func (c *conversation) exchange(send func(w *wire)) (answers []string, closed bool) {
	c.t.Helper()
	if c.wire == nil {
		c.wire = c.kind.dial(c.t, c.server, trustedAddress())
	}
	send(c.wire)
	last := newRequest("OPTIONS", "sip:"+elsewhere)
	last.callID = behindMark + word()
	c.wire.send(last.text(c.wire))
	for {
		text, ok := c.wire.next(patience)
		switch {
		case !ok:
			if !c.wire.closed(pollPeriod) {
				c.t.Errorf("neither an answer nor the end of the connection comes")
			}
			c.wire.closer.Close()
			c.wire = nil
			return answers, true
		case strings.Contains(text, last.callID):
			return answers, false
		case statusOf(text) >= 200:
			answers = append(answers, text)
		}
	}
}

// whole sends messages as they are.
func whole(texts ...string) func(w *wire) {
	return func(w *wire) {
		for _, text := range texts {
			w.send(text)
		}
	}
}

// inPieces sends one message in several pieces.
func inPieces(parts ...string) func(w *wire) {
	return func(w *wire) { _ = w.pieces(parts...) } // a failure shows in what arrives
}

// variable is what differs from one answer to the same message to the next.
var variable = regexp.MustCompile(`nonce="[^"]*"|;tag=[0-9a-z]+|received=[0-9a-f.:]+|rport=\d+`)

// constant is what answers have in common that were given to the same message.
func constant(answers []string) string {
	return variable.ReplaceAllString(strings.Join(answers, "\n"), "*")
}
