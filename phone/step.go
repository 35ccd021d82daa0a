package phone

import (
	"errors"
	"time"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/transport"
	"hookflash/ua"
)

// maxRounds bounds how often the agent is told of messages that could not be sent and answers with
// more of the kind; further ones are left to its timers.
const maxRounds = 8

// agentStep runs something as a step, and lets its output out. The caller holds p.mutex.
func (p *Phone) agentStep(now time.Time, run func()) {
	if p.ended {
		return
	}
	p.agent.Do(now, &p.out, run)
	p.finish(now)
}

// finish lets a step's output out: sends, then media, then events. The caller holds p.mutex.
func (p *Phone) finish(now time.Time) {
	for range maxRounds {
		p.afterwards(now)
		failed := p.send(now)
		p.applyMedia()
		p.startJobs()
		p.giveEvents()
		p.out.Reset()
		p.told = 0
		if len(failed) == 0 {
			break
		}
		for _, ticket := range failed {
			p.agent.SendFailed(now, ticket, &p.out)
		}
	}
	if p.idle != nil && p.agent.Tasks() == 0 {
		close(p.idle)
		p.idle = nil
	}
	p.arm()
}

// afterwards lets the person react to what happened, as part of the step.
func (p *Phone) afterwards(now time.Time) {
	for p.told < len(p.out.Events) {
		event, ok := p.out.Events[p.told].(ua.Event)
		p.told++
		if !ok {
			continue
		}
		p.note(event)
		p.agent.Do(now, &p.out, func() {
			p.person.notice(p.agent, event)
			if event.Kind == ua.Registered {
				p.watchMailbox()
			}
		})
	}
	p.agent.Do(now, &p.out, p.refill)
}

// note keeps what Registered wants to know.
func (p *Phone) note(event ua.Event) {
	if p.answered || event.Kind != ua.Registered && event.Kind != ua.Unregistered {
		return
	}
	p.answered = true
	if event.Kind == ua.Unregistered {
		refusal := &sip.StatusError{Code: event.Code, Reason: event.Reason, Err: ErrRefused}
		if p.unsent != nil {
			refusal.Err = p.unsent
		}
		p.registered = refusal
	}
	close(p.registration)
}

// refill keeps ports ready. It binds twice what is needed at once, so that it is seldom called for.
func (p *Phone) refill() {
	if free := p.agent.Ports.Free(); free < SparePorts {
		ports, err := p.media.Ports(2*SparePorts - free)
		p.agent.Ports.Add(ports...)
		if err != nil && len(ports) == 0 && free == 0 {
			p.emit(ua.Event{Kind: ua.Failed, Reason: "no RTP port can be bound", Text: err.Error()})
		}
	}
}

// send hands the messages to their sockets, and gives the tickets of those that were not taken.
func (p *Phone) send(now time.Time) (failed []uint64) {
	for i := range p.out.Sends {
		m := &p.out.Sends[i]
		if m.Data == nil || !m.To.Valid() {
			continue
		}
		if p.settings.Trace != nil {
			p.settings.Trace(now, true, m.To, string(m.Data))
		}
		if p.sendOne(m) != nil && m.Ticket != 0 {
			failed = append(failed, m.Ticket)
		}
	}
	return failed
}

func (p *Phone) sendOne(m *machine.Send) error {
	if m.To.Transport.Reliable() {
		return p.streams.Send(m.To, m.Data, m.Ticket)
	}
	if p.udp == nil {
		return transport.ErrNoDialer
	}
	datagrams := [1]transport.Datagram{{Data: m.Data, To: m.To.Remote}}
	p.udp.Send(datagrams[:])
	return datagrams[0].Err
}

// ErrRefused tells that the registrar gave the answer, rather than that it can't be reached.
var ErrRefused = errors.New("the registrar refused")

// applyMedia makes the changes; ports of streams that ended can be used again.
func (p *Phone) applyMedia() {
	if len(p.out.Media) == 0 {
		return
	}
	err := p.media.Apply(p.out.Media)
	for _, change := range p.out.Media {
		switch change := change.(type) {
		case graph.Open:
			p.taken[change.Stream] = change.Port
		case graph.Close:
			if port, ok := p.taken[change.Node]; ok {
				p.agent.Ports.Add(port)
				delete(p.taken, change.Node)
			}
		}
	}
	if err != nil {
		p.out.Events = append(p.out.Events, ua.Event{Kind: ua.Failed, Reason: "no sound", Text: err.Error()})
	}
}

// startJobs runs what the agent may not do itself.
func (p *Phone) startJobs() {
	for _, job := range p.out.Jobs {
		select {
		case p.jobs <- struct{}{}:
		default:
			continue
		}
		p.running.Go(func() {
			result := job.Run()
			<-p.jobs
			p.mutex.Lock()
			defer p.mutex.Unlock()
			if !p.ended {
				job.Done(time.Now(), result, &p.out)
				p.finish(time.Now())
			}
		})
	}
}

func (p *Phone) giveEvents() {
	for _, event := range p.out.Events {
		p.emit(event)
	}
}

// emit gives an event to whoever reads. The caller holds p.mutex.
func (p *Phone) emit(event any) {
	select {
	case p.events <- event:
	default:
		p.lost++
		if outcome, ok := event.(Outcome); ok {
			close(outcome.reported)
		}
	}
}

// heard steps the agent with what the media side tells.
func (p *Phone) heard(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.agent != nil {
		p.agentStep(time.Now(), func() { p.agent.Heard(event) })
	}
}
