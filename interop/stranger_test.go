//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"

	"hookflash/sip"
)

// stranger is a SIPp that plays one column of a ladder of RFC 5359, word by word. It lives in a network that the
// server trusts, since SIPp can't sign requests to different URIs. The test tells it when to go on, and its media
// ends are the test's.
type stranger struct {
	*sippRun
	ears [2]*ear // of its two calls
	gruu string
}

// strangers is where they live, as a key of the server's configuration.
const strangers = "trusted: [127.66.0.0/16]\n"

// stranger registers one and starts it: who calls does so at once. Calls is how many it takes and makes. It names itself by its GRUU, as the RFC does.
func (s *server) stranger(t testing.TB, name, user string, calls int, keys ...string) *stranger {
	t.Helper()
	host := netip.AddrFrom4([4]byte{127, 66, byte(rand.IntN(256)), byte(1 + rand.IntN(250))})
	with := scenario{name: name, remote: s.address, local: freePort(t, host), calls: calls, keys: map[string]string{}}
	for i := 0; i+1 < len(keys); i += 2 {
		with.keys[keys[i]] = keys[i+1]
	}
	with.keys["instance"] = fmt.Sprintf("%08x-0000-4000-8000-%012x", rand.Uint32(), rand.Uint64()>>16)
	sipp(t, scenario{
		name: "present", remote: s.address, local: freePort(t, host), calls: 1,
		keys: map[string]string{"user": user, "port": fmt.Sprint(with.local.Port()), "instance": with.keys["instance"]},
	}).succeeds(t, user+" registers", patience)
	if t.Failed() {
		t.FailNow()
	}
	r := &stranger{
		ears: [2]*ear{listenRTP(t, sippTone), listenRTP(t, sippTone)}, gruu: "sip:" + user + "@" + domain + ";gr=urn:uuid:" + with.keys["instance"],
	}
	with.keys["rtp_port"] = fmt.Sprint(r.ears[0].address.Port())
	with.keys["second_port"] = fmt.Sprint(r.ears[1].address.Port())
	r.sippRun = sipp(t, with).listening(t)
	return r
}

// goOn tells a stranger to take its next step in a call.
func (r *stranger) goOn(t testing.TB, callID string) {
	t.Helper()
	eventually(t, r.name+" has come to its next step", r.settled)
	socket, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.address))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	const person = "<sip:person@127.0.0.1>"
	fmt.Fprintf(socket, "INFO sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x\r\nFrom: %s;tag=1\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 INFO\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		r.address, socket.LocalAddr(), rand.Uint64(), person, person, callID)
}

// settled tells whether every answer to an INVITE, sent or received, has its ACK.
func (r *stranger) settled() bool {
	answered, acknowledged := map[string]bool{}, map[string]bool{}
	for _, entry := range strings.Split(strings.ReplaceAll(fileText(r.messages), "\r\n", "\n"), "\n----------") {
		_, text, _ := strings.Cut(entry, "\n\n")
		number, method, _ := strings.Cut(field(text, "CSeq"), " ")
		transaction := fmt.Sprint(field(text, "Call-ID"), " ", number, " ", tagOf(field(text, "From")))
		switch {
		case method == "ACK":
			acknowledged[transaction] = true
		case method == "INVITE" && strings.HasPrefix(text, "SIP/2.0 2"):
			answered[transaction] = true
		}
	}
	for transaction := range answered {
		if !acknowledged[transaction] {
			return false
		}
	}
	return true
}

// ends waits until everything that the scenario is about has happened.
func (r *stranger) ends(t testing.TB) {
	t.Helper()
	r.succeeds(t, "RFC 5359", commandLimit)
}

// callID is that of the newest message of a desk, sent or received, that holds the text.
func (d *desk) callID(t testing.TB, sent bool, text string) string {
	t.Helper()
	id := field(d.newest(sent, text), "Call-ID")
	if id == "" {
		t.Fatalf("%s has no message with %q", d.user, text)
	}
	return id
}

// field is the value of a header field of a message, "" without one.
func field(message, name string) string {
	_, after, _ := strings.Cut(message, "\n"+name+": ")
	value, _, _ := strings.Cut(after, "\n")
	return value
}

// wantTriple: a value of Replaces names the dialog of a message, as the one end sees it to whom it goes: the caller, or
// the callee.
func wantTriple(t testing.TB, value, message string, toCaller bool) {
	t.Helper()
	want := sip.DialogID{CallID: field(message, "Call-ID"), LocalTag: tagOf(field(message, "To")), RemoteTag: tagOf(field(message, "From"))}
	if toCaller {
		want.LocalTag, want.RemoteTag = want.RemoteTag, want.LocalTag
	}
	if got, err := sip.ParseReplaces(value); err != nil || got != want {
		t.Errorf("Replaces names %+v (%v), want %+v", got, err, want)
	}
}

func tagOf(value string) string {
	_, tag, _ := strings.Cut(value, ";tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

// serveStrangers starts a server for the people of the ladders, of whom some may be strangers.
func serveStrangers(t testing.TB) *server {
	t.Helper()
	return serve(t, setting{more: strangers, users: []string{
		user("alice", ""), fmt.Sprintf("{name: bob, password: %s, assistants: [carol]}", password("bob")), user("carol", ""),
	}})
}

// meets calls a stranger that answers at once; both hear.
func (d *desk) meets(t testing.TB, callee string, end *ear) {
	t.Helper()
	d.do(t, "call "+callee)
	d.expect(t, "the stranger answers", "established")
	d.hears(t, "the stranger speaks", sippTone)
	end.hears(t, "the caller speaks", d.tone)
}

// meetsCaller answers a stranger's call; both hear.
func (d *desk) meetsCaller(t testing.TB, end *ear) {
	t.Helper()
	d.expect(t, "the stranger calls", "incoming")
	d.do(t, "answer")
	d.expect(t, "the stranger acknowledges", "acknowledged")
	d.hears(t, "the stranger speaks", sippTone)
	end.hears(t, "the callee speaks", d.tone)
}

// hearsAll waits until these tones, and no other, arrive.
func (e *ear) hearsAll(t testing.TB, reason string, frequencies ...int) {
	t.Helper()
	within(t, toneLimit, fmt.Sprintf("%s: SIPp's end hears %d Hz", reason, frequencies), func() bool {
		e.lock.Lock()
		defer e.lock.Unlock()
		return areTones(e.samples, frequencies...)
	})
}
