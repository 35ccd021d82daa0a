package media

import (
	"errors"
	"fmt"
	"net/netip"

	"hookflash/media/socket"
)

// port is a bound pair: RTP on an even port, RTCP on the next (RFC 3550, section 11). The sockets
// belong to the worker whose stream has them.
type port struct {
	number  uint16
	rtp     *socket.Socket
	control *socket.Socket
	worker  *worker // of the stream that has it, or had it last
	used    bool
}

func (p *port) close() error { return errors.Join(p.rtp.Close(), p.control.Close()) }

// Ports binds n further pairs of ports and gives the even ones. It gives fewer than n, and ErrLimit,
// when the range of Settings is used up.
func (e *Engine) Ports(n int) ([]uint16, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	var numbers []uint16
	span := (int(e.settings.Last)-int(e.settings.First)+1)/2 + 1
	for range span {
		if len(numbers) >= n {
			return numbers, nil
		}
		number := e.cursor
		e.cursor += 2
		if e.cursor >= e.settings.Last || e.cursor < number {
			e.cursor = e.settings.First
		}
		if e.ports[number] != nil {
			continue
		}
		if p := bind(e.settings.Address, number); p != nil {
			e.ports[number] = p
			numbers = append(numbers, number)
		}
	}
	if len(numbers) < n {
		return numbers, fmt.Errorf("bind %d media ports between %d and %d: %d found: %w", n, e.settings.First, e.settings.Last, len(numbers), ErrLimit)
	}
	return numbers, nil
}

// Bind binds one pair of ports by its even one, as Ports does: false when it is not of the range, bound already, or
// somebody else's.
func (e *Engine) Bind(number uint16) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed || number < e.settings.First || number > e.settings.Last || number%2 != 0 || e.ports[number] != nil {
		return false
	}
	p := bind(e.settings.Address, number)
	if p == nil {
		return false
	}
	e.ports[number] = p
	return true
}

// bind binds both sockets of a pair, or none: somebody else may have them.
func bind(address netip.Addr, number uint16) *port {
	media, err := socket.Listen(netip.AddrPortFrom(address, number))
	if err != nil {
		return nil
	}
	control, err := socket.Listen(netip.AddrPortFrom(address, number+1))
	if err != nil {
		_ = media.Close()
		return nil
	}
	return &port{number: number, rtp: media, control: control}
}
