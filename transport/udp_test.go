package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var loopbacks = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("[::1]:0")}

func listenUDP(t testing.TB, address netip.AddrPort, options UDPOptions) *UDP {
	t.Helper()
	u, err := ListenUDP(address, options)
	if err != nil {
		t.Skipf("no socket on %v: %v", address, err)
	}
	t.Cleanup(func() { _ = u.Close() })
	return u
}

type arrival struct {
	data string
	from netip.AddrPort
}

// collect receives until the socket is closed; what arrived comes out of the channel.
func collect(t testing.TB, u *UDP) <-chan arrival {
	t.Helper()
	arrivals := make(chan arrival, 4096)
	done := make(chan error, 1)
	go func() {
		done <- u.Receive(NewBatch(), func(b *Batch) {
			for i := range b.Len() {
				data, from := b.Datagram(i)
				arrivals <- arrival{string(data), from}
			}
		})
		close(arrivals)
	}()
	t.Cleanup(func() {
		_ = u.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a closed socket ends Receive with net.ErrClosed: %v", err)
		}
	})
	return arrivals
}

func next(t testing.TB, arrivals <-chan arrival) arrival {
	t.Helper()
	select {
	case a := <-arrivals:
		return a
	case <-time.After(10 * time.Second):
		t.Fatal("a datagram on loopback arrives")
		return arrival{}
	}
}

func TestDatagramsArriveInOrderWithTheirSender(t *testing.T) {
	for _, address := range loopbacks {
		for name, options := range map[string]UDPOptions{"plain": {NoSegments: true}, "segments": {}, "rests": {Coalesce: MaxCoalesce}} {
			t.Run(fmt.Sprintf("%v %s", address.Addr(), name), func(t *testing.T) {
				a := listenUDP(t, address, options)
				b := listenUDP(t, address, options)
				arrivals := collect(t, b)
				var sends []Datagram
				for i := range 3*BatchSize + 5 {
					length := []int{700, 700, 700, 350, 700, 0, 1, 9000}[i%8]
					data := bytes.Repeat([]byte{byte(i)}, length)
					sends = append(sends, Datagram{Data: data, To: b.LocalAddr()})
				}
				if failed := a.Send(sends); failed != 0 {
					t.Fatalf("everything leaves: %d failed, first %v", failed, sends[0].Err)
				}
				for i, sent := range sends {
					got := next(t, arrivals)
					if got.data != string(sent.Data) {
						t.Fatalf("datagram %d arrives whole and in its place: %d bytes, want %d", i, len(got.data), len(sent.Data))
					}
					if got.from != a.LocalAddr() {
						t.Fatalf("the sender's address is plain: %v, want %v", got.from, a.LocalAddr())
					}
				}
			})
		}
	}
}

func TestOneFailureDoesNotStopTheOthers(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	b := listenUDP(t, loopbacks[0], UDPOptions{})
	arrivals := collect(t, b)
	to := b.LocalAddr()
	sends := []Datagram{
		{Data: []byte("first"), To: to},
		{Data: []byte("other family"), To: netip.MustParseAddrPort("[::1]:9")},
		{Data: []byte("no address")},
		{Data: make([]byte, 65_508), To: to}, // one more than UDP over IPv4 can carry
		{Data: []byte("no route"), To: netip.MustParseAddrPort("255.255.255.255:0")},
		{Data: []byte("last"), To: to},
	}
	if failed := a.Send(sends); failed != 4 {
		t.Errorf("four can't leave: %d failed", failed)
	}
	for i, want := range []bool{true, false, false, false, false, true} {
		if (sends[i].Err == nil) != want {
			t.Errorf("datagram %d: err %v, want sent %v", i, sends[i].Err, want)
		}
	}
	if first, last := next(t, arrivals).data, next(t, arrivals).data; first != "first" || last != "last" {
		t.Errorf("the good ones arrive: %q %q", first, last)
	}
	if c := a.Counts(); c.Sent != 2 || c.Failed != 4 || c.Dropped != 0 {
		t.Errorf("counted: %+v", c)
	}
}

func TestLargestDatagramIsWhole(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	arrivals := collect(t, a)
	largest := bytes.Repeat([]byte("x"), 65_507)
	sends := []Datagram{{Data: largest, To: a.LocalAddr()}}
	if a.Send(sends) != 0 {
		t.Fatal("65,507 bytes are the largest payload over IPv4:", sends[0].Err)
	}
	if got := next(t, arrivals); got.data != string(largest) {
		t.Errorf("it arrives whole: %d bytes", len(got.data))
	}
}

func TestSendersShareASocket(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	b := listenUDP(t, loopbacks[0], UDPOptions{})
	arrivals := collect(t, b)
	const senders, each = 8, 100
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := range each {
				sends := [2]Datagram{}
				for j := range sends {
					sends[j] = Datagram{Data: fmt.Appendf(nil, "%d %d", sender, 2*i+j), To: b.LocalAddr()}
				}
				if a.Send(sends[:]) != 0 {
					t.Error("everything leaves:", sends[0].Err, sends[1].Err)
				}
			}
		})
	}
	var last [senders]int
	for range 2 * senders * each {
		var sender, i int
		if _, err := fmt.Sscanf(next(t, arrivals).data, "%d %d", &sender, &i); err != nil {
			t.Fatal("datagrams don't mix:", err)
		}
		if i != last[sender] {
			t.Fatalf("each sender's datagrams keep their order: %d after %d", i, last[sender])
		}
		last[sender]++
	}
	group.Wait()
}

func TestClosedSocketSaysSo(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	sends := []Datagram{{Data: []byte("late"), To: a.LocalAddr()}}
	if a.Send(sends) != 1 || !errors.Is(sends[0].Err, net.ErrClosed) {
		t.Error("a send after close reports net.ErrClosed:", sends[0].Err)
	}
}

func TestBuffersAreReported(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{ReceiveBuffer: 256 << 10, SendBuffer: -1})
	receive, send := a.Buffers()
	if receive.Asked != 256<<10 || receive.Granted <= 0 {
		t.Errorf("what was asked and granted is told: %+v", receive)
	}
	if send.Clamped() {
		t.Errorf("nothing was asked for sending, so nothing is clamped: %+v", send)
	}
	if !(Buffer{Asked: 8 << 20, Granted: 208 << 10}).Clamped() {
		t.Error("less than asked is clamped")
	}
}

func TestOptionsHaveLimits(t *testing.T) {
	for _, rest := range []time.Duration{-1, time.Second} {
		if _, err := ListenUDP(loopbacks[0], UDPOptions{Coalesce: rest}); err == nil {
			t.Errorf("a rest of %v is refused", rest)
		}
	}
	if _, err := ListenUDP(netip.MustParseAddrPort("192.0.2.1:5060"), UDPOptions{}); err == nil {
		t.Error("an address that isn't ours is refused")
	}
}

func TestNothingIsAllocatedPerBatch(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	b := listenUDP(t, loopbacks[0], UDPOptions{})
	var replies [BatchSize]Datagram
	go func() {
		_ = b.Receive(NewBatch(), func(batch *Batch) {
			for i := range batch.Len() {
				replies[i].Data, replies[i].To = batch.Datagram(i)
			}
			b.Send(replies[:batch.Len()])
		})
	}()
	var received atomic.Int64
	echoed := make(chan struct{}, 1)
	go func() {
		_ = a.Receive(NewBatch(), func(batch *Batch) {
			if received.Add(int64(batch.Len()))%8 == 0 {
				echoed <- struct{}{}
			}
		})
	}()
	sends := make([]Datagram, 8)
	for i := range sends {
		sends[i] = Datagram{Data: make([]byte, 500+i%2), To: b.LocalAddr()}
	}
	sends[7].Data = make([]byte, 600)
	allocations := testing.AllocsPerRun(200, func() {
		a.Send(sends)
		<-echoed
	})
	if allocations != 0 {
		t.Errorf("eight datagrams there and back cost no allocation: %v", allocations)
	}
}
