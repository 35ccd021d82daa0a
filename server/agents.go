package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/ua"
)

// Limits of an agent.
const (
	sparePorts  = 16 // pairs of RTP: fewer that are free, and portsAtOnce are bound; where there are few, fewer (sharePorts)
	portsAtOnce = 64
	nodeBits    = 48 // of a node number; the bits above are the agent's number
)

// agentShard holds one agent. The mutex is held for one step and never while that of another machine is
// held.
type agentShard struct {
	resident
	server *Server
	number uint16
	inbox  inbox
	gate   *turnstile
	// registration is what an agent is for that registers at a trunk, and has no media; nil for any other.
	registration *registration
	record       func(record any) // of resident.records; nil: none is taken

	// What follows is guarded by mutex.
	mutex sync.Mutex
	agent *ua.Agent
	ports map[graph.Node]uint16 // of streams that are open
	ended bool                  // it is not stepped any more
}

// openAgents makes the agents, which are at home from now on.
func (s *Server) openAgents(list []resident, now time.Time) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.openMedia(); err != nil {
		return err
	}
	local := s.sockets[0].listener.Address
	for i, r := range list {
		number := uint16(i + 1)
		shard := &agentShard{resident: r, server: s, number: number, gate: newTurnstile(), ports: map[graph.Node]uint16{}}
		shard.inbox.owner = shard
		s.agents = append(s.agents, shard)
		if r.install == nil {
			shard.ended = true
			continue
		}
		settings := ua.Settings{
			AOR: "sip:" + r.name + "@" + s.current().config.Domain, Local: local, Outbound: machine.ServerFlow(local, number),
			ContactParams: r.contact, MediaAddress: s.mediaAddress, Unattended: true, FirstNode: graph.Node(number) << nodeBits,
			Kept: s.bindings.Kept,
		}
		rand.Read(settings.Seed[:])
		shard.agent = ua.New(settings, now)
		if err := r.install(s, shard.agent); err != nil {
			return fmt.Errorf("opening the agent %s: %w", r.name, err)
		}
		if r.records != nil {
			shard.record = r.records(s)
		}
		shard.agent.Ports.Bind = s.media.Bind
	}
	s.sharePorts()
	return nil
}

// sharePorts has each agent take no more ports at once than leave half of them all for those that need more.
func (s *Server) sharePorts() {
	homes := 0
	for _, a := range s.agents {
		if a.agent != nil && a.registration == nil {
			homes++
		}
	}
	media := s.current().config.Media
	pairs := (int(media.Last) - int(media.First) + 1) / 2
	s.portsAtOnce = min(max(pairs/(2*max(homes, 1)), 1), portsAtOnce)
}

// agentFlows is where the proxy finds the agents that are at home.
func (s *Server) agentFlows() map[string]machine.Flow {
	flows := map[string]machine.Flow{}
	for i, r := range s.residents {
		if r.install != nil {
			flows[r.name] = machine.AgentFlow(s.sockets[0].listener.Address, uint16(i+1))
		}
	}
	return flows
}

// agentPackages is who answers for the event packages of all users.
func (s *Server) agentPackages() map[string]string {
	names := map[string]string{}
	for _, r := range s.residents {
		for _, name := range r.packages {
			if r.install != nil {
				names[name] = r.name
			}
		}
	}
	return names
}

// agentNumbered is an agent by its number, nil when there is none.
func (s *Server) agentNumbered(number uint16) *agentShard {
	if number == 0 || int(number) > len(s.agents) || s.agents[number-1].agent == nil {
		return nil
	}
	return s.agents[number-1]
}

// step runs one step of the agent, and lets the batch have what it put out.
func (a *agentShard) step(b *batch, step func(out *machine.Output)) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !a.ended {
		a.stepped(b, step)
		a.refill()
	}
}

// stepped is step for who holds the mutex, and looks after the ports.
func (a *agentShard) stepped(b *batch, step func(out *machine.Output)) {
	media, events := len(b.out.Media), len(b.out.Events)
	step(&b.out)
	if a.registration != nil {
		a.registration.heard(b.out.Events[events:])
	}
	a.account(b.out.Media[media:])
	b.close(a.gate.draw(), a.gate, a)
	a.server.clock.due(a.agent.Next())
}

// account takes the ports of streams back that were closed. They are opened again by a later step, and so
// later.
func (a *agentShard) account(changes []any) {
	for _, change := range changes {
		switch change := change.(type) {
		case graph.Open:
			a.ports[change.Stream] = change.Port
		case graph.Close:
			if port, open := a.ports[change.Node]; open {
				a.agent.Ports.Add(port)
				delete(a.ports, change.Node)
			}
		}
	}
}

// refill keeps ports ready.
func (a *agentShard) refill() {
	s := a.server
	if a.registration != nil || a.agent.Ports.Free() >= max(sparePorts*s.portsAtOnce/portsAtOnce, 1) {
		return
	}
	ports, err := s.media.Ports(s.portsAtOnce)
	a.agent.Ports.Add(ports...)
	if err != nil && s.mayWarn(time.Now()) {
		s.logger.Warn("RTP ports run out; calls to the server's agents are refused when none is left", "agent", a.name, "error", err)
	}
}

// tell has the agent take something that the media side tells, soon; false when its inbox is full.
func (a *agentShard) tell(b *batch, event any) bool {
	return a.later(b, func() { a.agent.Heard(event) })
}

// later runs something as a step of the agent, soon: when the batch is let out. It is false, and nothing will be
// run, when the agent's inbox is full.
func (a *agentShard) later(b *batch, run func()) bool {
	if !a.inbox.put(letter{run: run}) {
		return false
	}
	b.visit(&a.inbox)
	return true
}

// within is later, for who has no batch.
func (s *Server) within(a *agentShard, run func()) {
	b := s.takeBatch()
	if a.later(b, run) {
		b.flush(time.Now())
	}
	s.returnBatch(b)
}

// read implements the owner of an inbox.
func (a *agentShard) read(b *batch, now time.Time, l letter) {
	switch {
	case l.step != nil:
		a.step(b, func(out *machine.Output) { l.step(now, out) })
	case l.run != nil:
		a.step(b, func(out *machine.Output) { a.agent.Do(now, out, l.run) })
	case l.err != nil:
		a.server.metrics.malformed.Inc()
	default:
		a.step(b, func(out *machine.Output) {
			a.agent.Receive(now, machine.Packet{Message: l.message, Flow: l.flow}, out)
		})
	}
}

// unsent implements owner.
func (a *agentShard) unsent(b *batch, now time.Time, ticket uint64, _ bool) {
	a.step(b, func(out *machine.Output) { a.agent.SendFailed(now, ticket, out) })
}

// done implements owner.
func (a *agentShard) done(b *batch, now time.Time, job machine.Job, result any) {
	a.step(b, func(out *machine.Output) { job.Done(now, result, out) })
}

// patience implements owner.
func (a *agentShard) patience() time.Duration { return ua.MaxJob }

// counts are the agent's calls, and its ports that are free and used.
func (a *agentShard) counts() (calls, free, used int) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.agent == nil {
		return 0, 0, 0
	}
	return a.agent.Load().Calls, a.agent.Ports.Free(), len(a.ports)
}

// hangUpAgents ends the calls of all agents but those that the next process takes up, and waits until the far sides know.
func (s *Server) hangUpAgents() {
	b := s.takeBatch()
	now := time.Now()
	if a := s.rooms.agent; a != nil {
		a.mutex.Lock()
		s.rooms.service.Stopping()
		a.mutex.Unlock()
	}
	for _, a := range s.agents {
		if a.agent == nil {
			continue
		}
		a.step(b, func(out *machine.Output) {
			a.agent.Do(now, out, func() {
				for _, call := range a.agent.Calls() {
					if !call.Preserved() {
						call.HangUp()
					}
				}
			})
		})
	}
	b.flush(now)
	s.returnBatch(b)
	for deadline := now.Add(closePatience); s.agentsBusy() && time.Now().Before(deadline); {
		time.Sleep(tick)
	}
}

// agentsBusy tells whether an agent has a call, or anything under way that may be the end of one.
func (s *Server) agentsBusy() bool {
	for _, a := range s.agents {
		a.mutex.Lock()
		busy := false
		if !a.ended {
			load, calls := a.agent.Load(), a.agent.Calls()
			staying := len(calls) - len(slices.DeleteFunc(calls, (*ua.Call).Preserved))
			busy = load.Calls-staying+load.Requests+load.Sounds+load.Jobs > 0
		}
		a.mutex.Unlock()
		if busy {
			return true
		}
	}
	return false
}

// closeAgents ends the agents for good, when nothing else runs, and then their media.
func (s *Server) closeAgents() error {
	for _, a := range s.agents {
		a.mutex.Lock()
		if !a.ended {
			a.ended = true
			a.agent.Stop(time.Now(), &machine.Output{})
		}
		a.mutex.Unlock()
	}
	var failures []error
	if s.media != nil {
		failures = append(failures, s.media.Close())
	}
	if s.recordings != nil {
		failures = append(failures, s.recordings.Close())
	}
	if s.dataFolder != nil {
		failures = append(failures, s.dataFolder.Close())
	}
	return errors.Join(failures...)
}
