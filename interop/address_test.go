//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
)

// freeAddress is a loopback address and a port of it on which neither UDP nor TCP is taken.
// Each call draws another address of 127.0.0.0/8, so that what else runs on the machine,
// even a server on every address and port 5060, does not get in the way.
func freeAddress(t testing.TB) netip.AddrPort {
	t.Helper()
	host := netip.AddrFrom4([4]byte{127, byte(1 + rand.IntN(250)), byte(rand.IntN(256)), byte(1 + rand.IntN(250))})
	return freePort(t, host)
}

// freePort is a port of the host on which neither UDP nor TCP is taken.
func freePort(t testing.TB, host netip.Addr) netip.AddrPort {
	t.Helper()
	for range 100 {
		// Below the range that the kernel gives away by itself.
		address := netip.AddrPortFrom(host, uint16(11000+2*rand.IntN(10000)))
		if portIsFree(address) {
			return address
		}
	}
	t.Fatalf("no free port on %s", host)
	return netip.AddrPort{}
}

func portIsFree(address netip.AddrPort) bool {
	packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
	if err != nil {
		return false
	}
	defer func() { _ = packets.Close() }()
	streams, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(address))
	if err != nil {
		return false
	}
	return streams.Close() == nil
}

// loopback is where phones live: baresip announces an address of its interface in SDP.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// over names an address with its transport as DESTINATION;transport=NAME of a SIP URI.
func over(transport string, address netip.AddrPort) string {
	return fmt.Sprintf("sip:%s;transport=%s", address, transport)
}
