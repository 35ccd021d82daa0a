//go:build interop

package interop

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
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
	socket  *net.UDPConn
	peer    netip.AddrPort // who is heard
	source  uint32
	sent    int  // packets
	mute    bool // it speaks by itself, and answers nothing
	keyed   bool // a key is down
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
	e := &ear{address: address, socket: socket, source: rand.Uint32()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.answer(frequency)
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-ended
	})
	return e
}

func (e *ear) answer(frequency int) {
	packet := make([]byte, 2048)
	for {
		size, from, err := e.socket.ReadFromUDPAddrPort(packet)
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
		if !e.mute {
			e.peer = from
			e.hum(frequency)
		}
		e.lock.Unlock()
	}
}

// hum sends 20 ms of a tone, with the lock held.
func (e *ear) hum(frequency int) {
	var octets []byte
	for _, sample := range tone(frequency, e.sent*frameSamples, 20*time.Millisecond) {
		octets = append(octets, toULaw(sample))
	}
	e.send(0, e.sent*frameSamples, octets)
}

// speaks has it hum to somebody by itself, until the test ends.
func (e *ear) speaks(ctx context.Context, frequency int, peer netip.AddrPort) {
	e.lock.Lock()
	e.mute, e.peer = true, peer
	e.lock.Unlock()
	for ticker := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		e.lock.Lock()
		if !e.keyed {
			e.hum(frequency)
		}
		e.lock.Unlock()
	}
}

// send sends a packet of a payload type, with a marker bit before it, with the lock held.
func (e *ear) send(payload byte, timestamp int, octets []byte) {
	packet := make([]byte, rtpHeader, rtpHeader+frameSamples)
	packet[0], packet[1] = 2<<6, payload
	binary.BigEndian.PutUint16(packet[2:], uint16(e.sent))
	binary.BigEndian.PutUint32(packet[4:], uint32(timestamp))
	binary.BigEndian.PutUint32(packet[8:], e.source)
	e.sent++
	_, _ = e.socket.WriteToUDPAddrPort(append(packet, octets...), e.peer) // a phone that hung up does not listen
}

const (
	eventPayload = 101
	keyPackets   = 5 // while a key is down: 100 ms
	endPackets   = 3 // RFC 4733 §2.5.1.4
)

// presses sends digits by RFC 4733, one by one, as a person does.
func (e *ear) presses(t testing.TB, digits string) {
	t.Helper()
	for _, digit := range digits {
		event := strings.IndexRune("0123456789*#", digit)
		e.lock.Lock()
		began := e.sent * frameSamples
		e.keyed = true
		for i := range keyPackets + endPackets {
			payload, end := byte(eventPayload), byte(10) // dBm0
			if i == 0 {
				payload |= 0x80
			}
			if i >= keyPackets {
				end |= 0x80
			}
			e.send(payload, began, binary.BigEndian.AppendUint16([]byte{byte(event), end}, uint16(min(i+1, keyPackets)*frameSamples)))
			e.lock.Unlock()
			time.Sleep(20 * time.Millisecond)
			e.lock.Lock()
		}
		e.keyed = false
		e.lock.Unlock()
		time.Sleep(150 * time.Millisecond)
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
