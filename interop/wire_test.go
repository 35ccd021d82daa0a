//go:build interop

package interop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// wire listens to the RTP between phones, all of them at 127.0.0.1. baresip 1.0 stops its
// recording at a re-INVITE, so what it hears after one is taken from here. Wants root.
type wire struct {
	lock    sync.Mutex
	samples map[uint16][]int16 // by the port they went to
	packets int                // of UDP, whatever they hold
	source  netip.AddrPort     // of the newest with RTP
}

// tap opens a wire for the rest of the test.
func tap(t testing.TB) *wire {
	t.Helper()
	w := &wire{samples: make(map[uint16][]int16)}
	// UDP from 127.0.0.1 to 127.0.0.1, and nothing of what else the machine does.
	const load8, load32, equal, give = unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	err := w.open(t, "lo", []unix.SockFilter{
		{Code: load8, K: 9},
		{Code: equal, K: unix.IPPROTO_UDP, Jf: 5},
		{Code: load32, K: 12},
		{Code: equal, K: 0x7f000001, Jf: 3},
		{Code: load32, K: 16},
		{Code: equal, K: 0x7f000001, Jf: 1},
		{Code: give, K: 1 << 16},
		{Code: give, K: 0},
	})
	if err != nil {
		t.Fatalf("listening to the loopback interface wants root: %v", err)
	}
	return w
}

// tap opens a wire to what an interface of the network receives.
func (n network) tap(t testing.TB, name string) *wire {
	t.Helper()
	w := &wire{samples: make(map[uint16][]int16)}
	err := n.opens(func() error { return w.open(t, name, []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 1 << 16}}) })
	if err != nil {
		t.Fatalf("listening to %s's interface %s: %v", n.name, name, err)
	}
	return w
}

// open listens to an interface of the network that the thread is in.
func (w *wire) open(t testing.TB, name string, filter []unix.SockFilter) error {
	protocol := binary.NativeEndian.Uint16([]byte{unix.ETH_P_IP >> 8, unix.ETH_P_IP & 0xff}) // in network order
	descriptor, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)     // bound below: nothing unfiltered comes
	if err != nil {
		return err
	}
	socket := os.NewFile(uintptr(descriptor), name)
	err = unix.SetsockoptSockFprog(descriptor, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
	var listened *net.Interface
	if err == nil {
		listened, err = net.InterfaceByName(name)
	}
	if err == nil {
		err = unix.Bind(descriptor, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: listened.Index})
	}
	if err == nil { // so that the loop below looks up now and then
		err = unix.SetsockoptTimeval(descriptor, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: int64(pollPeriod / time.Microsecond)})
	}
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		w.listen(descriptor, stop)
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
		socket.Close()
	})
	return nil
}

func (w *wire) listen(descriptor int, stop <-chan struct{}) {
	packet := make([]byte, 1<<16)
	for {
		select {
		case <-stop:
			return
		default:
		}
		size, from, err := unix.Recvfrom(descriptor, packet, 0)
		if err != nil {
			continue
		}
		// Each packet passes twice, on its way out and in.
		if link, ok := from.(*unix.SockaddrLinklayer); ok && link.Pkttype != unix.PACKET_OUTGOING {
			w.take(packet[:size])
		}
	}
}

// take keeps the samples of an IPv4 packet that holds RTP with PCMU.
func (w *wire) take(packet []byte) {
	const udpHeader = 8
	header := int(packet[0]&0x0f) * 4
	if len(packet) < header+udpHeader || packet[9] != unix.IPPROTO_UDP {
		return
	}
	port := binary.BigEndian.Uint16(packet[header+2:])
	rtp := packet[header+udpHeader:]
	w.lock.Lock()
	defer w.lock.Unlock()
	w.packets++
	if len(rtp) < rtpHeader || rtp[0]>>6 != 2 || rtp[1]&0x7f != 0 {
		return
	}
	w.source = netip.AddrPortFrom(netip.AddrFrom4([4]byte(packet[12:])), binary.BigEndian.Uint16(packet[header:]))
	for _, octet := range rtp[rtpHeader:] {
		w.samples[port] = append(w.samples[port], fromULaw(octet))
	}
}

// to is what went to a phone.
func (w *wire) to(port uint16) []int16 {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.samples[port]
}

// carries waits until a tone goes to the phone, from now on.
func (w *wire) carries(t testing.TB, reason string, to *phone, frequency int) {
	t.Helper()
	port := to.mediaPort(t)
	from := len(w.to(port))
	within(t, toneLimit, fmt.Sprintf("%s: %d Hz go to %s", reason, frequency, to.user), func() bool {
		return isTone(w.to(port)[from:], frequency)
	})
}

// rests waits until nothing goes to the phone.
func (w *wire) rests(t testing.TB, reason string, to *phone) {
	t.Helper()
	w.restsAt(t, reason, to.mediaPort(t))
}

// restsAt waits until nothing goes to a port.
func (w *wire) restsAt(t testing.TB, reason string, port uint16) {
	t.Helper()
	last, quiet := -1, 0
	within(t, toneLimit, fmt.Sprintf("%s: nothing goes to port %d", reason, port), func() bool {
		if now := len(w.to(port)); now != last {
			last, quiet = now, 0
		}
		quiet++
		return quiet > quietPolls
	})
}

// quietPolls without a packet are silence: half a second, where a phone sends 25 packets.
const quietPolls = int(500 * time.Millisecond / pollPeriod)
