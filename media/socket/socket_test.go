package socket

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

func listen(t testing.TB, address string) *Socket {
	t.Helper()
	s, err := Listen(netip.AddrPortFrom(netip.MustParseAddr(address), 0))
	if err != nil {
		t.Skipf("no sockets on %s here: %v", address, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// await polls until something came: the kernel delivers on loopback at once, others soon.
func await(s *Socket, b *Batch) int {
	for range 1000 {
		if n := s.Receive(b); n > 0 {
			return n
		}
		time.Sleep(time.Millisecond)
	}
	return 0
}

func TestSendAndReceive(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		t.Run(address, func(t *testing.T) {
			a, b := listen(t, address), listen(t, address)
			batch := NewBatch()
			if n := b.Receive(batch); n != 0 {
				t.Errorf("nothing has come yet: %d", n)
			}
			before := time.Now()
			for round := range 3 {
				text := bytes.Repeat([]byte{byte(round + 1)}, 172)
				if err := a.Send(text, b.Local()); err != nil {
					t.Fatal(err)
				}
				if n := await(b, batch); n != 1 {
					t.Fatalf("%d datagrams, not 1", n)
				}
				data, from, at := batch.Datagram(0)
				if !bytes.Equal(data, text) || from != a.Local() || cap(data) < MaxDatagram {
					t.Errorf("% x from %v, not what %v sent", data, from, a.Local())
				}
				if at.Before(before.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
					t.Errorf("it came at %v, not now", at)
				}
			}
		})
	}
}

func TestLongDatagramsAreEmpty(t *testing.T) {
	a, b := listen(t, "127.0.0.1"), listen(t, "127.0.0.1")
	if err := a.Send(make([]byte, MaxDatagram+1), b.Local()); err != nil {
		t.Fatal(err)
	}
	batch := NewBatch()
	if n := await(b, batch); n != 1 {
		t.Fatal("nothing came")
	}
	if data, _, _ := batch.Datagram(0); len(data) != 0 {
		t.Errorf("%d bytes of a truncated datagram", len(data))
	}
}

func TestSendToAnotherFamily(t *testing.T) {
	a := listen(t, "127.0.0.1")
	if err := a.Send([]byte{1}, netip.MustParseAddrPort("[::1]:9")); err == nil {
		t.Error("an IPv4 socket sends nothing to an IPv6 address")
	}
}

func TestNoAllocation(t *testing.T) {
	a, b := listen(t, "127.0.0.1"), listen(t, "127.0.0.1")
	batch := NewBatch()
	data := make([]byte, 172)
	to := b.Local()
	if n := testing.AllocsPerRun(200, func() {
		_ = a.Send(data, to)
		for i := range b.Receive(batch) {
			batch.Datagram(i)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkSendReceive(b *testing.B) {
	one, two := listen(b, "127.0.0.1"), listen(b, "127.0.0.1")
	batch := NewBatch()
	data := make([]byte, 172)
	for b.Loop() {
		_ = one.Send(data, two.Local())
		two.Receive(batch)
	}
}

func BenchmarkNothing(b *testing.B) {
	s := listen(b, "127.0.0.1")
	batch := NewBatch()
	for b.Loop() {
		s.Receive(batch)
	}
}
