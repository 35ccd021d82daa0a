package transport

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSocketsShareAPort(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{ReusePort: true})
	b, err := ListenUDP(a.LocalAddr(), UDPOptions{ReusePort: true})
	if err != nil {
		t.Fatal("a second socket may have the port:", err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if c, err := ListenUDP(a.LocalAddr(), UDPOptions{}); err == nil {
		_ = c.Close()
		t.Error("a socket that didn't ask for sharing gets no share")
	}
}

func TestFamiliesAreSeparate(t *testing.T) {
	six := listenUDP(t, netip.MustParseAddrPort("[::]:0"), UDPOptions{})
	four, err := ListenUDP(netip.AddrPortFrom(netip.IPv4Unspecified(), six.LocalAddr().Port()), UDPOptions{})
	if err != nil {
		t.Fatal("an IPv6 listener leaves the port to IPv4 (IPV6_V6ONLY):", err)
	}
	t.Cleanup(func() { _ = four.Close() })
	arrivals := collect(t, four)
	sender := listenUDP(t, loopbacks[0], UDPOptions{})
	sender.Send([]Datagram{{Data: []byte("four"), To: netip.AddrPortFrom(loopbacks[0].Addr(), four.LocalAddr().Port())}})
	if got := next(t, arrivals); got.from != sender.LocalAddr() || !got.from.Addr().Is4() {
		t.Errorf("an IPv4 peer is plain IPv4: %v", got.from)
	}
}

func TestRuns(t *testing.T) {
	u := listenUDP(t, loopbacks[0], UDPOptions{})
	x, y := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")
	type piece struct {
		to     netip.AddrPort
		length int
	}
	many := func(n int, p piece) (pieces []piece) {
		for range n {
			pieces = append(pieces, p)
		}
		return pieces
	}
	for _, test := range []struct {
		reason string
		pieces []piece
		runs   int
	}{
		{"equal neighbours share a run", []piece{{x, 500}, {x, 500}, {x, 500}}, 1},
		{"a shorter one ends a run", []piece{{x, 500}, {x, 400}, {x, 400}}, 2},
		{"a longer one starts a run", []piece{{x, 400}, {x, 500}}, 2},
		{"a datagram never overtakes one to its peer", []piece{{x, 500}, {x, 600}, {x, 500}, {x, 500}}, 3},
		{"peers interleave", []piece{{x, 500}, {y, 300}, {x, 500}, {y, 300}}, 2},
		{"empty datagrams stand alone", []piece{{x, 500}, {x, 0}, {x, 0}}, 3},
		{"what a packet can't carry stands alone", []piece{{x, 2000}, {x, 2000}, {x, 500}}, 3},
		{"a run has an end", many(maxRun+1, piece{x, 500}), 2},
	} {
		s := u.takeSender()
		s.batch = nil
		for _, p := range test.pieces {
			s.batch = append(s.batch, Datagram{Data: make([]byte, p.length), To: p.to})
		}
		s.prepare()
		if s.runs != test.runs {
			t.Errorf("%s: %d runs, want %d", test.reason, s.runs, test.runs)
		}
		u.returnSender(s)
	}
}

func TestRefusedRunIsSentSingly(t *testing.T) {
	a := listenUDP(t, loopbacks[0], UDPOptions{})
	b := listenUDP(t, loopbacks[0], UDPOptions{})
	// A socket that sends no checksums may not send runs: the kernel answers EIO or EINVAL.
	_ = a.raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_NO_CHECK, 1) })
	arrivals := collect(t, b)
	sends := make([]Datagram, 5)
	for i := range sends {
		sends[i] = Datagram{Data: []byte{byte('a' + i)}, To: b.LocalAddr()}
	}
	if failed := a.Send(sends); failed != 0 {
		t.Fatalf("a refused run is sent one by one: %d failed, %v", failed, sends[0].Err)
	}
	for i := range sends {
		if got := next(t, arrivals); got.data != string(sends[i].Data) {
			t.Errorf("in order: %q at %d", got.data, i)
		}
	}
	if s := a.takeSender(); s.segment {
		t.Error("a socket that can't send runs isn't asked again")
	}
}

func TestLinkLocalPeersKeepTheirZone(t *testing.T) {
	local := netip.MustParseAddr("fe80::1")
	var name sockaddr
	if putName(&name, local, netip.MustParseAddrPort("[fe80::2%7]:5060")) == 0 {
		t.Fatal("a link-local peer has a name")
	}
	b := &Batch{}
	b.names[0] = name
	if got, want := b.peer(0), netip.MustParseAddrPort("[fe80::2%7]:5060"); got != want {
		t.Errorf("there and back: %v, want %v", got, want)
	}
}
