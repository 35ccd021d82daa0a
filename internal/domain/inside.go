package domain

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"time"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/ua"
)

// PortsOfAnAgent is how many streams an agent of the domain can have at a time.
const PortsOfAnAgent = 64

// Agent is a user agent in the domain's process, at sip:NAME@DOMAIN.
type Agent struct {
	Name string
	// Settings are what it wants for itself, such as ContactParams; its address and what follows from that
	// are filled in.
	Settings ua.Settings
	// Install gives it its handlers; nil: it refuses everything.
	Install func(a *ua.Agent)
	// Record takes what the proxy tells agents beside SIP (proxy.Leg, proxy.Standing), as a step of the agent; nil:
	// nothing.
	Record func(record any)
}

// Sound is one change of package graph that an agent asked for: what comes in machine.Output.Media.
type Sound struct {
	Agent  string
	Change any
}

// resident is an agent as the domain keeps it.
type resident struct {
	*ua.Agent
	name  string
	take  func(record any)      // Agent.Record
	ports map[graph.Node]uint16 // of its streams
}

// agentFlows is where the proxy finds the agents.
func (c *Config) agentFlows() map[string]machine.Flow {
	flows := maps.Clone(c.Agents)
	if flows == nil && len(c.Inside) > 0 {
		flows = map[string]machine.Flow{}
	}
	for i, agent := range c.Inside {
		flows[agent.Name] = machine.AgentFlow(c.Listeners[0].Address, uint16(i+1))
	}
	return flows
}

// house makes the agents of a process.
func (d *Domain) house(now time.Time, seed uint64) {
	config := &d.store.config
	for i, wanted := range config.Inside {
		s := wanted.Settings
		if s.AOR == "" {
			s.AOR = "sip:" + wanted.Name + "@" + config.Domains[0]
		}
		s.Local = config.Listeners[0].Address
		s.Outbound = machine.ServerFlow(s.Local, uint16(i+1))
		s.Unattended = true
		s.Kept = d.store.Kept
		s.FirstNode = graph.Node(i+1) << 48
		s.Seed = sha256.Sum256(fmt.Append(nil, wanted.Name, config.Key, seed))
		r := &resident{Agent: ua.New(s, now), name: wanted.Name, take: wanted.Record, ports: map[graph.Node]uint16{}}
		for port := range uint16(PortsOfAnAgent) {
			r.Ports.Add(30000 + 2*PortsOfAnAgent*uint16(i) + 2*port)
		}
		if wanted.Install != nil {
			wanted.Install(r.Agent)
		}
		d.residents = append(d.residents, r)
	}
}

// within steps an agent: what it asks of the media side is marked as its own.
func (d *Domain) within(r *resident, out *machine.Output, step func()) {
	media, jobs, changes := len(out.Media), len(out.Jobs), len(out.Changes)
	step()
	d.store.stage(out.Changes[changes:])
	for i := media; i < len(out.Media); i++ {
		r.account(out.Media[i])
		out.Media[i] = Sound{r.name, out.Media[i]}
	}
	for i := jobs; i < len(out.Jobs); i++ {
		done := out.Jobs[i].Done
		out.Jobs[i].Done = func(now time.Time, result any, out *machine.Output) {
			defer d.carry(now, out, len(out.Events))
			d.within(r, out, func() { done(now, result, out) })
		}
	}
}

// account takes the ports of streams back that were closed.
func (r *resident) account(change any) {
	switch change := change.(type) {
	case graph.Open:
		r.ports[change.Stream] = change.Port
	case graph.Close:
		if port, open := r.ports[change.Node]; open {
			r.Ports.Add(port)
			delete(r.ports, change.Node)
		}
	}
}

// addressed is the agent that a message is for which the proxy handed over; nil: it is for the proxy.
func (d *Domain) addressed(p machine.Packet) *resident {
	if p.Flow.Transport != machine.Inside {
		return nil
	}
	number, fromAgent := machine.AgentOf(p.Flow)
	if fromAgent || number == 0 || int(number) > len(d.residents) {
		return nil
	}
	return d.residents[number-1]
}

// Agent is an agent of the domain, to look at; nil where there is none of that name.
func (d *Domain) Agent(name string) *ua.Agent {
	if r := d.resident(name); r != nil {
		return r.Agent
	}
	return nil
}

func (d *Domain) resident(name string) *resident {
	for _, r := range d.residents {
		if r.name == name {
			return r
		}
	}
	return nil
}

// Do runs a function as a step of an agent.
func (d *Domain) Do(now time.Time, name string, out *machine.Output, step func(a *ua.Agent)) {
	defer d.carry(now, out, len(out.Events))
	if r := d.resident(name); r != nil {
		d.within(r, out, func() { r.Do(now, out, func() { step(r.Agent) }) })
	}
}
