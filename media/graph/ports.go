package graph

import "slices"

// MaxPorts is how many ports a Ports can hold.
const MaxPorts = 65536

// Ports is the RTP ports that the shell has bound and the machine may use. The shell adds, the
// machine takes, both within steps of the machine that owns it.
type Ports struct {
	// Bind binds a port that is not among those that are free; nil: none is. It is false when somebody else has it.
	Bind func(port uint16) bool

	free []uint16
}

// Add puts ports at the end of those that are free, and tells how many there was room for.
func (p *Ports) Add(ports ...uint16) int {
	room := min(len(ports), MaxPorts-len(p.free))
	p.free = append(p.free, ports[:room]...)
	return room
}

// Take gives the port that has been free longest; ok is false when there is none.
func (p *Ports) Take() (port uint16, ok bool) {
	if len(p.free) == 0 {
		return 0, false
	}
	port = p.free[0]
	p.free = p.free[1:]
	return port, true
}

// Claim takes that very port: one that was in use in the process before. It is false when it can't be had.
func (p *Ports) Claim(port uint16) bool {
	if i := slices.Index(p.free, port); i >= 0 {
		p.free = slices.Delete(p.free, i, i+1)
		return true
	}
	return port != 0 && p.Bind != nil && p.Bind(port)
}

// Free counts the ports that can be taken.
func (p *Ports) Free() int { return len(p.free) }
