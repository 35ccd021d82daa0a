package domain_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// agent is a peer whose messages are written by the test: other proxies, gateways, and
// those who attack. It repeats its requests until they are answered, and its answers when
// the request comes again; all else is the test's.
type agent struct {
	name     string
	host     *sim.Host
	address  string
	answer   func(m *sip.Message) []string // what to send back, by the way the request came
	got      []*sip.Message                // everything, in order
	answered map[string][]string           // by method and branch
	asking   []*asking
	flow     machine.Flow
	now      time.Time
	relay    bool // responses with further Via values are sent on to the server
}

// asking is a request that waits for its final response.
type asking struct {
	branch string
	method sip.Method
	text   string
	next   time.Time
	wait   time.Duration
	final  *sip.Message
	early  []int
	sent   int
}

// code is the final response's, 0 without one.
func (a *asking) code() int {
	if a.final == nil {
		return 0
	}
	return a.final.StatusCode()
}

// agent adds one at an address of its own; over TCP it has one connection to the server.
func (w *world) agent(name string, transport machine.Transport, answer func(m *sip.Message) []string) *agent {
	address := addresses[name]
	a := &agent{name: name, answer: answer, answered: map[string][]string{}, address: address.String()}
	a.flow = machine.Flow{Transport: transport, Remote: serverAddress}
	a.host = w.Add(sim.HostConfig{
		Name: name, Listen: []sim.Listener{{Transport: transport, Address: address}},
		Start: func(time.Time) machine.Machine { return a },
	})
	return a
}

// send sends a text as it is, CRLF for LF.
func (a *agent) send(text string) {
	a.host.Do(func(_ time.Time, out *machine.Output) {
		out.Sends = append(out.Sends, machine.Send{To: a.flow, Data: []byte(text)})
	})
}

// ask sends a request, again until there is a final response.
func (a *agent) ask(text string) *asking {
	m, err := sip.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("%v in\n%s", err, text))
	}
	request := &asking{branch: m.Branch(), method: m.Method(), text: text, wait: 250 * time.Millisecond}
	a.asking = append(a.asking, request)
	a.host.Do(a.Advance)
	return request
}

// Receive implements machine.Machine.
func (a *agent) Receive(now time.Time, p machine.Packet, out *machine.Output) {
	a.now = now
	m := p.Message
	if !m.IsRequest() {
		a.got = append(a.got, m)
		if a.relay && strings.HasPrefix(m.TopValue(sip.HeaderVia), "SIP/2.0/UDP "+a.address) {
			if m.StatusCode() >= 300 && m.Method() == sip.INVITE {
				ack := sip.NewRequest(sip.ACK, "sip:relayed").Add(sip.HeaderVia, m.TopValue(sip.HeaderVia)).AddNumber(sip.HeaderMaxForwards, 70)
				ack.Copy(m, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID).AddSequence(m.CSeq(), sip.ACK)
				out.Sends = append(out.Sends, machine.Send{To: a.flow, Data: ack.Empty()})
			}
			var e sip.Edit
			e.Reset(m)
			e.RemoveTopValues(sip.HeaderVia, 1)
			out.Sends = append(out.Sends, machine.Send{To: a.flow, Data: e.Bytes()})
		}
		for _, request := range a.asking {
			if request.branch == m.Branch() && request.method == m.Method() && request.final == nil {
				if m.StatusCode() >= 200 {
					request.final = m
					if m.StatusCode() >= 300 && m.Method() == sip.INVITE {
						out.Sends = append(out.Sends, machine.Send{To: a.flow, Data: []byte(acknowledge(request.text, m))})
					}
				} else {
					request.early = append(request.early, m.StatusCode())
				}
			}
		}
		return
	}
	key := string(m.Method()) + m.Branch()
	texts, again := a.answered[key]
	if !again {
		a.got = append(a.got, m)
		if a.answer != nil {
			texts = a.answer(m)
		}
		a.answered[key] = texts
	}
	for _, text := range texts {
		out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: []byte(text)})
	}
}

// Advance implements machine.Machine.
func (a *agent) Advance(now time.Time, out *machine.Output) {
	a.now = now
	for _, request := range a.asking {
		if request.waiting() && !request.next.After(now) {
			out.Sends = append(out.Sends, machine.Send{To: a.flow, Data: []byte(request.text)})
			request.sent++
			request.wait = min(2*request.wait, 4*time.Second)
			request.next = now.Add(request.wait)
			if a.flow.Transport.Reliable() {
				request.sent = 11
			}
		}
	}
}

// waiting: a provisional response ends the repetition of INVITE alone (RFC 3261 §17.1.2.2).
func (a *asking) waiting() bool {
	return a.final == nil && (len(a.early) == 0 || a.method != sip.INVITE) && a.sent < 11
}

// Next implements machine.Machine.
func (a *agent) Next() (next time.Time) {
	for _, request := range a.asking {
		if request.waiting() && (next.IsZero() || request.next.Before(next)) {
			if next = request.next; next.IsZero() {
				return time.Unix(0, 0)
			}
		}
	}
	return next
}

// acknowledge makes the ACK of a final response other than 2xx.
func acknowledge(request string, m *sip.Message) string {
	r, err := sip.Parse(request)
	if err != nil {
		return ""
	}
	b := sip.NewRequest(sip.ACK, r.RequestURI()).Add(sip.HeaderVia, r.TopValue(sip.HeaderVia)).AddNumber(sip.HeaderMaxForwards, 70)
	b.Copy(r, sip.HeaderRoute, sip.HeaderFrom).Copy(m, sip.HeaderTo).Copy(r, sip.HeaderCallID).AddSequence(r.CSeq(), sip.ACK)
	return string(b.Empty())
}

// outside makes a request of alice outside a dialog, with further lines.
func outside(method, uri, callID string, sequence int, more ...string) string {
	head := []string{
		method + " " + uri + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%s.%d;rport", callID, sequence),
		"Max-Forwards: 70", "From: <sip:alice@example.test>;tag=alice", "To: <" + uri + ">",
		"Call-ID: " + callID, fmt.Sprintf("CSeq: %d %s", sequence, method), "Contact: <sip:alice@192.0.2.1:5060>",
	}
	return lines(append(head, more...)...)
}

// invite is alice's INVITE.
func invite(uri, callID string, more ...string) string {
	return outside("INVITE", uri, callID, 1, more...)
}

// requests are those of a method that came.
func (a *agent) requests(method sip.Method) []*sip.Message {
	return slices.DeleteFunc(slices.Clone(a.got), func(m *sip.Message) bool { return !m.IsRequest() || m.Method() != method })
}

// lines joins the lines of a message without a body.
func lines(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(line string) bool { return line == "" }), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// respond makes a response to a request, with further lines.
func respond(m *sip.Message, code int, tag string, more ...string) string {
	b := sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: code, ToTag: tag})
	if code < 300 {
		b.Copy(m, sip.HeaderRecordRoute)
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		b.AddNamed(name, value)
	}
	return string(b.Empty())
}
