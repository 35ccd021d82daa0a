//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

const (
	mostPackets   = 1.0 // out per packet in, before authentication
	mostBytes     = 1.0 // out per byte in
	mostChallenge = 3.0 // the same for a challenge
)

// TestAttack16Reflection: datagrams with the victim's source address, and victims named in
// Via, Contact and everywhere else.
//
// Anchor: draft-zourzouvillys-sip-via-cookie (1:10 to more than 1:350). Must: never more
// bytes out than in before authentication, no retransmitted final response to a UDP source
// that has proven nothing, and nothing to a host that is only named.
//
// Figure: at most 1.0 packets out for each packet in, bytes at most 1.0, a challenge at
// most 3.0; 0 packets to anybody who is only named.
func TestAttack16Reflection(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		phone := newPhone(t, s, "carol")
		phone.register(t)
		named := newSocket(t)
		var sending sync.WaitGroup
		turn := make(chan struct{}, 16)
		for name, text := range spoofed(phone, named) {
			sending.Go(func() {
				turn <- struct{}{}
				reflect(t, s, name, text)
				<-turn
			})
		}
		sending.Wait()
		if got := named.answers(silently); len(got) > 0 {
			t.Errorf("%d datagrams to somebody who is only named, the first:\n%s", len(got), got[0])
		}
	})
}

// spoofed are datagrams by what they are. PLACE stands for the forged source.
func spoofed(phone *phone, named *socket) map[string]string {
	kinds := map[string]string{
		"garbage":           strings.Repeat("\x80garbage ", 40),
		"a line":            "INVITE\r\n\r\n",
		"start line alone":  "INVITE sip:bob@example.test SIP/2.0\r\n\r\n",
		"keep-alive":        "\r\n\r\n",
		"STUN":              "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl",
		"HTTP":              "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n",
		"a response":        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP " + named.local.String() + ";branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
		"a short challenge": short("INVITE", addressOf("bob"), ""),
	}
	for _, method := range append([]string{"FOO"}, allMethods...) {
		uri := addressOf("carol")
		if method == "REGISTER" {
			uri = "sip:" + domain
		}
		kinds[method] = spoof(method, uri, named)
		kinds[method+" short"] = short(method, uri, "")
		kinds[method+" in a dialog"] = strings.Replace(spoof(method, uri, named), "\r\nCall-ID", ";tag=x\r\nCall-ID", 1)
		kinds[method+" to the phone"] = spoof(method, phone.contact(), named)
		kinds[method+" to one who is named"] = spoof(method, "sip:x@"+named.local.String(), named)
		for _, form := range []struct{ reason, old, new string }{
			{"hops used up", "Max-Forwards: 70", "Max-Forwards: 0"},
			{"an extension", "Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: foo\r\nProxy-Require: bar"},
			{"a bad version", " SIP/2.0\r\n", " SIP/7.0\r\n"},
			{"a bad length", "Content-Length: 0", "Content-Length: 99"},
			{"a bad CSeq", " " + method + "\r\n", " x\r\n"},
			{"no Call-ID", "Call-ID", "Call-IT"},
			{"a bad From", "From: <", "From: <<"},
			{"an unknown scheme", uri, "nobody:knows"},
		} {
			kinds[method+" with "+form.reason] = strings.Replace(spoof(method, uri, named), form.old, form.new, 1)
			kinds[method+" short with "+form.reason] = strings.Replace(short(method, uri, form.reason), form.old, form.new, 1)
		}
	}
	return kinds
}

// spoof is a whole request that names others wherever an address may stand.
func spoof(method, uri string, named *socket) string {
	r := newRequest(method, addressOf("carol"), uri)
	r.via = "SIP/2.0/UDP " + named.local.String()
	r.contact = "<sip:x@" + named.local.String() + ">"
	r.fields = []string{
		"Via: SIP/2.0/UDP " + named.local.String() + ";branch=z9hG4bK" + word(), "Record-Route: <sip:" + named.local.String() + ";lr>",
		"Reply-To: <sip:x@" + named.local.String() + ">", "Alert-Info: <http://" + named.local.String() + "/>",
	}
	if method == "REGISTER" {
		r.to = "<" + addressOf("carol") + ">"
	}
	return r.text("UDP", named.local.String())
}

// short is the shortest request of its kind, in compact form.
func short(method, uri, reason string) string {
	extra := ""
	switch reason {
	case "hops used up", "an extension":
		extra = "Max-Forwards: 70\r\n"
	case "a bad length":
		extra = "Content-Length: 0\r\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bK%s\r\nf:<%s>;tag=1\r\nt:<%s>\r\ni:%s\r\nCSeq:1 %s\r\n%s\r\n",
		method, uri, word()[:4], addressOf("carol"), addressOf("carol"), word()[:4], method, extra)
}

// reflect sends a text several times as new requests from one forged source, waits for
// retransmissions, and counts.
func reflect(t *testing.T, s *server, name, text string) {
	t.Helper()
	victim := newSocket(t)
	defer victim.packets.Close()
	const count = 3
	sent := 0
	for range count {
		text := strings.ReplaceAll(text, "z9hG4bK", "z9hG4bK"+word()[:4])
		victim.send(s.address, text)
		sent += len(text)
	}
	got := victim.answers(silently)
	if full && strings.HasPrefix(name, "INVITE") {
		got = append(got, victim.answers(3*timerT1)...)
	}
	received, most := 0, mostBytes
	for _, text := range got {
		received += len(text)
		if code := firstStatus([]string{text}); code == 401 || code == 407 {
			most = mostChallenge
		}
	}
	if ratio := float64(len(got)) / count; ratio > mostPackets {
		t.Errorf("%s: %.2f packets out for each packet in, at most %.1f", name, ratio, mostPackets)
	}
	if ratio := float64(received) / float64(sent); ratio > most {
		t.Errorf("%s: %.2f bytes out for each byte in, at most %.1f:\n%s\nis answered\n%s", name, ratio, most, text, got[0])
	}
}

// TestAttack16ForgedGuests: where strangers may call, they have proven nothing either. A
// final response to them is sent once.
func TestAttack16ForgedGuests(t *testing.T) {
	s := startServer(t, setup{lines: []string{"guests: true"}})
	beside(t, s, func() {
		callee, named := newPhone(t, s, "carol"), newSocket(t)
		callee.register(t)
		for i, method := range []string{"INVITE", "INVITE", "MESSAGE", "OPTIONS"} {
			if i > 0 { // the first call is answered, again and again until its ACK
				callee.onRequest(func(p *phone, m *sip.Message) { p.respond(m, "486 Busy Here") })
			}
			victim := newSocket(t)
			text := strings.Replace(spoof(method, addressOf("carol"), named), addressOf("carol")+">;tag", "sip:x@elsewhere.test>;tag", 1)
			victim.send(s.address, text)
			got := victim.answers(sized(3*timerT1, 5*timerT2))
			finals := 0
			for _, text := range got {
				if firstStatus([]string{text}) >= 200 {
					finals++
				}
			}
			if finals != 1 {
				t.Errorf("%s from a forged source: %d final responses, want 1:\n%s", method, finals, strings.Join(got, "\n"))
			}
		}
		if got := named.answers(silently); len(got) > 0 {
			t.Errorf("%d datagrams to somebody who is only named, the first:\n%s", len(got), got[0])
		}
		time.Sleep(pollPeriod)
	})
}
