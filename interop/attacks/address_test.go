//go:build interop

package attacks

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
)

// trustedNetwork is the one that the server under test asks for no digest. Nothing else
// that a test does comes from there.
const trustedNetwork = "127.9.9.0/24"

// freeAddress is an address of 127.0.0.0/8 outside trustedNetwork and a port of it on
// which neither UDP nor TCP is taken.
func freeAddress(t testing.TB) netip.AddrPort {
	t.Helper()
	return freePort(t, netip.AddrFrom4([4]byte{127, byte(30 + rand.IntN(200)), byte(rand.IntN(256)), byte(1 + rand.IntN(250))}))
}

// trustedAddress is a free one within trustedNetwork.
func trustedAddress(t testing.TB) netip.AddrPort {
	t.Helper()
	return freePort(t, netip.AddrFrom4([4]byte{127, 9, 9, byte(1 + rand.IntN(250))}))
}

func freePort(t testing.TB, host netip.Addr) netip.AddrPort {
	t.Helper()
	for range 100 {
		// Below the range of media, and that which the kernel gives away by itself.
		address := netip.AddrPortFrom(host, uint16(11000+rand.IntN(9000)))
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
	defer packets.Close()
	streams, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(address))
	if err != nil {
		return false
	}
	streams.Close()
	return true
}

// attackerAddress is one of many that an attacker has, all in networks of their own.
func attackerAddress(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(10 + i/65_000), byte(i / 250 % 256), byte(1 + i%250)})
}
