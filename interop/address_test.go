//go:build interop

package interop

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
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

// Ports are handed out one block after another, each to one taker of this process: below the RTP ports of desks
// and the range that the kernel gives away by itself, and above the RTP ports of baresip and of our servers. Their
// addresses don't keep these apart from a linphonec, which binds its RTP port on every address.
const (
	firstPort = 30_000
	lastPort  = 32_000
	portBlock = 8 // a phone takes some beside the one it is told: RTCP, video
)

var lastBlock, startBlock = new(atomic.Uint32), rand.Uint32N((lastPort - firstPort) / portBlock)

// freePort is the first of a block of ports of the host, on which neither UDP nor TCP is taken.
func freePort(t testing.TB, host netip.Addr) netip.AddrPort {
	t.Helper()
	for range (lastPort - firstPort) / portBlock { // the media of servers takes many of an address that is shared, as ::1 is
		block := (startBlock + lastBlock.Add(1)) % ((lastPort - firstPort) / portBlock)
		address := netip.AddrPortFrom(host, uint16(firstPort+block*portBlock))
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

// portIsTaken looks without binding: who tries a port takes it from the one that is about to.
func portIsTaken(address netip.AddrPort) bool {
	port := fmt.Sprintf(":%04X ", address.Port())
	for _, table := range []string{"udp", "udp6", "tcp", "tcp6"} {
		text, _ := os.ReadFile("/proc/net/" + table) // a machine without IPv6 has no such file
		for line := range strings.Lines(string(text)) {
			if local := strings.Fields(line); len(local) > 1 && strings.HasSuffix(local[1]+" ", port) && strings.Contains(local[1], hexHost(address.Addr())) {
				return true
			}
		}
	}
	return false
}

// hexHost writes an address as the kernel's tables do: words of four octets, in the machine's order.
func hexHost(host netip.Addr) string {
	var text strings.Builder
	for word := range slices.Chunk(host.AsSlice(), 4) {
		fmt.Fprintf(&text, "%08X", binary.NativeEndian.Uint32(word))
	}
	return text.String()
}

// loopback is where phones live: baresip announces an address of its interface in SDP.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// over names an address with its transport as DESTINATION;transport=NAME of a SIP URI.
func over(transport string, address netip.AddrPort) string {
	return fmt.Sprintf("sip:%s;transport=%s", address, transport)
}
