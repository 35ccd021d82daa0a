package phone

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookflash/sip"
	"hookflash/ua"
)

// exchange is a server for one phone, which accepts every request and tells what waits.
func exchange(socket *net.UDPConn) {
	buffer := make([]byte, 65535)
	for {
		n, from, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		m, err := sip.Parse(string(buffer[:n]))
		if err != nil || !m.IsRequest() {
			continue
		}
		answer := sip.NewResponse(m, from, sip.Answer{Code: 200, ToTag: "x"})
		if m.Method() == sip.REGISTER {
			answer.Copy(m, sip.HeaderContact)
		} else {
			answer.Add(sip.HeaderContact, "<sip:"+socket.LocalAddr().String()+">").Add(sip.HeaderExpires, m.Header(sip.HeaderExpires))
		}
		_, _ = socket.WriteToUDPAddrPort(answer.Empty(), from)
		notify := func(callID, tags, state, body string) {
			text := fmt.Sprintf("NOTIFY sip:bob@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nCall-ID: %s\r\n%sCSeq: %d NOTIFY\r\n"+
				"Contact: <sip:%s>\r\nEvent: message-summary\r\nSubscription-State: %s\r\nContent-Type: application/simple-message-summary\r\nContent-Length: %d\r\n\r\n%s",
				from, socket.LocalAddr(), sip.Lower(callID), m.CSeq(), callID, tags, m.CSeq(), socket.LocalAddr(), state, len(body), body)
			_, _ = socket.WriteToUDPAddrPort([]byte(text), from)
		}
		if m.Method() != sip.SUBSCRIBE {
			continue
		}
		dialog := "From: <sip:bob@example.test>;tag=x\r\nTo: <sip:bob@example.test>;tag=" + m.FromTag() + "\r\n"
		if m.Header(sip.HeaderExpires) == "0" {
			notify(m.CallID(), dialog, "terminated;reason=timeout", "Messages-Waiting: no\r\n")
			continue
		}
		notify(m.CallID(), dialog, "active;expires=600", "Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n")
		notify("unasked", "From: <sip:example.test>;tag=y\r\nTo: <sip:bob@example.test>\r\n", "active",
			"Messages-Waiting: no\r\nMessage-Account: sip:vm@example.test\r\n")
	}
}

// TestMailbox: what waits is told, asked for and unasked (RFC 3842); the subscription ends with the phone.
func TestMailbox(t *testing.T) {
	defer goleak.VerifyNone(t)
	socket, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	go exchange(socket)
	p, err := Open(Settings{
		User: "bob", Domain: "example.test", Local: loopback, Server: socket.LocalAddr().(*net.UDPAddr).AddrPort(), Mailbox: "sip:bob@example.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for range 2 {
		e := awaitEvent(t, p, ua.MessagesWaiting)
		told[e.From] = e.Text
	}
	if told["sip:bob@example.test"] != "2/8" || told["sip:vm@example.test"] != "no" {
		t.Errorf("what waits: %v", told)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if left := p.agent.Load(); left.Watching != 0 || left.Tasks != 0 {
		t.Errorf("left:%s", left)
	}
}

// TestMailboxStranger: who is not the server has no say in what waits.
func TestMailboxStranger(t *testing.T) {
	_, bob, _, _ := pair(t)
	var at netip.AddrPort
	bob.Do(func(a *ua.Agent) { at = a.Settings().Local })
	socket, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	body := "Messages-Waiting: yes\r\n"
	text := fmt.Sprintf("NOTIFY sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;rport;branch=z9hG4bK1\r\nFrom: <sip:x@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\n"+
		"Call-ID: 1\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\nContact: <sip:x@127.0.0.1:1>\r\nEvent: message-summary\r\nSubscription-State: active\r\n"+
		"Content-Type: application/simple-message-summary\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	if _, err := socket.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 2048)
	_ = socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := socket.Read(answer); err != nil || !strings.HasPrefix(string(answer[:n]), "SIP/2.0 481 ") {
		t.Errorf("%q %v", answer[:n], err)
	}
}
