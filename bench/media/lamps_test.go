package media

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

// panel is the signalling of many telephones with lamps, all at one socket: it subscribes, answers each NOTIFY, and measures
// how long after its cause it came.
type panel struct {
	*net.UDPConn
	mutex   sync.Mutex
	lamps   map[string]*light // by Call-ID
	causes  map[string]*cause // by what is watched: its last change
	took    []time.Duration
	taken   int // subscriptions that were accepted
	refused []string
	notices int
}

// light is one subscription.
type light struct {
	watched string
	told    *cause // the last one that was told
}

// cause is a change that the server was asked for.
type cause struct {
	at  time.Time // when it was known to have come about; zero: not yet
	lit bool
}

func newPanel(b *testing.B, s *served) *panel {
	b.Helper()
	socket, err := net.DialUDP("udp", &net.UDPAddr{IP: callersHost.AsSlice()}, net.UDPAddrFromAddrPort(s.address))
	if err != nil {
		b.Fatal(err)
	}
	_ = socket.SetReadBuffer(16 << 20) // the kernel clamps it as it likes
	p := &panel{UDPConn: socket, lamps: map[string]*light{}, causes: map[string]*cause{}}
	b.Cleanup(func() { socket.Close() })
	go p.read()
	return p
}

// subscribe has a user watch an address, which goes by a name.
func (p *panel) subscribe(user, address, name string, number int) {
	id := fmt.Sprintf("lamp-%d-%s", number, user)
	p.mutex.Lock()
	p.lamps[id] = &light{watched: name}
	p.mutex.Unlock()
	place := p.LocalAddr()
	fmt.Fprintf(p, "SUBSCRIBE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@bench.test>;tag=%s\r\nTo: <%[1]s>\r\n"+
		"Call-ID: %[3]s\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:%[4]s@%[2]s>\r\nEvent: dialog\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n", address, place, id, user, id)
}

// settled waits until all subscriptions are accepted.
func (p *panel) settled(b *testing.B, count int) {
	b.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		p.mutex.Lock()
		taken, refused := p.taken, p.refused
		p.mutex.Unlock()
		if len(refused) > 0 {
			b.Fatalf("%d subscriptions were refused: %s", len(refused), refused[0])
		}
		if taken >= count {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d subscriptions are accepted", taken, count)
		}
	}
}

// changes tells that the server is asked for a change.
func (p *panel) changes(watched string, lit bool) {
	p.mutex.Lock()
	p.causes[watched] = &cause{lit: lit}
	p.mutex.Unlock()
}

// changed tells that the last change came about just now.
func (p *panel) changed(watched string) {
	p.mutex.Lock()
	if c := p.causes[watched]; c != nil {
		c.at = time.Now()
	}
	p.mutex.Unlock()
}

func (p *panel) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := p.Read(buffer)
		if err != nil {
			return
		}
		at := time.Now()
		m, err := sip.Parse(string(buffer[:n]))
		switch {
		case err != nil:
		case m.IsRequest():
			_, _ = p.Write(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200}).Empty())
			p.told(m, at)
		case m.Method() == sip.SUBSCRIBE:
			p.mutex.Lock()
			if p.taken++; m.StatusCode() != 200 {
				p.refused = append(p.refused, m.Text())
			}
			p.mutex.Unlock()
		}
	}
}

// told takes a NOTIFY.
func (p *panel) told(m *sip.Message, at time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	l := p.lamps[m.CallID()]
	if l == nil {
		return
	}
	p.notices++
	c := p.causes[l.watched]
	if c == nil || l.told == c || c.lit != strings.Contains(m.Body(), "confirmed</state>") {
		return
	}
	l.told = c
	took := time.Duration(0) // where the lamp knows before the caller
	if !c.at.IsZero() {
		took = at.Sub(c.at)
	}
	p.took = append(p.took, took)
}

// result sorts how long the changes took to be told, and begins anew.
func (p *panel) result() (took []time.Duration, notices int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	took, notices = p.took, p.notices
	p.took, p.notices = nil, 0
	slices.Sort(took)
	return took, notices
}

func at(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// Places of the park: those that are taken all the time, and those whose state changes.
const (
	parkedCalls  = 1000
	firstPlace   = 200000
	firstChange  = 201000
	changePlaces = 100
	panels       = 100
	lampsEach    = 20
	changeEach   = 20 * time.Millisecond // between two changes: 1000 NOTIFYs a second
	mostLatency  = 50 * time.Millisecond // of one NOTIFY in a hundred
)

// BenchmarkParkAndLamps has a running server keep 1,000 calls parked, with music, and a hundred telephones with 20 lamps
// each: places are taken and left, and each change is told to twenty. It says how long after its cause (the 200 to the
// INVITE, or the BYE) a NOTIFY comes, how many packets of the music come more than 20 ms late, and what a parked call costs.
func BenchmarkParkAndLamps(b *testing.B) {
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	var users []string
	for i := range panels {
		users = append(users, fmt.Sprintf("panel%03d", i))
	}
	s := serve(b, b.TempDir(), users, fmt.Sprintf("park: {slots: [%d-%d, %d-%d], valet: false, timeout: 1h}",
		firstPlace, firstPlace+parkedCalls-1, firstChange, firstChange+changePlaces-1))
	all, bare := members(b, parkedCalls, "PCMU"), members(b, 100, "PCMU")
	c := newCallers(b, s)
	c.more = transferred
	c.call(b, all, func(i int) string { return place(firstPlace + i) })
	for _, m := range all {
		m.to = netip.AddrPort{} // who waits says nothing
	}
	p := newPanel(b, s)
	for i := range panels * lampsEach {
		name := fmt.Sprint(firstChange + i/lampsEach%changePlaces)
		p.subscribe(users[(i%lampsEach*7+i/lampsEach)%panels], "sip:park@bench.test;orbit="+name, name, i)
		if i%50 == 49 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	p.settled(b, panels*lampsEach)
	run(b, "sender", order{Peers: addresses(bare)})
	both := slices.Concat(all, bare)
	play(both, 2*warmUp)
	forget(both)
	churn := newChurn(b, s, p)
	p.result()
	before := busy(b, s.process)
	ended := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(ended); churn.run(stop) }()
	for range b.N {
		play(both, lasts)
	}
	used := busy(b, s.process) - before
	close(stop)
	<-ended
	time.Sleep(warmUp)
	if over := c.hungUp(); over > 0 {
		b.Fatalf("%d of %d parked calls ended", over, parkedCalls)
	}
	tell(b, all, bare, used)
	took, notices := p.result()
	b.ReportMetric(float64(at(took, 0.5).Microseconds())/1000, "notify-p50-ms")
	b.ReportMetric(float64(at(took, 0.99).Microseconds())/1000, "notify-p99-ms")
	b.ReportMetric(used.Seconds()*1000/parkedCalls/(lasts.Seconds()*float64(b.N)), "cpu-ms/parked/s")
	b.Logf("%d lamps, %d changes: %d NOTIFYs, of which %d told a change that was measured: half within %v, 99 of 100 within %v (goal %v), the last after %v",
		panels*lampsEach, churn.changes, notices, len(took), at(took, 0.5), at(took, 0.99), mostLatency, at(took, 1))
	if want := churn.changes * lampsEach; len(took) < want*98/100 {
		b.Errorf("%d of %d changes were told", len(took), want)
	}
}

// transferred: somebody's transfer brings the callers to their places.
const transferred = "Referred-By: <sip:panel000@bench.test>\r\n"

func place(number int) string { return fmt.Sprintf("sip:park@bench.test;orbit=%d", number) }

// churn takes and leaves parking places.
type churn struct {
	*net.UDPConn
	b       *testing.B
	panel   *panel
	sound   netip.AddrPort
	answers chan *sip.Message
	changes int
}

func newChurn(b *testing.B, s *served, p *panel) *churn {
	b.Helper()
	socket, err := net.DialUDP("udp", &net.UDPAddr{IP: callersHost.AsSlice()}, net.UDPAddrFromAddrPort(s.address))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { socket.Close() })
	c := &churn{UDPConn: socket, b: b, panel: p, answers: make(chan *sip.Message, 64), sound: members(b, 1, "PCMU")[0].socket.Local()}
	go c.read()
	return c
}

// read takes the answers.
func (c *churn) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		if bytes.HasPrefix(buffer[:n], []byte("SIP/2.0 2")) && bytes.Contains(buffer[:n], []byte(" INVITE\r\n")) {
			if m, err := sip.Parse(string(buffer[:n])); err == nil {
				c.panel.changed(strings.SplitN(m.CallID(), "-", 2)[0])
				c.answers <- m
			}
		} else if !bytes.HasPrefix(buffer[:n], []byte("SIP/2.0 ")) || bytes.HasPrefix(buffer[:n], []byte("SIP/2.0 4")) {
			c.b.Logf("unexpected: %.200s", buffer[:n])
		}
	}
}

// run takes a place, or leaves one, each changeEach, until it is stopped.
func (c *churn) run(stop chan struct{}) {
	helper := &callers{socket: c.UDPConn, more: transferred}
	next := time.NewTicker(changeEach)
	defer next.Stop()
	standing := map[int]*sip.Message{}
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-next.C:
		}
		number := firstChange + i%changePlaces
		c.changes++
		if ok := standing[number]; ok != nil {
			delete(standing, number)
			c.panel.changes(fmt.Sprint(number), false)
			c.panel.changed(fmt.Sprint(number))
			_, _ = c.Write(bytes.Replace(bytes.Replace(helper.ack(ok), []byte("ACK "), []byte("BYE "), 1), []byte("CSeq: 1 ACK"), []byte("CSeq: 2 BYE"), 1))
			continue
		}
		c.panel.changes(fmt.Sprint(number), true)
		_, _ = c.Write(helper.invite(fmt.Sprintf("%d-%d", number, i), place(number), c.sound))
		select {
		case m := <-c.answers:
			_, _ = c.Write(helper.ack(m))
			standing[number] = m
		case <-time.After(patience):
			c.b.Errorf("nobody takes the call to place %d", number)
			return
		}
	}
}
