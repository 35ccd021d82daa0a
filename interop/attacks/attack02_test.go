//go:build interop

package attacks

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// allMethods are the methods that RFCs define (IANA's registry).
var allMethods = []string{
	"INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER", "INFO", "UPDATE", "PRACK",
}

// mandatory are the header fields that every request must have (RFC 3261 §8.1.1).
var mandatory = []string{"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"}

// silently waits so long for an answer that is not to come.
const silently = 50 * time.Millisecond

// TestAttack02MissingMandatoryHeaders: a request without one of the header fields that it
// must have.
//
// Anchor: GHSA-c623-f998-8hhv. Must: checked once, answered 400 from Via alone. A request
// without Max-Forwards is legal to a proxy (RFC 3261 §16.3 step 3), one without Via can't
// be answered over UDP, and nothing is ever answered to an ACK.
//
// Figure: insuf.dat of RFC 4475 and 6 header fields by 14 methods, over UDP and TCP, left out
// and emptied: no panic.
func TestAttack02MissingMandatoryHeaders(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		attacker := newSocket(t)
		for _, method := range allMethods {
			for _, missing := range mandatory {
				text := without(missing, broken(method, "UDP", attacker.local.String()))
				attacker.send(s.address, text)
				wanted := wantedFor(method, missing)
				if got := firstStatus(attacker.some(waitFor(wanted))); got != wanted {
					t.Errorf("%s without %s over UDP: answered %d, want %d\n%s", method, missing, got, wanted, text)
				}
				overTCP(t, s, method, missing)
				attacker.send(s.address, emptied(missing, broken(method, "UDP", attacker.local.String())))
				attacker.some(silently / 4) // whatever it is answered
			}
		}
		insufficient, err := os.ReadFile("../../sip/testdata/rfc4475/insuf.dat")
		if err != nil {
			t.Fatal(err)
		}
		attacker.send(s.address, string(insufficient))
		if got := firstStatus(attacker.some(patience)); got != 400 {
			t.Errorf("insuf.dat is answered %d, want 400", got)
		}
	})
}

func broken(method, transport, place string) string {
	uri := addressOf("bob")
	if method == "REGISTER" {
		uri = "sip:" + domain
	}
	text := newRequest(method, addressOf("carol"), uri).text(transport, place)
	// A stranger's datagram is answered with no more octets than it had (attack 16): these
	// have some to spare, whatever is taken out.
	return strings.Replace(text, "\r\nContent-Length", "\r\nUser-Agent: a phone with a long name of its own\r\nContent-Length", 1)
}

// without leaves a header field out.
func without(name, text string) string {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	lines := slices.DeleteFunc(strings.Split(head, "\r\n"), func(line string) bool { return strings.HasPrefix(line, name+":") })
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// emptied has a header field end in CR alone, for which it is left out, and stand again
// without a value.
func emptied(name, text string) string {
	before, rest, found := strings.Cut(text, "\r\n"+name+":")
	if !found {
		return text
	}
	value, after, _ := strings.Cut(rest, "\r\n")
	return before + "\r\n" + name + ":" + value + "\r0\r\n" + name + ":\r\n" + after
}

// wantedFor is what is answered; 0 is silence.
func wantedFor(method, missing string) int {
	switch {
	case missing == "Via", method == "ACK":
		return 0
	case missing == "Max-Forwards" && method == "CANCEL":
		return 481
	case missing == "Max-Forwards" && method == "REGISTER":
		return 401
	case missing == "Max-Forwards":
		return 407
	}
	return 400
}

// waitFor is how long an answer is waited for.
func waitFor(wanted int) time.Duration {
	if wanted == 0 {
		return silently
	}
	return patience
}

// firstStatus reads status lines only: an answer to a request without To has none either.
func firstStatus(texts []string) int {
	for _, text := range texts {
		if rest, found := strings.CutPrefix(text, "SIP/2.0 "); found && len(rest) > 3 {
			code, _ := strconv.Atoi(rest[:3]) // what is no number is no status
			return code
		}
	}
	return 0
}

// overTCP sends the same on a connection, which may be answered or closed.
func overTCP(t *testing.T, s *server, method, missing string) {
	t.Helper()
	connection, err := net.DialTimeout("tcp", s.address.String(), patience)
	if err != nil {
		t.Fatalf("a new connection is accepted: %v", err)
	}
	defer connection.Close()
	text := without(missing, broken(method, "TCP", connection.LocalAddr().String()))
	if _, err := connection.Write([]byte(text)); err != nil {
		return // closed
	}
	wanted := wantedFor(method, missing)
	_ = connection.SetReadDeadline(time.Now().Add(waitFor(wanted)))
	buffer := make([]byte, 4096)
	n, _ := connection.Read(buffer) // silence and a close are fine, too
	if got := firstStatus([]string{string(buffer[:n])}); got != wanted && got != 0 {
		t.Errorf("%s without %s over TCP: answered %d, want %d", method, missing, got, wanted)
	}
}
