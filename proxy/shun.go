package proxy

import (
	"net/netip"
	"time"

	"hookflash/machine"
)

const (
	maxShunned = 1024             // next hops kept in mind as failing; the one that failed first is forgotten
	shunFor    = 30 * time.Second // after silence or a refused connection
	maxShun    = time.Hour        // whatever a Retry-After says
)

// shunned are the next hops that failed, and until when others are asked before them.
// They are asked all the same where there are no others.
type shunned struct {
	until map[peer]time.Time
	order []peer // as they were added
}

// peer is where a next hop listens.
type peer struct {
	transport machine.Transport
	remote    netip.AddrPort
}

// shun keeps in mind that an alternative failed. Phones are not shunned, but for names:
// they have no choice of addresses.
func (m *Machine) shun(now time.Time, t *target, period time.Duration) {
	if !t.located && t.trunk == nil {
		return
	}
	s := &m.shunned
	key := peer{t.flow.Transport, t.flow.Remote}
	if _, known := s.until[key]; !known {
		if len(s.order) >= maxShunned {
			delete(s.until, s.order[0])
			s.order = s.order[1:]
		}
		if s.until == nil {
			s.until = map[peer]time.Time{}
		}
		s.order = append(s.order, key)
	}
	s.until[key] = now.Add(period)
}

func (s *shunned) has(now time.Time, flow machine.Flow) bool {
	return s.until[peer{flow.Transport, flow.Remote}].After(now)
}
