package ua_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Where the bench's agent, its server and a stranger are.
var (
	near     = netip.MustParseAddrPort("192.0.2.101:5060")
	server   = machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.10:5060")}
	stranger = machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("203.0.113.66:5060")}
)

const offer = "v=0\r\no=far 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

// bench steps one agent by hand, against a far side that is made of text.
type bench struct {
	*testing.T
	a      *ua.Agent
	now    time.Time
	out    machine.Output
	sent   []*sip.Message // what was not looked at yet
	to     []machine.Flow
	events []ua.Event
	open   map[graph.Node]graph.Set // streams
	number int                      // of branches
}

func newBench(t *testing.T, change ...func(*ua.Settings)) *bench {
	settings := ua.Settings{
		AOR: "sip:bob@example.test", Display: "Bob", Username: "bob", Password: "bob's secret", Realm: "example.test",
		Local: near, Outbound: server, Seed: [32]byte{1},
	}
	for _, c := range change {
		c(&settings)
	}
	b := &bench{T: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), open: map[graph.Node]graph.Set{}}
	b.a = ua.New(settings, b.now)
	for port := range uint16(40) {
		b.a.Ports.Add(20000 + 2*port)
	}
	return b
}

// handle gives the agent its handlers: without others a call rings until somebody answers it.
func (b *bench) handle(h ua.Handlers) *bench {
	if h.Invite == nil {
		h.Invite = func(c *ua.Call) { c.Ring() }
	}
	b.do(func(a *ua.Agent) { a.Handle(h) })
	return b
}

func (b *bench) take() {
	for _, send := range b.out.Sends {
		m, err := sip.Parse(string(send.Data))
		if err != nil {
			b.Fatalf("it sends what can't be read: %v\n%s", err, send.Data)
		}
		b.sent, b.to = append(b.sent, m), append(b.to, send.To)
	}
	for _, event := range b.out.Events {
		if e, ok := event.(ua.Event); ok {
			b.events = append(b.events, e)
		}
	}
	for _, change := range b.out.Media {
		switch change := change.(type) {
		case graph.Open:
			b.open[change.Stream] = graph.Set{}
		case graph.Set:
			if _, ok := b.open[change.Stream]; !ok {
				b.Errorf("a stream is set that is not open: %+v", change)
			}
			b.open[change.Stream] = change
		case graph.Close:
			delete(b.open, change.Node)
		}
	}
	b.out.Reset()
}

func (b *bench) do(step func(a *ua.Agent)) {
	b.a.Do(b.now, &b.out, func() { step(b.a) })
	b.take()
}

// task runs a task; its error is there when done is.
func (b *bench) task(body func(t *task.Task) error) (result *error) {
	result = new(error)
	*result = errUnfinished
	b.do(func(a *ua.Agent) { a.Go("test", func(t *task.Task) { *result = body(t) }) })
	return result
}

var errUnfinished = fmt.Errorf("not done yet")

// from takes a message that comes on a flow.
func (b *bench) from(flow machine.Flow, text string) {
	b.Helper()
	m, err := sip.Parse(text)
	if err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	b.a.Receive(b.now, machine.Packet{Message: m, Flow: flow}, &b.out)
	b.take()
}

func (b *bench) receive(text string) { b.Helper(); b.from(server, text) }

// run lets time pass.
func (b *bench) run(wait time.Duration) {
	end := b.now.Add(wait)
	for {
		next := b.a.Next()
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(b.now) {
			b.now = next
		}
		b.a.Advance(b.now, &b.out)
		b.take()
	}
	b.now = end
}

// next is the next message that was sent: a method, or a code and a method.
func (b *bench) next(reason, label string) *sip.Message {
	b.Helper()
	if len(b.sent) == 0 {
		b.Fatalf("%s: nothing was sent, want %s", reason, label)
	}
	m := b.sent[0]
	b.sent, b.to = b.sent[1:], b.to[1:]
	if got := labelOf(m); got != label {
		b.Fatalf("%s: %s, want %s\n%s", reason, got, label, m.Text())
	}
	return m
}

func labelOf(m *sip.Message) string {
	if m.IsRequest() {
		return string(m.Method())
	}
	return fmt.Sprint(m.StatusCode(), " ", m.Method())
}

// skip is next, past repetitions of others.
func (b *bench) skip(reason, label string) *sip.Message {
	b.Helper()
	for len(b.sent) > 0 && labelOf(b.sent[0]) != label {
		b.sent, b.to = b.sent[1:], b.to[1:]
	}
	return b.next(reason, label)
}

// until lets time pass until something was sent, and gives how long that took.
func (b *bench) until(limit time.Duration) time.Duration {
	start := b.now
	for len(b.sent) == 0 && b.now.Sub(start) < limit {
		b.run(10 * time.Millisecond)
	}
	return b.now.Sub(start)
}

func (b *bench) silent(reason string) {
	b.Helper()
	for _, m := range b.sent {
		b.Errorf("%s: nothing is to be sent, but there is %s", reason, labelOf(m))
	}
	b.sent, b.to = nil, nil
}

// forget drops what was sent.
func (b *bench) forget() *bench { b.sent, b.to, b.events = nil, nil, nil; return b }

func (b *bench) want(reason string, got, want any) {
	b.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("%s: got %v, want %v", reason, got, want)
	}
}

// ended is the last end of a call that was told.
func (b *bench) ended() (e ua.Event) {
	for _, event := range b.events {
		if event.Kind == ua.Ended {
			e = event
		}
	}
	return e
}

// gone looks for what a call left behind; transactions have their time first.
func (b *bench) gone(reason string) {
	b.Helper()
	b.run(5 * time.Minute)
	b.want(reason+": calls", len(b.a.Calls()), 0)
	b.want(reason+": dialogs", b.a.Dialogs(), 0)
	b.want(reason+": tasks", b.a.Tasks(), 0)
	b.want(reason+": streams", len(b.open), 0)
	if next := b.a.Next(); !next.IsZero() {
		b.Errorf("%s: it still waits for something at %v", reason, next.Sub(b.now))
	}
}

// far is the far side of one dialog, as text.
type far struct {
	b                   *bench
	callID, local, peer string // tags: its own, and the agent's
	sequence            int
	target              string // of its requests
	route               string // fields that each of its dialog-forming messages carries
	contact             string
	branch              string // of its last INVITE
}

func (b *bench) far() *far {
	b.number++
	return &far{
		b: b, callID: fmt.Sprintf("far%d@192.0.2.2", b.number), local: fmt.Sprintf("far%d", b.number),
		target: "sip:bob@192.0.2.101:5060", contact: "<sip:alice@192.0.2.2>", branch: fmt.Sprintf("z9hG4bKnone%d", b.number),
	}
}

// request is a request of the far side, with further header fields; one with a blank line has a body
// behind it.
func (f *far) request(method string, fields ...string) string {
	if method != "ACK" && method != "CANCEL" {
		f.sequence++
	}
	f.b.number++
	branch := fmt.Sprintf("z9hG4bKf%d", f.b.number)
	if method == "INVITE" {
		f.branch = branch
	}
	return f.again(method, branch, fields...)
}

// refused is the ACK to a final response other than 2xx to the last INVITE.
func (f *far) refused() string { return f.again("ACK", f.branch) }

// again is a request with the latest CSeq and a branch.
func (f *far) again(method, branch string, fields ...string) string {
	to := "<sip:bob@example.test>"
	if f.peer != "" {
		to += ";tag=" + f.peer
	}
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=%s;rport\r\nMax-Forwards: 70\r\n", method, f.target, branch) +
		fmt.Sprintf("From: <sip:alice@example.test>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", f.local, to, f.callID, f.sequence, method)
	return text + f.rest(fields)
}

func (f *far) rest(fields []string) string {
	text, body := "", ""
	if f.contact != "" {
		text = "Contact: " + f.contact + "\r\n"
	}
	for _, field := range fields {
		if field == offer || strings.HasPrefix(field, "v=0") {
			text += "Content-Type: application/sdp\r\n"
			body = field
			continue
		}
		if head, rest, ok := strings.Cut(field, "\r\n\r\n"); ok {
			text += head + "\r\n"
			body = rest
			continue
		}
		text += field + "\r\n"
	}
	return text + f.route + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// response is the far side's response to a request of the agent's.
func (f *far) response(m *sip.Message, status string, fields ...string) string {
	f.callID, f.peer = m.CallID(), m.FromTag()
	to := m.To()
	if m.ToTag() == "" && !strings.HasPrefix(status, "100") {
		to += ";tag=" + f.local
	}
	text := "SIP/2.0 " + status + "\r\nVia: " + m.TopValue(sip.HeaderVia) + "\r\nFrom: " + m.From() + "\r\nTo: " + to +
		"\r\nCall-ID: " + m.CallID() + "\r\nCSeq: " + m.Header(sip.HeaderCSeq) + "\r\n"
	return text + f.rest(fields)
}

// incoming is a call of the far side that was answered and acknowledged.
func (b *bench) incoming(fields ...string) (*far, *ua.Call) {
	b.Helper()
	f := b.far()
	if len(fields) == 0 {
		fields = []string{offer}
	}
	b.receive(f.request("INVITE", fields...))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	call := b.a.Calls()[len(b.a.Calls())-1]
	b.do(func(*ua.Agent) { b.want("it can be answered", call.Answer(), nil) })
	b.next("it answers", "200 INVITE")
	b.receive(f.request("ACK"))
	b.silent("the ACK is the end")
	return f, call
}

// outgoing is a call of the agent's that was answered, with further fields in the 2xx.
func (b *bench) outgoing(fields ...string) (*far, *ua.Call) {
	b.Helper()
	f, call, invite := b.calling(ua.Invitation{})
	b.receive(f.response(invite, "200 OK", append([]string{offer}, fields...)...))
	b.next("it acknowledges", "ACK")
	b.silent("the ACK is the end")
	return f, call
}

// calling is a call of the agent's whose INVITE went out.
func (b *bench) calling(i ua.Invitation) (*far, *ua.Call, *sip.Message) {
	b.Helper()
	f := b.far()
	i.Target = "sip:alice@example.test"
	var call *ua.Call
	b.do(func(a *ua.Agent) {
		var err error
		if call, err = a.Invite(i); err != nil {
			b.Fatal(err)
		}
	})
	invite := b.next("it calls", "INVITE")
	return f, call, invite
}
