package media

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/sip"
)

// The storm: calls of the watched users, each with some eight changes of how calls of two of them stand.
const (
	stormUsers = 100
	stormEach  = 800 * time.Microsecond // between two calls of the storm
	perCall    = 8                      // changes: two users, each trying, early, confirmed, over
	goodEach   = 50 * time.Millisecond  // between two good calls
	goodLimit  = time.Second            // to be answered
)

// BenchmarkLampStorm has each of a hundred users watched by twenty, and calls between them that offer 10,000 changes a second,
// or as many as the machine can make. Beside them good calls go on: none fails, and it says how long they take to be answered.
func BenchmarkLampStorm(b *testing.B) {
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	var users []string
	for i := range stormUsers {
		users = append(users, fmt.Sprintf("storm%03d", i))
	}
	s := serve(b, b.TempDir(), append(users, "good0", "good1"))
	storm, good := newExchange(b, s), newExchange(b, s)
	for _, user := range users {
		storm.register(b, user)
	}
	good.register(b, "good1")
	p := newPanel(b, s)
	for i := range stormUsers * lampsEach {
		watched := users[i%stormUsers]
		p.subscribe(users[(i/stormUsers*7+i+1)%stormUsers], "sip:"+watched+"@bench.test", watched, i)
		if i%50 == 49 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	p.settled(b, stormUsers*lampsEach)
	p.result()
	before := busy(b, s.process)
	stop := make(chan struct{})
	go storm.calls(stop, stormEach, func(i int) (from, to string) { return users[i%stormUsers], users[(i*31+17)%stormUsers] })
	go good.calls(stop, goodEach, func(int) (from, to string) { return "good0", "good1" })
	time.Sleep(lasts * time.Duration(b.N))
	close(stop)
	used := busy(b, s.process) - before
	time.Sleep(goodLimit)
	seconds := lasts.Seconds() * float64(b.N)
	_, notices := p.result()
	changes := float64(storm.answered.Load()) * perCall / seconds
	failed := good.begun.Load() - good.answered.Load()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(changes, "changes/s")
	b.ReportMetric(float64(notices)/seconds, "notifies/s")
	b.ReportMetric(float64(failed), "good-failed")
	b.ReportMetric(float64(time.Duration(good.slowest.Load()).Microseconds())/1000, "good-slowest-ms")
	b.Logf("%d calls of the storm, %d of them answered: %.0f changes in a second, told by %.0f NOTIFYs; of %d good calls %d failed, the slowest was answered after %v; %.2f cores",
		storm.begun.Load(), storm.answered.Load(), changes, float64(notices)/seconds, good.begun.Load(), failed, time.Duration(good.slowest.Load()).Round(time.Millisecond), used.Seconds()/seconds)
	if failed > 0 || good.begun.Load() == 0 {
		b.Errorf("%d of %d good calls failed beside the storm", failed, good.begun.Load())
	}
}

// exchange is both ends of many short calls, at one socket.
type exchange struct {
	*callers
	registered                        chan int
	begun, answered, refused, slowest atomic.Int64
}

func newExchange(b *testing.B, s *served) *exchange {
	b.Helper()
	x := &exchange{callers: dialServer(b, s), registered: make(chan int, 1)}
	go x.read()
	return x
}

func (x *exchange) register(b *testing.B, user string) {
	b.Helper()
	place := x.socket.LocalAddr()
	x.send(fmt.Appendf(nil, "REGISTER sip:bench.test SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKr%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%[2]s@bench.test>;tag=%[2]s\r\n"+
		"To: <sip:%[2]s@bench.test>\r\nCall-ID: r-%[2]s\r\nCSeq: 1 REGISTER\r\nContact: <sip:%[2]s@%[1]s>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n", place, user))
	select {
	case code := <-x.registered:
		if code != 200 {
			b.Fatalf("%s registers: %d", user, code)
		}
	case <-time.After(patience):
		b.Fatalf("%s can't register", user)
	}
}

// calls begins one call after the other, until it is stopped.
func (x *exchange) calls(stop chan struct{}, each time.Duration, who func(i int) (from, to string)) {
	began := time.Now()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		if wait := time.Until(began.Add(time.Duration(i) * each)); wait > 0 {
			time.Sleep(wait)
		}
		from, to := who(i)
		id := fmt.Sprintf("%d-%d-%s", time.Now().UnixNano(), i, from)
		invite := x.invite(id, "sip:"+to+"@bench.test", netip.AddrPortFrom(callersHost, 40000))
		x.begun.Add(1)
		x.send([]byte(strings.Replace(string(invite), "From: <sip:caller@", "From: <sip:"+from+"@", 1)))
	}
}

func (x *exchange) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := x.socket.Read(buffer)
		if err != nil {
			return
		}
		m, err := sip.Parse(string(buffer[:n]))
		switch {
		case err != nil:
		case m.IsRequest():
			x.answer(m)
		case m.Method() == sip.REGISTER:
			x.registered <- m.StatusCode()
		case m.Method() == sip.INVITE && m.StatusCode() == 200:
			x.answered.Add(1)
			var began int64
			if _, err := fmt.Sscanf(m.CallID(), "%d-", &began); err == nil {
				x.slowest.Store(max(x.slowest.Load(), time.Now().UnixNano()-began))
			}
			ack := string(x.ack(m))
			x.send([]byte(ack))
			x.send([]byte(strings.Replace(strings.Replace(ack, "ACK ", "BYE ", 1), "CSeq: 1 ACK", "CSeq: 2 BYE", 1)))
		case m.Method() == sip.INVITE && m.StatusCode() >= 300:
			x.refused.Add(1)
		}
	}
}

// answer rings and answers a call at once, and says yes to all else.
func (x *exchange) answer(m *sip.Message) {
	switch m.Method() {
	case sip.ACK:
	case sip.INVITE:
		for _, code := range []int{180, 200} {
			r := sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: code, ToTag: "callee"}).Copy(m, sip.HeaderRecordRoute)
			x.send(r.Add(sip.HeaderContact, "<sip:callee@"+x.socket.LocalAddr().String()+">").Empty())
		}
	default:
		x.send(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200}).Empty())
	}
}
