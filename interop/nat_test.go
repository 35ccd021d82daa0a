//go:build interop

package interop

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const (
	sipPort    = 5060
	firstMedia = 40_000 // of the server's
	lastMedia  = 41_999
	attackTone = 2350 // Hz
)

// The addresses of hosts that all can reach (RFC 5737).
var (
	serverHost   = netip.MustParseAddr("203.0.113.1")
	publicHost   = netip.MustParseAddr("203.0.113.50")
	attackerHost = netip.MustParseAddr("203.0.113.66")
)

// home is a telephone behind a router of its own, which translates its addresses and ports, each to a random one, and
// lets in nothing but what answers something that went out.
type home struct {
	router, inner network
	public        netip.Addr
	private       netip.Addr // of the telephone
	out           *wire      // what comes from here
}

// builds makes a home beside a server.
func (n network) builds(t testing.TB, name string, number byte) home {
	t.Helper()
	h := home{
		router: makeNetwork(t, name+"-router", ""), inner: makeNetwork(t, name+"-inner", ""),
		public: netip.AddrFrom4([4]byte{203, 0, 113, 10 + number}), private: netip.AddrFrom4([4]byte{10, 9, number, 2}),
	}
	n.joins(t, h.router, serverHost, h.public)
	h.out = n.tap(t, h.router.name)
	h.router.joins(t, h.inner, h.private.Prev(), h.private)
	h.router.does(t, fmt.Sprintf(`echo 1 >/proc/sys/net/ipv4/ip_forward
iptables -P INPUT DROP
iptables -P FORWARD DROP
iptables -A FORWARD -i %s -j ACCEPT
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -t nat -A POSTROUTING -o uplink -j MASQUERADE --random-fully`, h.inner.name))
	return h
}

// speaksFrom is where sound came from last.
func (h home) speaksFrom() netip.AddrPort {
	h.out.lock.Lock()
	defer h.out.lock.Unlock()
	return h.out.source
}

// mapsAnew has the router forget from which ports the telephone speaks. SIP, where nothing is said meanwhile, keeps its own.
func (h home) mapsAnew(t testing.TB) {
	t.Helper()
	before := h.speaksFrom()
	const lifetimes = "cd /proc/sys/net/netfilter\necho %d >nf_conntrack_udp_timeout\necho %d >nf_conntrack_udp_timeout_stream"
	h.router.does(t, fmt.Sprintf(lifetimes, 0, 0)) // seconds after a packet
	eventually(t, "the NAT gives the sound another port", func() bool { return h.speaksFrom() != before })
	h.router.does(t, fmt.Sprintf(lifetimes, 60, 60))
}

// phone starts the telephone of the home.
func (h home) phone(t testing.TB, s *server, a account) *natted {
	t.Helper()
	a.home, a.host = h.inner, h.private
	return &natted{phone: s.phone(t, a), home: h, heard: h.inner.tap(t, uplink)}
}

// natted is a telephone, most often behind a NAT, and what reaches it: its recording stops at a re-INVITE.
type natted struct {
	*phone
	home  home
	heard *wire
}

// listens waits until the telephone hears a tone, from now on.
func (n *natted) listens(t testing.TB, reason string, frequency int) {
	t.Helper()
	n.heard.carries(t, reason, n.phone, frequency)
}

// togetherBehind: two hear each other.
func togetherBehind(t testing.TB, reason string, one, other *natted) {
	t.Helper()
	one.listens(t, reason, other.tone)
	other.listens(t, reason, one.tone)
}

// held: one holds and resumes; the attacker sprays when nobody speaks from there, and a new port may follow.
func held(t testing.TB, holder, other *natted, a *attacker) {
	t.Helper()
	holder.do(t, "hold", "")
	other.listens(t, "held", musicTone)
	a.sprays(t)
	holder.do(t, "resume", "")
	togetherBehind(t, "resumed", holder, other)
}

// serveInside starts a server for all telephones in a network; its music is a tone.
func (n network) serveInside(t testing.TB) *server {
	t.Helper()
	s := &server{t: t, address: netip.AddrPortFrom(serverHost, sipPort), folder: t.TempDir(), setting: setting{
		users: []string{having("alice", `numbers: ["1001"]`), having("bob", `numbers: ["1002"]`), having("carol", `numbers: ["1003"]`)},
		more:  musical(t, fmt.Sprintf("ports: %d-%d", firstMedia, lastMedia)) + "assist: all\n",
	}}
	s.http = netip.AddrPortFrom(loopback, 8080)
	s.configure(t)
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s.process = start(t, "hookflash", n.inside(path, "serve", "--config", s.file()))
	s.logged(t, "the server is ready", `"msg":"serving"`)
	return s
}

// attacker is who has no part in a call, and knows from which ports the server speaks.
type attacker struct {
	network
	received *wire
	socket   *net.UDPConn
	round    int
}

func newAttacker(t testing.TB, server network) *attacker {
	t.Helper()
	a := &attacker{network: makeNetwork(t, "attacker", "")}
	server.joins(t, a.network, serverHost, attackerHost)
	// What goes to private addresses without a NAT between goes wrong, and to the worst of all hosts.
	server.does(t, fmt.Sprintf("ip route add 10.0.0.0/8 via %s", attackerHost))
	a.received = a.tap(t, uplink)
	err := a.opens(func() (err error) {
		a.socket, err = net.ListenUDP("udp", &net.UDPAddr{IP: attackerHost.AsSlice(), Port: firstMedia})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.socket.Close() })
	return a
}

// sprays sends packets of a tone to all ports from which the server may speak.
func (a *attacker) sprays(t testing.TB) {
	t.Helper()
	const rounds = 5
	for range rounds {
		a.round++
		packet := make([]byte, rtpHeader, rtpHeader+frameSamples)
		packet[0] = 2 << 6
		binary.BigEndian.PutUint16(packet[2:], uint16(a.round))
		binary.BigEndian.PutUint32(packet[4:], uint32(a.round*frameSamples))
		binary.BigEndian.PutUint32(packet[8:], attackTone)
		for _, sample := range tone(attackTone, a.round*frameSamples, 20*time.Millisecond) {
			packet = append(packet, toULaw(sample))
		}
		for port := uint16(firstMedia); port <= lastMedia; port++ {
			if _, err := a.socket.WriteToUDPAddrPort(packet, netip.AddrPortFrom(serverHost, port)); err != nil {
				t.Fatalf("spraying port %d: %v", port, err)
			}
		}
	}
}

// fails: nothing was sent to the attacker, and nobody heard its tone.
func (a *attacker) fails(t testing.TB, listeners ...*natted) {
	t.Helper()
	a.received.lock.Lock()
	packets := a.received.packets
	a.received.lock.Unlock()
	if packets != 0 {
		t.Errorf("%d packets of the server went to who has no part in the call", packets)
	}
	for _, l := range listeners {
		samples := l.heard.to(l.mediaPort(t))
		for at := 0; at+frameSamples <= len(samples); at += frameSamples {
			if frame := samples[at : at+frameSamples]; power(frame) > 50*50 && share(frame, attackTone) > 0.5 {
				t.Fatalf("%s hears who has no part in the call, after %d samples of %d", l.user, at, len(samples))
			}
		}
	}
}

// TestNAT: telephones that name private addresses and ports which are not theirs outside are registered, called, heard,
// held and transferred, because they are answered where their packets came from. Who sprays the server's ports meanwhile
// is neither heard nor sent anything.
func TestNAT(t *testing.T) {
	t.Parallel()
	center := makeNetwork(t, "center", "")
	a := newAttacker(t, center)
	one, other, third := center.builds(t, "one", 1), center.builds(t, "other", 2), makeNetwork(t, "third", "")
	center.joins(t, third, serverHost, publicHost)
	s := center.serveInside(t)
	alice, bob := one.phone(t, s, account{user: "alice", tone: aliceTone}), other.phone(t, s, account{user: "bob", tone: bobTone})
	carol := home{inner: third, private: publicHost}.phone(t, s, account{user: "carol", tone: carolTone})
	for _, p := range []*natted{alice, bob} {
		if answer := p.newest(false, " REGISTER\n"); strings.Contains(answer.text, fmt.Sprintf("rport=%d", sipPort)) ||
			!strings.Contains(answer.text, "received="+p.home.public.String()) {
			t.Fatalf("the NAT gives %s's phone another port:\n%s", p.user, answer.text)
		}
	}

	alice.do(t, "dial", "sip:bob@"+domain)
	bob.expect(t, "the call arrives", "CALL_INCOMING")
	a.sprays(t) // nobody has spoken yet
	bob.do(t, "accept", "")
	alice.expect(t, "the call is answered", "CALL_ESTABLISHED")
	bob.expect(t, "the answer is acknowledged", "CALL_ESTABLISHED")
	alice.hears(t, "the callee speaks", bobTone)
	bob.hears(t, "the caller speaks", aliceTone)
	a.sprays(t)
	togetherBehind(t, "they talk on", alice, bob)
	for _, p := range []*natted{alice, bob} {
		if from := p.home.speaksFrom(); from.Addr() != p.home.public || from.Port() == p.mediaPort(t) {
			t.Fatalf("%s speaks from %s, and names port %d: the NAT changes both", p.user, from, p.mediaPort(t))
		}
	}
	held(t, alice, bob, a)
	a.fails(t, alice, bob)

	one.mapsAnew(t)
	alice.heard.silence(t, "what is sent to the old port is lost", alice.mediaPort(t))
	bob.heard.silence(t, "the new port may be anybody's", bob.mediaPort(t))
	held(t, alice, bob, a)

	bob.presses(t, "##1003#")
	carol.answers(t)
	bob.expect(t, "he is hung up", "CALL_CLOSED")
	togetherBehind(t, "transferred", alice, carol)
	a.sprays(t)
	togetherBehind(t, "they talk on", alice, carol)
	hangUp(t, alice.phone, carol.phone)

	dial(t, carol.phone, bob.phone, "sip:bob@"+domain)
	hangUp(t, carol.phone, bob.phone)
	a.fails(t, alice, bob, carol)
}
