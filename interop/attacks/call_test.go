//go:build interop

package attacks

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

// call is a dialog as its caller knows it.
type call struct {
	phone  *phone
	invite *request
	ok     *sip.Message
}

// dial calls somebody and acknowledges the answer.
func (p *phone) dial(uri string) (*call, error) {
	c := &call{phone: p, invite: p.request("INVITE", uri)}
	var err error
	c.ok, _, err = p.ask(c.invite)
	if err != nil {
		return nil, err
	}
	if c.ok.StatusCode() != 200 {
		return nil, fmt.Errorf("the INVITE was answered %d %s", c.ok.StatusCode(), c.ok.Reason())
	}
	c.acknowledge()
	return c, nil
}

// acknowledge sends the ACK of the answer, and again whenever the answer comes again.
func (c *call) acknowledge() {
	p, ack := c.phone, c.request("ACK")
	ack.cseq = c.invite.cseq
	text := ack.text(p.transport, p.place())
	p.mutex.Lock()
	if len(p.confirms) >= keptConfirms {
		clear(p.confirms)
	}
	p.confirms[c.invite.callID] = text
	p.mutex.Unlock()
	p.send(text)
}

// request is one within the call, from the caller.
func (c *call) request(method string) *request {
	return &request{
		method: method, uri: uriIn(c.ok.Header(sip.HeaderContact)), branch: "z9hG4bK" + word(), callID: c.invite.callID, cseq: c.invite.cseq + 1,
		from: c.invite.from, to: c.ok.To(), contact: c.invite.contact, fields: routesBack(c.ok),
	}
}

// backwards is one within the call, as its callee would send it, given the INVITE that arrived.
func (c *call) backwards(method string, arrived *sip.Message) *request {
	r := &request{
		method: method, uri: uriIn(arrived.Header(sip.HeaderContact)), branch: "z9hG4bK" + word(), callID: c.invite.callID, cseq: 1,
		from: c.ok.To(), to: c.invite.from,
	}
	for value := range arrived.Values(sip.HeaderRecordRoute) {
		r.fields = append(r.fields, "Route: "+value)
	}
	return r
}

// hangUp ends the call.
func (c *call) hangUp() error {
	bye := c.request("BYE")
	response, _, err := c.phone.ask(bye)
	if err != nil {
		return err
	}
	if response.StatusCode() != 200 {
		return fmt.Errorf("the BYE was answered %d %s", response.StatusCode(), response.Reason())
	}
	return nil
}

// goodCalls is the legitimate load beside an attack: alice calls bob again and again, and
// registers anew now and then.
type goodCalls struct {
	caller, callee *phone
	stop           chan struct{}
	ended          sync.WaitGroup
	calls          int     // read after the end
	failures       []error // read after the end
	slowest        time.Duration
}

const (
	callPeriod     = 100 * time.Millisecond
	callsPerAnew   = 10
	fewestOfSmall  = 3
	failuresToShow = 5
)

// startGoodCalls registers alice and bob and begins.
func startGoodCalls(t testing.TB, s *server) *goodCalls {
	t.Helper()
	g := &goodCalls{caller: newPhone(t, s, "alice"), callee: newPhone(t, s, "bob"), stop: make(chan struct{})}
	g.caller.register(t)
	g.callee.register(t)
	g.ended.Go(g.run)
	return g
}

func (g *goodCalls) run() {
	for next := time.NewTicker(callPeriod); ; {
		select {
		case <-g.stop:
			next.Stop()
			return
		case <-next.C:
		}
		began := time.Now()
		if err := g.one(); err != nil {
			g.failures = append(g.failures, fmt.Errorf("call %d after %s: %w", g.calls, time.Since(began), err))
		}
		g.slowest = max(g.slowest, time.Since(began))
		g.calls++
	}
}

func (g *goodCalls) one() error {
	if g.calls%callsPerAnew == 0 {
		for _, p := range []*phone{g.caller, g.callee} {
			response, challenges, err := p.ask(p.registration(3600))
			if err != nil {
				return fmt.Errorf("%s registers anew: %w", p.name, err)
			}
			if response.StatusCode() != 200 || challenges > 1 {
				return fmt.Errorf("%s registers anew: %d after %d challenges", p.name, response.StatusCode(), challenges)
			}
		}
	}
	c, err := g.caller.dial(addressOf("bob"))
	if err != nil {
		return err
	}
	return c.hangUp()
}

// finish ends the load and holds it to the figure: every call succeeded.
func (g *goodCalls) finish(t testing.TB) {
	t.Helper()
	close(g.stop)
	g.ended.Wait()
	t.Logf("good calls beside: %d, failed %d, the slowest took %s", g.calls, len(g.failures), g.slowest.Round(time.Millisecond))
	if len(g.failures) > 0 {
		t.Errorf("every good call beside the attack succeeds: %d of %d failed, the first: %v", len(g.failures), g.calls, g.failures[:min(len(g.failures), failuresToShow)])
	}
}

// settle lets the good calls go on until some more have been made after the attack.
func (g *goodCalls) settle() { time.Sleep(fewestOfSmall * callPeriod) }

// beside runs an attack beside good calls; the server lives afterwards.
func beside(t *testing.T, s *server, attack func()) {
	t.Helper()
	good := startGoodCalls(t, s)
	attack()
	good.settle()
	good.finish(t)
	s.alive(t)
}
