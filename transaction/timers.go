package transaction

// pending is the timer of a transaction that waits; at most one runs at a time. Which
// one it is follows from the transaction's state.
type pending struct {
	at     int64 // nanoseconds since the table's epoch
	index  int   // in the heap, from 1; 0: not in it
	server *Server
	client *Client
}

// timers is a heap ordered by deadline. Equal deadlines fire in the order of the heap,
// which is the same for the same history.
type timers []*pending

func (h *timers) set(p *pending, at int64) {
	if p.index != 0 {
		h.remove(p)
	}
	p.at = at
	*h = append(*h, p)
	p.index = len(*h)
	h.up(p.index - 1)
}

func (h *timers) remove(p *pending) {
	if p.index == 0 {
		return
	}
	i, last := p.index-1, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	p.index = 0
	if i < last {
		h.down(i)
		h.up(i)
	}
}

func (h timers) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

func (h timers) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h timers) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if h[i].at <= h[child].at {
			return
		}
		h.swap(i, child)
		i = child
	}
}
