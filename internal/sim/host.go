package sim

import (
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Listener is one address at which a host can be reached.
type Listener struct {
	Transport machine.Transport // zero: UDP
	Address   netip.AddrPort
}

type endpoint struct {
	transport machine.Transport
	address   netip.AddrPort
}

type listener struct {
	host  *Host
	index uint16
}

// HostConfig describes a host.
type HostConfig struct {
	Name   string     // its column in the ladder
	Listen []Listener // machine.Flow.Listener is an index into it
	// Inside names the agents in the machine, in the order of their numbers (machine.AgentFlow): each has a
	// column of its own.
	Inside []string
	// Start makes the machine, at the beginning and after every restart: from what Keep
	// kept, if anything survives.
	Start func(now time.Time) machine.Machine
	// Keep stages and commits the changes of one step. An error means that none of them
	// was kept: what waited for them leaves as Send.Otherwise. Nil keeps nothing and fails never.
	Keep func(changes []any) error
	// Media is given what a step asked of the media side, Told each event; nil: nobody.
	Media func(changes []any)
	Told  func(event any)
	// Tick is the granularity of the host's timer: deadlines are kept up to this much
	// late, as by a ticker. Zero: exact.
	Tick time.Duration
}

// listening is what a machine has that wants to know about failed sends.
type listening interface {
	SendFailed(now time.Time, ticket uint64, out *machine.Output)
}

// keeping is what a machine has that wants to know what did not leave because it could not
// be kept.
type keeping interface {
	Unkept(now time.Time, ticket uint64, out *machine.Output)
}

// refusing is what a machine has that answers broken requests itself.
type refusing interface {
	Refuse(packet machine.Packet, problem *sip.StatusError, out *machine.Output)
}

// Host is a machine at its addresses.
type Host struct {
	config      HostConfig
	network     *Network
	machine     machine.Machine // nil while it is down
	life        int             // counts kills: what was begun in another life is dropped
	deadline    time.Time       // for which an event stands
	generation  int             // of that event
	stalled     int
	lastAdvance time.Time
	connections map[uint64]*streamEnd
	output      machine.Output

	// Events are what the machine told besides, the first MaxKeptEvents of them.
	Events []any
	// Refused counts messages that the parser refused on arrival.
	Refused int
}

// Add puts a host on the network and starts its machine.
func (n *Network) Add(config HostConfig) *Host {
	host := &Host{config: config, network: n}
	for i := range config.Listen {
		if config.Listen[i].Transport == 0 {
			config.Listen[i].Transport = machine.UDP
		}
		n.listeners[endpoint{config.Listen[i].Transport, config.Listen[i].Address}] = listener{host, uint16(i)}
		n.recorder.Name(config.Listen[i].Address, config.Name)
	}
	for i, name := range config.Inside {
		n.recorder.Name(host.insideAddress(i+1), name)
	}
	n.hosts = append(n.hosts, host)
	host.Restart()
	return host
}

// Name is the host's name.
func (h *Host) Name() string { return h.config.Name }

// Machine is the running machine, nil while the host is down.
func (h *Host) Machine() machine.Machine { return h.machine }

// Alive tells whether the host is up.
func (h *Host) Alive() bool { return h.machine != nil }

// Kill ends the host at once, as by kill -9: its machine, its timers, its jobs and its
// connections are gone, what it sent is still on its way.
func (h *Host) Kill() {
	h.machine = nil
	h.life++
	for _, end := range h.connections {
		end.stream.closed = true
	}
	h.connections = nil
	h.schedule()
}

// Restart starts a fresh machine, after a kill or in place of the running one.
func (h *Host) Restart() {
	if h.machine != nil {
		h.Kill()
	}
	h.connections = map[uint64]*streamEnd{}
	h.machine = h.config.Start(h.network.now)
	h.schedule()
}

// Do steps the machine from the script.
func (h *Host) Do(step func(now time.Time, out *machine.Output)) {
	if h.machine == nil {
		return
	}
	h.output.Reset()
	step(h.network.now, &h.output)
	h.finish(&h.output)
	h.schedule()
}

// schedule puts the machine's next deadline into the heap, if it changed.
func (h *Host) schedule() {
	next := time.Time{}
	if h.machine != nil {
		next = h.machine.Next()
	}
	if next.Equal(h.deadline) {
		return
	}
	h.deadline = next
	h.generation++
	if next.IsZero() {
		return
	}
	generation := h.generation
	h.network.push(h.ticked(next), func() {
		if generation != h.generation {
			return
		}
		h.deadline = time.Time{}
		h.advance()
	})
}

func (h *Host) ticked(at time.Time) time.Time {
	if late := at.Sub(h.network.config.Start); h.config.Tick > 0 && late%h.config.Tick > 0 {
		return at.Add(h.config.Tick - late%h.config.Tick)
	}
	return at
}

func (h *Host) advance() {
	if h.stalled++; h.lastAdvance.Before(h.network.now) {
		h.stalled = 0
	}
	h.lastAdvance = h.network.now
	if h.stalled > MaxStall {
		h.network.Fail(ErrStall)
		return
	}
	h.Do(h.machine.Advance)
}

// finish does what a step asks for, in the order that machine.Output promises.
func (h *Host) finish(out *machine.Output) {
	kept := true
	if len(out.Changes) > 0 && h.config.Keep != nil {
		kept = h.config.Keep(out.Changes) == nil
	}
	for _, send := range out.Sends {
		if !kept && send.Durable > 0 {
			if send.Otherwise == nil {
				h.unkept(send)
				continue
			}
			send.Data = send.Otherwise
		}
		h.send(send)
	}
	if h.config.Media != nil && len(out.Media) > 0 {
		h.config.Media(out.Media)
	}
	for _, job := range out.Jobs {
		if !kept && job.Durable > 0 {
			continue
		}
		h.later(max(0, h.network.config.JobDelay), func() {
			result := job.Run()
			h.Do(func(now time.Time, out *machine.Output) { job.Done(now, result, out) })
		})
	}
	for _, event := range out.Events {
		if len(h.Events) < MaxKeptEvents {
			h.Events = append(h.Events, event)
		}
		if h.config.Told != nil {
			h.config.Told(event)
		}
	}
}

// later runs something unless the host is killed meanwhile.
func (h *Host) later(wait time.Duration, run func()) {
	life := h.life
	h.network.push(h.network.now.Add(wait), func() {
		if life == h.life && h.machine != nil {
			run()
		}
	})
}

// failed tells the machine that a message could not be sent.
func (h *Host) failed(send machine.Send, wait time.Duration) {
	if send.Ticket == 0 {
		return
	}
	h.later(wait, func() {
		if told, ok := h.machine.(listening); ok {
			h.Do(func(now time.Time, out *machine.Output) { told.SendFailed(now, send.Ticket, out) })
		}
	})
}

// unkept tells the machine that a message did not leave.
func (h *Host) unkept(send machine.Send) {
	if send.Ticket == 0 {
		return
	}
	h.later(0, func() {
		if told, ok := h.machine.(keeping); ok {
			h.Do(func(now time.Time, out *machine.Output) { told.Unkept(now, send.Ticket, out) })
		}
	})
}
