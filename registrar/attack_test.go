package registrar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/machine"
)

// Attack 22: nobody registers a place that nothing may be sent to.
func TestPlaces(t *testing.T) {
	tests := []struct {
		reason, host string
		source       string
		code         int
	}{
		{"a metadata service", "169.254.169.254", "", 403},
		{"another", "100.100.100.200", "", 403},
		{"and another", "[fd00:ec2::254]", "", 403},
		{"a group", "224.0.0.1", "", 403},
		{"a group of IPv6", "[ff02::1]:5060", "", 403},
		{"everybody", "255.255.255.255", "", 403},
		{"nobody", "0.0.0.0", "", 403},
		{"nobody of IPv6", "[::]", "", 403},
		{"this network", "0.1.2.3", "", 403},
		{"link-local", "[fe80::1]", "", 403},
		{"a mapped address is the one it maps", "[::ffff:169.254.169.254]", "", 403},
		{"our own listener", "198.51.100.1", "", 403},
		{"our own listener by its port", "198.51.100.1:5060", "", 403},
		{"another port of our host", "198.51.100.1:5080", "", 200},
		{"loopback from elsewhere", "127.0.0.1:5080", "10.0.0.1:5060", 403},
		{"loopback of IPv6 from elsewhere", "[::1]:5080", "10.0.0.1:5060", 403},
		{"loopback by name", "localhost:5080", "10.0.0.1:5060", 403},
		{"loopback by any such name", "x.LOCALHOST.", "10.0.0.1:5060", 403},
		{"loopback from loopback", "127.0.0.1:5080", "127.9.9.2:5090", 200},
		{"a number that some take for an address", "2130706433", "", 403},
		{"an address cut short", "127.1", "", 403},
		{"an address in hexadecimal", "0x7f.0x1", "", 403},
		{"a way round by maddr", "phone.example.com;maddr=169.254.169.254", "", 403},
		{"a way round by maddr to ourselves", "phone.example.com;maddr=198.51.100.1", "", 403},
		{"a way round by an escaped maddr", "phone.example.com;maddr=%31%36%39.254.169.254", "", 403},
		{"a name", "phone.example.com", "", 200},
		{"an address", "203.0.113.9:5060", "", 200},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain(t)
			response, out := d.step(t, start, request{source: test.source, lines: lines("Contact: <sip:alice@" + test.host + ">")})
			if response.StatusCode() != test.code {
				t.Errorf("Contact at %s: got %d %s, want %d", test.host, response.StatusCode(), response.Reason(), test.code)
			}
			if test.code != 200 && len(out.Changes) > 0 {
				t.Errorf("nothing is bound: %v", out.Changes)
			}
			response, _ = d.step(t, start, request{callID: "path", source: test.source, lines: lines("Contact: <sip:alice@203.0.113.9>", "Supported: path", "Path: <sip:"+test.host+";lr>")})
			if response.StatusCode() != test.code {
				t.Errorf("Path through %s: got %d %s, want %d", test.host, response.StatusCode(), response.Reason(), test.code)
			}
		})
	}
}

// Attack 22: a refresh from elsewhere is looked at again.
func TestPlaceOfRefresh(t *testing.T) {
	d := newDomain(t)
	r := request{lines: lines("Contact: <sip:alice@127.0.0.1:5080>")}
	if response := d.send(t, start, r); response.StatusCode() != 200 {
		t.Fatalf("got %d", response.StatusCode())
	}
	r.cseq, r.source = 2, "10.0.0.1:5060"
	if response := d.send(t, start, r); response.StatusCode() != 403 {
		t.Errorf("got %d", response.StatusCode())
	}
}

const anybody = "192.0.2.1:5060"

func (d *domain) sign(t *testing.T, session *digest.Session, r request) request {
	t.Helper()
	r.source, r.via = anybody, anybody
	r.lines = append(r.lines[:len(r.lines):len(r.lines)], "Authorization: "+answer(t, session))
	return r
}

// Attacks 7 and 22: without credentials, or with those of another, nothing is bound.
func TestUnauthorized(t *testing.T) {
	d := newDomain(t)
	contact := "Contact: <sip:alice@192.0.2.1>"
	if response, out := d.step(t, start, request{source: anybody, lines: lines(contact)}); response.StatusCode() != 401 || len(out.Changes) > 0 {
		t.Errorf("no credentials: %d, %v", response.StatusCode(), out.Changes)
	}
	bob := digest.NewSession(d.challenge(t), "bob", "builder")
	if response, out := d.step(t, start, d.sign(t, bob, request{from: "<sip:bob@example.test>", to: "<sip:alice@example.test>", lines: lines(contact)})); response.StatusCode() != 403 || len(out.Changes) > 0 {
		t.Errorf("bob for alice: %d, %v", response.StatusCode(), out.Changes)
	}
	guess := digest.NewSession(d.challenge(t), "alice", "guess")
	if response, out := d.step(t, start, d.sign(t, guess, request{lines: lines(contact)})); response.StatusCode() != 401 || len(out.Changes) > 0 {
		t.Errorf("a wrong password: %d, %v", response.StatusCode(), out.Changes)
	}
	if len(d.records) != 0 {
		t.Errorf("bound: %v", d.records)
	}
}

// Attack 9: an unknown user is answered like a known one.
func TestEnumeration(t *testing.T) {
	d := newDomain(t)
	answerTo := func(user string) string {
		response := d.send(t, start, request{user: user, source: anybody, lines: lines("Contact: <sip:x@192.0.2.1>")})
		text := strings.ReplaceAll(response.Text(), user, "USER")
		_, nonce, _ := strings.Cut(text, `nonce="`)
		return strings.ReplaceAll(text, nonce[:digest.NonceLength], "NONCE")
	}
	if known, unknown := answerTo("alice"), answerTo("nobod"); known != unknown {
		t.Errorf("known:\n%s\nunknown:\n%s", known, unknown)
	}
}

// RFC 3261 §17.2.2 against attack 11: a retransmission is answered, and changes nothing.
func TestRetransmission(t *testing.T) {
	d := newDomain(t)
	contact := "Contact: <sip:alice@192.0.2.1>"
	session := digest.NewSession(d.challenge(t), "alice", "wonderland")
	first := d.sign(t, session, request{cseq: 2, lines: lines(contact)})
	response, out := d.step(t, start, first)
	if response.StatusCode() != 200 || len(out.Changes) != 2 || out.Sends[0].Durable != 2 {
		t.Fatalf("the 200 waits for the nonce and the binding: %d, %d changes, waits for %d", response.StatusCode(), len(out.Changes), out.Sends[0].Durable)
	}
	for i := range 4 {
		response, out = d.step(t, start.Add(time.Duration(i)*time.Second), first)
		if response.StatusCode() != 200 || len(out.Changes) != 0 || contacts(response) != fmt.Sprintf("<sip:alice@192.0.2.1>;expires=%d", 3600-i) {
			t.Errorf("retransmission %d: %d %s, %v", i+1, response.StatusCode(), contacts(response), out.Changes)
		}
	}
	last := d.sign(t, session, request{cseq: 3, lines: lines(contact + ";expires=0")})
	if response = d.send(t, start, last); response.StatusCode() != 200 || contacts(response) != "" {
		t.Fatalf("removed: %d", response.StatusCode())
	}
	if response = d.send(t, start, last); response.StatusCode() != 200 || contacts(response) != "" {
		t.Errorf("the removal is answered again: %d", response.StatusCode())
	}
	if response, out = d.step(t, start, first); response.StatusCode() == 200 || len(out.Changes) != 0 {
		t.Errorf("the first one, come late or replayed, brings nothing back: %d, %v", response.StatusCode(), out.Changes)
	}
	first.source = "192.0.2.66:5060"
	if response, out = d.step(t, start, first); response.StatusCode() != 401 || len(out.Changes) != 0 {
		t.Errorf("nor from elsewhere: %d, %v", response.StatusCode(), out.Changes)
	}
}

// Whatever a change is lost to, its retransmission is not told that it was made.
func TestRetransmissionAfterFailure(t *testing.T) {
	d := newDomain(t)
	session := digest.NewSession(d.challenge(t), "alice", "wonderland")
	first := d.sign(t, session, request{cseq: 2, lines: lines("Contact: <sip:alice@192.0.2.1>")})
	d.step(t, start, first)
	clear(d.records) // the store took it back
	if response, out := d.step(t, start, first); response.StatusCode() != 500 || len(out.Changes) != 0 {
		t.Errorf("got %d %s", response.StatusCode(), response.Reason())
	}
}

// A header field is never made of what somebody registered.
func TestInjection(t *testing.T) {
	d := newDomain(t)
	for _, contact := range []string{
		"Contact: <sip:alice@127.9.9.2>;x=\"a\rVia: y\"", "Contact: <sip:alice@127.9.9.2>;x=\"a\x01b\"", "Contact: <sip:alice\r@127.9.9.2>",
		"Contact: <sip:alice@127.9.9.2>\r\n ;x=y", "Contact: <sip:alice@127.9.9.2>;x=\"a\\\rb\"",
	} {
		p, ok := d.tryPacket(request{callID: "c", lines: lines(contact)}.text())
		if !ok {
			continue
		}
		var out machine.Output
		d.registrar.Register(start, p, d.ids.Unsigned(p, d.users), &out)
		text := string(out.Sends[0].Data)
		for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x01") || strings.HasPrefix(line, "Via: y") {
				t.Errorf("%q made %q", contact, line)
			}
		}
	}
}

// The cost of a refresh: the record with its binding, the changed strings, the change,
// the two responses and the builder of one.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counting statements keeps the compiler from inlining")
	}
	d := newDomain(t)
	var packets []machine.Packet
	for i := range 200 {
		packets = append(packets, d.packet(t, request{callID: fmt.Sprint("call-", i), lines: lines("Contact: <sip:alice@127.9.9.2:5080>;expires=3600")}.text(), "127.9.9.2:5090"))
	}
	var out machine.Output
	i := 0
	got := testing.AllocsPerRun(len(packets)-2, func() {
		out.Reset()
		p := packets[i]
		i++
		d.registrar.Register(start, p, d.ids.Unsigned(p, d.users), &out)
		d.keep(&out)
	})
	if got > 6 {
		t.Errorf("a refresh takes %v allocations, want 6", got)
	}
}
