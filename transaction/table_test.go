package transaction

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

var (
	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	near  = flow(machine.UDP, "192.0.2.1:5060")
	far   = flow(machine.UDP, "192.0.2.2:5060")
)

func flow(transport machine.Transport, remote string) machine.Flow {
	return machine.Flow{Transport: transport, Remote: netip.MustParseAddrPort(remote)}
}

// bench is a table with a clock that runs from deadline to deadline, and its user, who
// writes down what he is told.
type bench struct {
	*Table
	t     *testing.T
	now   time.Time
	out   machine.Output
	told  []string
	onEnd func(client *Client)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: start}
	b.Table = NewTable(b, [32]byte{1}, start)
	return b
}

func (b *bench) tell(what string) {
	b.told = append(b.told, fmt.Sprintf("%v %s", b.now.Sub(start), what))
}

func (b *bench) TimedOut(_ time.Time, client *Client, _ *machine.Output) {
	b.tell("timed out")
	if b.onEnd != nil {
		b.onEnd(client)
	}
}
func (b *bench) Silent(time.Time, *Client, *machine.Output)         { b.tell("silent") }
func (b *bench) Unsent(time.Time, *Client, *machine.Output)         { b.tell("unsent") }
func (b *bench) Unacknowledged(time.Time, *Server, *machine.Output) { b.tell("unacknowledged") }

// sends takes what was sent since the last call: where to, and the start line.
func (b *bench) sends() (lines []string) {
	for _, send := range b.out.Sends {
		line, _, _ := strings.Cut(string(send.Data), "\r\n")
		lines = append(lines, strings.TrimSuffix(strings.TrimPrefix(line, "SIP/2.0 "), " SIP/2.0"))
	}
	b.out.Reset()
	return lines
}

// run lets the time pass until some time since the start, and writes down when something
// was sent.
func (b *bench) run(until time.Duration) (times []time.Duration) {
	b.t.Helper()
	for range 10_000 {
		next := b.Next()
		if next.IsZero() || next.After(start.Add(until)) {
			b.now = start.Add(until)
			b.Advance(b.now, &b.out)
			return times
		}
		if b.now = next; next.Sub(start)%Tick != 0 {
			b.t.Errorf("a deadline beside the tick: %v", next.Sub(start))
		}
		b.out.Reset()
		b.Advance(b.now, &b.out)
		for range b.out.Sends {
			times = append(times, b.now.Sub(start))
		}
	}
	b.t.Fatal("the timers never come to rest")
	return nil
}

func seconds(values ...float64) (times []time.Duration) {
	for _, value := range values {
		times = append(times, time.Duration(value*float64(time.Second)))
	}
	return times
}

func parse(t *testing.T, text string) *sip.Message {
	t.Helper()
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

// request is one that arrives.
func request(t *testing.T, method, branch string, from machine.Flow, more ...string) machine.Packet {
	t.Helper()
	text := method + " sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/" + from.Transport.String() + " 192.0.2.1:5060;branch=" + branch + "\r\nMax-Forwards: 70\r\n" +
		"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: call\r\nCSeq: 1 " + method + "\r\n"
	for _, line := range more {
		text += line + "\r\n"
	}
	return machine.Packet{Message: parse(t, text+"Content-Length: 0\r\n\r\n"), Flow: from}
}

// outgoing is a request that leaves.
func (b *bench) outgoing(method sip.Method, to machine.Flow, more ...string) *Client {
	b.t.Helper()
	number := b.NewNumber()
	return b.outgoingAs(number, method, to, more...)
}

func (b *bench) outgoingAs(number uint64, method sip.Method, to machine.Flow, more ...string) *Client {
	text := string(method) + " sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/" + to.Transport.String() + " 192.0.2.10:5060;branch=" +
		string(AppendBranch(nil, number, "suffix")) + "\r\nMax-Forwards: 69\r\n"
	for _, line := range more {
		text += line + "\r\n"
	}
	text += "From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: call\r\nCSeq: 7 " + string(method) + "\r\nContent-Length: 0\r\n\r\n"
	return b.Send(b.now, Call{Number: number, Data: []byte(text), Flow: to, Method: method, Context: "context"}, &b.out)
}

// reply is a response to a client's request.
func reply(t *testing.T, c *Client, code int, method string) *sip.Message {
	t.Helper()
	branch := string(AppendBranch(nil, c.Number&^cancelBit, "suffix"))
	return parse(t, fmt.Sprintf("SIP/2.0 %d %s\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=%s;received=192.0.2.10\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"+
		"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>;tag=b\r\nCall-ID: call\r\nCSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
		code, sip.Reason(code), branch, method))
}

func (b *bench) want(reason string, got, want any) {
	b.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s: got %v, want %v", reason, got, want)
	}
}

func (b *bench) wantPending(reason string, servers, clients, spent int) {
	b.t.Helper()
	gotServers, gotClients := b.Pending()
	b.want(reason+": servers, clients, spent", []int{gotServers, gotClients, b.Spent()}, []int{servers, clients, spent})
}

// TestRetransmission: when a request that nobody answers is sent, and given up
// (RFC 3261 §17.1.1.2, §17.1.2.2).
func TestRetransmission(t *testing.T) {
	for _, test := range []struct {
		reason    string
		method    sip.Method
		transport machine.Transport
		after     int // the code of a provisional response after 600 ms
		again     []time.Duration
		timedOut  string
	}{
		{"Timer A doubles, B ends it", sip.INVITE, machine.UDP, 0, seconds(0.5, 1.5, 3.5, 7.5, 15.5, 31.5), "[32s timed out]"},
		{"a stream retransmits by itself", sip.INVITE, machine.TCP, 0, nil, "[32s timed out]"},
		{"Timer E doubles up to T2, F ends it", sip.OPTIONS, machine.UDP, 0, seconds(0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5), "[32s timed out]"},
		{"a stream retransmits by itself, any request", sip.OPTIONS, machine.TCP, 0, nil, "[32s timed out]"},
		{"a provisional response ends it for INVITE, the user says for how long", sip.INVITE, machine.UDP, 180, seconds(0.5), "[]"},
		{"for others it goes on every T2", sip.OPTIONS, machine.UDP, 100, seconds(0.5, 1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5), "[32s timed out]"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			c := b.outgoing(test.method, flow(test.transport, "192.0.2.2:5060"))
			b.want(test.reason, b.sends(), []string{string(test.method) + " sip:bob@192.0.2.2"})
			got := b.run(600 * time.Millisecond)
			if test.after != 0 {
				outcome, found, _ := b.Response(b.now, reply(t, c, test.after, string(test.method)), &b.out)
				b.want(test.reason, []any{outcome, found == c, c.State()}, []any{Deliver, true, Proceeding})
			}
			got = append(got, b.run(time.Hour)...)
			b.want(test.reason, got, test.again)
			b.want(test.reason, b.told, test.timedOut)
			if test.after == 180 {
				b.wantPending("it waits", 0, 1, 0)
				b.Abandon(c)
			}
			b.wantPending("nothing is left", 0, 0, 0)
			b.want("and Ended is the last state", c.State(), Ended)
		})
	}
}

// TestTimerC: a proceeding INVITE rings as long as its user says; then he is told, and the
// transaction is still there for a CANCEL.
func TestTimerC(t *testing.T) {
	b := newBench(t)
	c := b.outgoing(sip.INVITE, far)
	b.Expire(b.now, c, time.Minute) // not before a provisional response
	b.run(600 * time.Millisecond)
	b.Response(b.now, reply(t, c, 180, "INVITE"), &b.out)
	b.Expire(b.now, c, 3*time.Minute)
	b.run(2 * time.Minute)
	b.Expire(b.now, c, 3*time.Minute)
	b.run(290 * time.Second)
	b.want("not yet", b.told, "[]")
	b.run(300 * time.Second)
	b.want("three minutes after it was set anew", b.told, "[5m0s timed out]")
	b.want("the INVITE is there to be cancelled", []any{c.State(), len(c.Request()) > 0}, []any{Proceeding, true})
	cancel := b.outgoingAs(c.Number, sip.CANCEL, far)
	b.wantPending("a CANCEL is a transaction beside its INVITE", 0, 2, 0)
	outcome, found, _ := b.Response(b.now, reply(t, cancel, 200, "CANCEL"), &b.out)
	b.want("its 200 is its own", []any{outcome, found == cancel, c.State()}, []any{Deliver, true, Proceeding})
	outcome, found, _ = b.Response(b.now, reply(t, c, 487, "INVITE"), &b.out)
	b.want("and the INVITE's 487", []any{outcome, found == c}, []any{Deliver, true})
	b.run(time.Hour)
	b.wantPending("nothing is left", 0, 0, 0)
}

// TestFinalResponses: what a client transaction does with each response, the first and
// later ones (RFC 3261 §17.1, RFC 6026 §7.2).
func TestFinalResponses(t *testing.T) {
	for _, test := range []struct {
		reason    string
		method    sip.Method
		transport machine.Transport
		first     int
		remember  bool
		later     []int
		outcomes  []Outcome
		sent      string // in answer to the first and to the later ones
		spent     int
	}{
		{
			"a refusal is acknowledged, each copy again", sip.INVITE, machine.UDP, 486, false,
			[]int{486, 486},
			[]Outcome{Swallowed, Swallowed},
			"[ACK sip:bob@192.0.2.2 ACK sip:bob@192.0.2.2 ACK sip:bob@192.0.2.2]", 1,
		},
		{"on a stream there are no copies", sip.INVITE, machine.TCP, 603, false, []int{603}, []Outcome{Stray}, "[ACK sip:bob@192.0.2.2]", 0},
		{"after a refusal nothing else counts", sip.INVITE, machine.UDP, 404, false, []int{180, 200}, []Outcome{Stray, Swallowed}, "[ACK sip:bob@192.0.2.2]", 1},
		{"every 2xx goes on, whoever sends it", sip.INVITE, machine.UDP, 200, true, []int{200, 202}, []Outcome{Forward, Forward}, "[]", 1},
		{"also from a stream", sip.INVITE, machine.TCP, 200, true, []int{200}, []Outcome{Forward}, "[]", 1},
		{"after a 2xx nothing else counts", sip.INVITE, machine.UDP, 200, true, []int{180, 486}, []Outcome{Stray, Swallowed}, "[]", 1},
		{"a 2xx that nobody remembers", sip.INVITE, machine.UDP, 200, false, []int{200}, []Outcome{Stray}, "[]", 0},
		{"another request is over with its final response", sip.MESSAGE, machine.UDP, 200, false, []int{200, 404}, []Outcome{Stray, Stray}, "[]", 0},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			c := b.outgoing(test.method, flow(test.transport, "192.0.2.2:5060"))
			b.sends()
			outcome, found, _ := b.Response(b.now, reply(t, c, test.first, string(test.method)), &b.out)
			b.want(test.reason, []any{outcome, found == c, c.State(), c.Request() == nil}, []any{Deliver, true, Ended, true})
			if test.remember {
				b.Remember(b.now, c, near)
			}
			var outcomes []Outcome
			for _, code := range test.later {
				outcome, _, back := b.Response(b.now, reply(t, c, code, string(test.method)), &b.out)
				if outcomes = append(outcomes, outcome); outcome == Forward && back != near {
					t.Errorf("%s: it goes on to %v", test.reason, back)
				}
			}
			b.want(test.reason, outcomes, test.outcomes)
			b.want(test.reason, b.sends(), test.sent)
			b.wantPending("one record is left at most", 0, 0, test.spent)
			b.run(31900 * time.Millisecond)
			b.wantPending("for 32 s", 0, 0, test.spent)
			b.run(32 * time.Second)
			b.wantPending("and no longer", 0, 0, 0)
			b.want("nobody was told anything", b.told, "[]")
		})
	}
}

// TestACK: RFC 3261 §17.1.1.3: Request-URI, topmost Via, From, Call-ID and Route are the
// INVITE's, To is the response's; a copy of the response gets the same.
func TestACK(t *testing.T) {
	b := newBench(t)
	c := b.outgoing(sip.INVITE, far, "Route: <sip:one;lr>, <sip:two;lr>", "Route: <sip:three;lr>", "Require: foo", "Subject: not in an ACK")
	b.sends()
	for range 2 {
		b.Response(b.now, reply(t, c, 486, "INVITE"), &b.out)
	}
	if len(b.out.Sends) != 2 {
		t.Fatalf("%d messages", len(b.out.Sends))
	}
	want := "ACK sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=" + string(AppendBranch(nil, c.Number, "suffix")) +
		"\r\nMax-Forwards: 70\r\nRoute: <sip:one;lr>, <sip:two;lr>\r\nRoute: <sip:three;lr>\r\nFrom: <sip:alice@example.test>;tag=a\r\n" +
		"To: <sip:bob@example.test>;tag=b\r\nCall-ID: call\r\nCSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n"
	for i, send := range b.out.Sends {
		if string(send.Data) != want || send.To != far || send.Ticket != 0 {
			t.Errorf("ACK %d to %v is\n%s\nwant\n%s", i, send.To, send.Data, want)
		}
	}
}

// TestStrays: responses that match nothing (RFC 3261 §17.1.3, RFC 6026 §8.9).
func TestStrays(t *testing.T) {
	b := newBench(t)
	invite, other := b.outgoing(sip.INVITE, far), b.outgoing(sip.BYE, far)
	for _, test := range []struct {
		reason string
		m      *sip.Message
	}{
		{"another branch", parse(t, strings.Replace(reply(t, invite, 200, "INVITE").Text(), "branch=z9hG4bK", "branch=z9hG4bK0", 1))},
		{"a branch without the cookie", parse(t, strings.Replace(reply(t, invite, 200, "INVITE").Text(), "branch=z9hG4bK", "branch=z9", 1))},
		{"no branch", parse(t, strings.Replace(reply(t, invite, 200, "INVITE").Text(), ";branch=", ";x=", 1))},
		{"another method for INVITE", reply(t, invite, 200, "BYE")},
		{"INVITE for another method", reply(t, other, 200, "INVITE")},
		{"CANCEL that nobody sent", reply(t, invite, 200, "CANCEL")},
	} {
		if outcome, c, _ := b.Response(b.now, test.m, &b.out); outcome != Stray || c != nil {
			t.Errorf("%s: got %v", test.reason, outcome)
		}
	}
	b.wantPending("both wait on", 0, 2, 0)
}

// TestUnsent: a request that could not be sent ends, unless something was heard of it.
func TestUnsent(t *testing.T) {
	b := newBench(t)
	gone, heard := b.outgoing(sip.INVITE, far), b.outgoing(sip.INVITE, far)
	b.Response(b.now, reply(t, heard, 100, "INVITE"), &b.out)
	for _, ticket := range []uint64{gone.Number, heard.Number, 12345, 0, gone.Number} {
		b.Table.Unsent(b.now, ticket, &b.out)
	}
	b.want("once", b.told, "[0s unsent]")
	b.wantPending("the other one waits on", 0, 1, 0)
}

// TestInviteServer: RFC 3261 §17.2.1 with RFC 6026 §7.1.
func TestInviteServer(t *testing.T) {
	for _, test := range []struct {
		reason    string
		transport machine.Transport
		code      int
		ackAfter  time.Duration // 0: never
		again     []time.Duration
		told      string
		pending   bool // after the final response
	}{
		{
			"a refusal: Timer G doubles up to T2, H ends it", machine.UDP, 486, 0,
			seconds(0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5), "[32s unacknowledged]", true,
		},
		{"until the ACK comes", machine.UDP, 486, 4 * time.Second, seconds(0.5, 1.5, 3.5), "[]", true},
		{"on a stream it is sent once", machine.TCP, 486, 0, nil, "[32s unacknowledged]", true},
		{"and acknowledged all the same", machine.TCP, 486, time.Second, nil, "[]", true},
		{"a 2xx is the user's to repeat", machine.UDP, 200, 0, nil, "[]", false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			from := flow(test.transport, "192.0.2.1:5060")
			invite := request(t, "INVITE", "z9hG4bK1", from)
			b.want("it is new", b.Request(b.now, invite, &b.out), New)
			b.want("and new until something is begun", b.Request(b.now, invite, &b.out), New)
			s := b.Begin(b.now, invite)
			b.want("a copy is swallowed", []any{b.Request(b.now, invite, &b.out), b.sends()}, []any{Absorbed, []string(nil)})
			b.Respond(b.now, s, Response{180, []byte("SIP/2.0 180 Ringing\r\n")}, &b.out)
			b.want("a copy gets the last response", []any{b.Request(b.now, invite, &b.out), b.sends()}, []any{Absorbed, []string{"180 Ringing", "180 Ringing"}})
			final := fmt.Sprintf("%d %s", test.code, sip.Reason(test.code))
			b.Respond(b.now, s, Response{test.code, []byte("SIP/2.0 " + final + "\r\n")}, &b.out)
			b.want("the final one leaves", b.sends(), []string{final})
			b.want("the request is let go", s.Request == nil && s.Context == nil, true)
			b.want("a copy", b.Request(b.now, invite, &b.out), Absorbed)
			if test.pending {
				b.want("gets the final response", b.sends(), []string{final})
			} else {
				b.want("of what was accepted is swallowed", b.sends(), []string(nil))
			}
			var got []time.Duration
			if test.ackAfter > 0 {
				got = b.run(test.ackAfter)
				b.want("the ACK is absorbed", b.Request(b.now, request(t, "ACK", "z9hG4bK1", from), &b.out), Absorbed)
				b.wantPending("Confirmed", 0, 0, 1)
				b.out.Reset()
				b.want("a copy of the INVITE is swallowed", []any{b.Request(b.now, invite, &b.out), b.sends()}, []any{Absorbed, []string(nil)})
				b.want("and of the ACK", b.Request(b.now, request(t, "ACK", "z9hG4bK1", from), &b.out), Absorbed)
				got = append(got, b.run(test.ackAfter+4900*time.Millisecond)...)
				b.wantPending("for T4", 0, 0, 1)
			}
			if !test.pending {
				b.want("the ACK of a 2xx is a request of its own", b.Request(b.now, request(t, "ACK", "z9hG4bK1", from), &b.out), New)
			}
			got = append(got, b.run(time.Hour)...)
			b.want(test.reason, got, test.again)
			b.want(test.reason, b.told, test.told)
			b.wantPending("nothing is left", 0, 0, 0)
		})
	}
}

// TestOtherServer: RFC 3261 §17.2.2 with RFC 4320.
func TestOtherServer(t *testing.T) {
	b := newBench(t)
	options := request(t, "OPTIONS", "z9hG4bK1", near)
	s := b.Begin(b.now, options)
	b.want("a copy is swallowed", []any{b.Request(b.now, options, &b.out), b.sends()}, []any{Absorbed, []string(nil)})
	b.want("RFC 4320 §4.1: a 100 when the client's Timer E reaches T2", b.run(time.Minute), seconds(3.5))
	b.sends()
	b.want("a copy gets it again", []any{b.Request(b.now, options, &b.out), b.sends()}, []any{Absorbed, []string{"100 Trying"}})
	response := "SIP/2.0 200 Fine\r\nv: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nf: <sip:alice@example.test>;tag=a\r\nTo : <sip:bob@example.test>\r\n ;tag=b\r\n" +
		"i: call\r\nCSeq: 1\r\n OPTIONS\r\nAllow: INVITE,\r\n\tACK\r\nSubject: x\r\nl: 4\r\n\r\nbody"
	b.Respond(b.now, s, Response{200, []byte(response)}, &b.out)
	b.sends()
	b.wantPending("Completed", 0, 0, 1)
	b.want("a copy", b.Request(b.now, options, &b.out), Absorbed)
	again := parse(t, string(b.out.Sends[0].Data))
	b.want("has the whole response", []any{
		again.StatusCode(), again.Reason(), again.ToTag(), again.CallID(), again.CSeq(), again.Branch(), again.FromTag(), again.Header(sip.HeaderAllow),
		again.Header(sip.HeaderSubject), again.Body(), b.out.Sends[0].To,
	}, []any{200, "Fine", "b", "call", 1, "z9hG4bK1", "a", "INVITE, ACK", "x", "body", near})
	b.run(b.now.Sub(start) + 31900*time.Millisecond)
	b.wantPending("for 64*T1", 0, 0, 1)
	b.run(b.now.Sub(start) + 100*time.Millisecond)
	b.wantPending("and no longer", 0, 0, 0)

	stream := request(t, "OPTIONS", "z9hG4bK2", flow(machine.TCP, "192.0.2.1:5060"))
	b.Respond(b.now, b.Begin(b.now, stream), Response{200, []byte(response)}, &b.out)
	b.wantPending("on a stream there are no copies", 0, 0, 0)

	silent := request(t, "MESSAGE", "z9hG4bK3", near)
	b.Forget(b.now, b.Begin(b.now, silent))
	b.out.Reset()
	b.want("RFC 4320 §4.2: silence, for copies too", []any{b.Request(b.now, silent, &b.out), b.sends()}, []any{Absorbed, []string(nil)})
}

// TestMatching: RFC 3261 §17.2.3, and more: the source counts.
func TestMatching(t *testing.T) {
	elsewhere := flow(machine.UDP, "192.0.2.3:5060")
	for _, test := range []struct {
		reason string
		first  machine.Packet
		then   machine.Packet
		match  Match
		cancel bool // then is a CANCEL: does it find the INVITE
	}{
		{"the same", request(t, "INVITE", "z9hG4bK1", near), request(t, "INVITE", "z9hG4bK1", near), Absorbed, false},
		{"another branch", request(t, "INVITE", "z9hG4bK1", near), request(t, "INVITE", "z9hG4bK2", near), New, false},
		{"the same branch from elsewhere", request(t, "INVITE", "z9hG4bK1", near), request(t, "INVITE", "z9hG4bK1", elsewhere), New, false},
		{"from another port", request(t, "INVITE", "z9hG4bK1", near), request(t, "INVITE", "z9hG4bK1", flow(machine.UDP, "192.0.2.1:999")), Absorbed, false},
		{"another method", request(t, "OPTIONS", "z9hG4bK1", near), request(t, "INFO", "z9hG4bK1", near), New, false},
		{"another sent-by", request(t, "INVITE", "z9hG4bK1", near), edited(t, request(t, "INVITE", "z9hG4bK1", near), "192.0.2.1:5060", "192.0.2.1:5061"), New, false},
		{"the ACK", request(t, "INVITE", "z9hG4bK1", near), request(t, "ACK", "z9hG4bK1", near), Absorbed, false},
		{"an ACK from elsewhere", request(t, "INVITE", "z9hG4bK1", near), request(t, "ACK", "z9hG4bK1", elsewhere), New, false},
		{"an ACK for another request", request(t, "OPTIONS", "z9hG4bK1", near), request(t, "ACK", "z9hG4bK1", near), New, false},
		{"a CANCEL", request(t, "INVITE", "z9hG4bK1", near), request(t, "CANCEL", "z9hG4bK1", near), New, true},
		{"a CANCEL from elsewhere", request(t, "INVITE", "z9hG4bK1", near), request(t, "CANCEL", "z9hG4bK1", elsewhere), New, false},
		{"a CANCEL of another branch", request(t, "INVITE", "z9hG4bK1", near), request(t, "CANCEL", "z9hG4bK2", near), New, false},
		{"a CANCEL of another request", request(t, "OPTIONS", "z9hG4bK1", near), request(t, "CANCEL", "z9hG4bK1", near), New, false},
		{"RFC 2543: the same fields", request(t, "INVITE", "1", near), request(t, "INVITE", "1", near), Absorbed, false},
		{"RFC 2543: the cookie alone is no branch", request(t, "INVITE", "z9hG4bK", near), request(t, "INVITE", "z9hG4bK", near), Absorbed, false},
		{"RFC 2543: the ACK has a tag in To", request(t, "INVITE", "1", near), edited(t, request(t, "ACK", "1", near), "test>\r\nCall", "test>;tag=b\r\nCall"), Absorbed, false},
		{"RFC 2543: another Call-ID", request(t, "INVITE", "1", near), edited(t, request(t, "INVITE", "1", near), "Call-ID: call", "Call-ID: other"), New, false},
		{"RFC 2543: another From tag", request(t, "INVITE", "1", near), edited(t, request(t, "INVITE", "1", near), "tag=a", "tag=c"), New, false},
		{"RFC 2543: another CSeq", request(t, "INVITE", "1", near), edited(t, request(t, "INVITE", "1", near), "CSeq: 1", "CSeq: 2"), New, false},
		{"RFC 2543: another Request-URI", request(t, "INVITE", "1", near), edited(t, request(t, "INVITE", "1", near), "bob@192.0.2.2", "carol@192.0.2.2"), New, false},
		{"RFC 2543: another Via", request(t, "INVITE", "1", near), request(t, "INVITE", "2", near), New, false},
		{"RFC 2543: a CANCEL", request(t, "INVITE", "1", near), request(t, "CANCEL", "1", near), New, true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			s := b.Begin(b.now, test.first)
			if test.first.Message.Method() == sip.INVITE {
				b.Respond(b.now, s, Response{486, []byte("SIP/2.0 486 Busy Here\r\n")}, &b.out)
			}
			b.want(test.reason, b.Request(b.now, test.then, &b.out), test.match)
			if test.then.Message.Method() == sip.CANCEL {
				b.want(test.reason, b.Find(test.then) == s, test.cancel)
			}
		})
	}
}

func edited(t *testing.T, p machine.Packet, old, new string) machine.Packet {
	t.Helper()
	text := strings.Replace(p.Message.Text(), old, new, 1)
	if text == p.Message.Text() {
		t.Fatalf("%q is not in\n%s", old, text)
	}
	p.Message = parse(t, text)
	return p
}

// TestCancelOfAnAcceptedInvite is remembered as long as the INVITE.
func TestCancelOfAnAcceptedInvite(t *testing.T) {
	for _, code := range []int{200, 486} {
		b := newBench(t)
		s := b.Begin(b.now, request(t, "INVITE", "z9hG4bK1", near))
		cancel := request(t, "CANCEL", "z9hG4bK1", near)
		b.want("not answered yet", b.Accepted(cancel), false)
		b.Respond(b.now, s, Response{code, []byte("SIP/2.0\r\n")}, &b.out)
		b.Request(b.now, request(t, "ACK", "z9hG4bK1", near), &b.out)
		b.want("answered", []any{b.Accepted(cancel), b.Find(cancel) == nil}, []any{true, true})
		b.want("from elsewhere", b.Accepted(request(t, "CANCEL", "z9hG4bK1", far)), false)
		b.run(time.Minute)
		b.want("forgotten", b.Accepted(cancel), false)
	}
}

// TestSecondFinalResponse is a mistake of the user's.
func TestSecondFinalResponse(t *testing.T) {
	for _, code := range []int{200, 486} {
		b := newBench(t)
		s := b.Begin(b.now, request(t, "INVITE", "z9hG4bK1", near))
		b.Respond(b.now, s, Response{code, []byte("SIP/2.0\r\n")}, &b.out)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("after %d", code)
				}
			}()
			b.Respond(b.now, s, Response{500, nil}, &b.out)
		}()
	}
}

// TestBranches: a branch is read back, and no other is.
func TestBranches(t *testing.T) {
	b := newBench(t)
	seen := map[uint64]bool{}
	for range 1000 {
		number := b.NewNumber()
		if seen[number] || number&cancelBit != 0 || number == 0 {
			t.Fatalf("number %x", number)
		}
		seen[number] = true
		branch := string(AppendBranch(nil, number, "xyz"))
		if got, suffix, ok := BranchNumber(branch); !ok || got != number || suffix != "xyz" {
			t.Fatalf("%s is read as %x, %q, %v", branch, got, suffix, ok)
		}
		if _, _, ok := BranchNumber(branch[:len(sip.MagicCookie)+4]); ok {
			t.Fatalf("%s cut short is read", branch)
		}
	}
	if slices.Contains([]string{string(AppendBranch(nil, 1, ""))}, string(AppendBranch(nil, 2, ""))) {
		t.Error("two numbers have one branch")
	}
}

// TestLimitOfSource: one address does not fill the table for the others, and has room
// again when its transactions end.
func TestLimitOfSource(t *testing.T) {
	b := newBench(t)
	neighbour := flow(machine.UDP, "192.0.2.1:5070")
	var last *Server
	for i := range MaxPendingOfSource {
		if last = b.Begin(b.now, request(t, "OPTIONS", fmt.Sprint("z9hG4bK", i), near)); last == nil {
			t.Fatalf("only %d of %d begin", i, MaxPendingOfSource)
		}
	}
	if b.Begin(b.now, request(t, "OPTIONS", "z9hG4bKone-more", neighbour)) != nil {
		t.Error("no more from that address, whatever the port")
	}
	if b.Begin(b.now, request(t, "OPTIONS", "z9hG4bKother", far)) == nil {
		t.Error("another address has room")
	}
	b.Respond(b.now, last, Response{Code: 200, Data: []byte("SIP/2.0 200 OK\r\n\r\n")}, &b.out)
	if b.Begin(b.now, request(t, "OPTIONS", "z9hG4bKone-more", neighbour)) == nil {
		t.Error("a transaction that ended makes room")
	}
}

// TestLimits: a full table refuses.
func TestLimits(t *testing.T) {
	b := newBench(t)
	for i := range uint64(MaxPending) {
		b.servers[Key{high: i}] = nil
		b.clients[i+1] = nil
	}
	if b.Begin(b.now, request(t, "INVITE", "z9hG4bK1", near)) != nil {
		t.Error("no server transaction beyond MaxPending")
	}
	if b.outgoing(sip.INVITE, far) != nil || len(b.out.Sends) != 0 {
		t.Error("no client transaction beyond MaxPending, and nothing is sent")
	}
}
