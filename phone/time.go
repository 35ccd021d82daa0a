package phone

import (
	"time"

	"hookflash/machine"
)

// tick is what deadlines are rounded up to, so that those close to each other need one wake-up.
const tick = 5 * time.Millisecond

// keepAliveEvery is how often a connection shows that it is used (RFC 5626 §4.4.1 asks for 95 to 120 s), in
// datagrams too, for a NAT's sake.
const keepAliveEvery = 100 * time.Second

// arm has the timekeeper look again if something is due earlier than it believes. The caller
// holds p.mutex.
func (p *Phone) arm() {
	p.next = p.agent.Next()
	if p.next.IsZero() || !p.armed.IsZero() && !p.next.Before(p.armed) {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// keepTime fires the agent's timers.
func (p *Phone) keepTime() {
	nap := time.NewTimer(keepAliveEvery)
	defer nap.Stop()
	alive := time.NewTicker(keepAliveEvery)
	defer alive.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-alive.C:
			p.keepAlive()
		case <-p.wake:
		case <-nap.C:
		}
		nap.Reset(p.advance())
	}
}

// advance runs what is due, and tells how long nothing is.
func (p *Phone) advance() time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ended {
		return keepAliveEvery
	}
	now := time.Now()
	p.armed = now // nobody need wake us meanwhile
	if !p.next.IsZero() && !p.next.After(now) {
		p.agent.Advance(now, &p.out)
		p.finish(now)
	}
	p.armed = p.next
	if p.next.IsZero() {
		return keepAliveEvery
	}
	return max(p.next.Sub(now), tick)
}

// keepAlive sends what means nothing and is answered by nobody but the connection's other end
// (RFC 5626 §3.5.1).
func (p *Phone) keepAlive() {
	flow := p.settings.outbound()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ended || p.settings.Direct {
		return
	}
	_ = p.sendOne(&machine.Send{To: flow, Data: []byte("\r\n\r\n")}) // a connection that is gone tells so itself
}
