package phone

import (
	"errors"
	"net"
	"net/netip"
)

// deaf is the media side before there is one.
type deaf struct{}

func (deaf) Apply([]any) error           { return nil }
func (deaf) Ports(int) ([]uint16, error) { return nil, nil }
func (deaf) Close() error                { return nil }

// mute binds ports and leaves them alone: calls are set up, and nothing is heard. It is owned by
// the phone's mutex.
type mute struct {
	address netip.Addr
	sockets []net.PacketConn
}

func (m *mute) Apply([]any) error { return nil }

func (m *mute) Ports(n int) (ports []uint16, err error) {
	for tries := 0; len(ports) < n && tries < 10*n; tries++ {
		socket, err := net.ListenPacket("udp", netip.AddrPortFrom(m.address, 0).String())
		if err != nil {
			return ports, err
		}
		port := socket.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		m.sockets = append(m.sockets, socket)
		if port%2 == 0 { // RFC 3550 §11; the odd ones stay bound, so that they don't come again
			ports = append(ports, port)
		}
	}
	return ports, nil
}

func (m *mute) Close() error {
	var failures []error
	for _, socket := range m.sockets {
		failures = append(failures, socket.Close())
	}
	return errors.Join(failures...)
}
