//go:build interop

package interop

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

const (
	frameSamples = sampleRate / 50 // 20 ms
	rtpHeader    = 12              // bytes, no contributing sources
)

// ear is an RTP end of the test itself, for a SIPp that announces it: it keeps what it
// hears and answers each packet with one of its own tone.
type ear struct {
	address netip.AddrPort

	lock    sync.Mutex
	samples []int16
}

// listenRTP opens an end that plays a tone.
func listenRTP(t testing.TB, frequency int) *ear {
	t.Helper()
	var address netip.AddrPort
	var socket *net.UDPConn
	eventually(t, "a port is free for RTP", func() (bound bool) { // another process may be quicker
		var err error
		address = freePort(t, loopback)
		socket, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
		return err == nil
	})
	e := &ear{address: address}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.answer(socket, frequency)
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-ended
	})
	return e
}

func (e *ear) answer(socket *net.UDPConn, frequency int) {
	source := rand.Uint32()
	packet := make([]byte, 2048)
	for sent := 0; ; {
		size, from, err := socket.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		if size < rtpHeader || packet[1]&0x7f != 0 { // PCMU only
			continue
		}
		heard := make([]int16, size-rtpHeader)
		for i, octet := range packet[rtpHeader:size] {
			heard[i] = fromULaw(octet)
		}
		e.lock.Lock()
		e.samples = append(e.samples, heard...)
		e.lock.Unlock()
		reply := make([]byte, rtpHeader, rtpHeader+frameSamples)
		reply[0] = 2 << 6
		binary.BigEndian.PutUint16(reply[2:], uint16(sent))
		binary.BigEndian.PutUint32(reply[4:], uint32(sent*frameSamples))
		binary.BigEndian.PutUint32(reply[8:], source)
		for _, sample := range tone(frequency, sent*frameSamples, 20*time.Millisecond) {
			reply = append(reply, toULaw(sample))
		}
		sent++
		_, _ = socket.WriteToUDPAddrPort(reply, from) // a phone that hung up does not listen
	}
}

// hears waits until the tone arrives.
func (e *ear) hears(t testing.TB, reason string, frequency int) {
	t.Helper()
	within(t, toneLimit, fmt.Sprintf("%s: SIPp's end hears %d Hz", reason, frequency), func() bool {
		e.lock.Lock()
		defer e.lock.Unlock()
		return isTone(e.samples, frequency)
	})
}

// toULaw and fromULaw are ITU-T G.711 §2.
func toULaw(sample int16) byte {
	const bias, clip = 0x84, 32635
	sign, magnitude := byte(0), int(sample)
	if magnitude < 0 {
		sign, magnitude = 0x80, -magnitude
	}
	magnitude = min(magnitude, clip) + bias
	exponent := 7
	for mask := 0x4000; magnitude&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent)<<4 | byte(magnitude>>(exponent+3)&0x0f))
}

func fromULaw(octet byte) int16 {
	octet = ^octet
	magnitude := (int(octet&0x0f)<<3+0x84)<<(octet>>4&0x07) - 0x84
	if octet&0x80 != 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

// TestULaw: every octet means what it says.
func TestULaw(t *testing.T) {
	for octet := range 256 {
		if back := toULaw(fromULaw(byte(octet))); fromULaw(back) != fromULaw(byte(octet)) {
			t.Errorf("octet %#02x comes back as %#02x", octet, back)
		}
	}
}
