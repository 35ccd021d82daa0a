//go:build interop

package attacks

import (
	network "encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/sdp"
)

const (
	packetTime = 20 * time.Millisecond
	eventType  = 101 // payload type of telephone events in offerOf
)

// talker is the media side of a call: it sends sound and keys, and hears whether anything comes.
type talker struct {
	socket    *net.UDPConn
	to        netip.AddrPort
	source    uint32
	sequence  uint16
	timestamp uint32
}

// newTalker is one on a free port of a host.
func newTalker(t testing.TB, host netip.Addr) *talker {
	t.Helper()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(freePort(t, host)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return &talker{socket: socket, source: rand.Uint32()}
}

// offer describes G.711 and telephone events (RFC 4733) at the talker's port.
func (k *talker) offer() string {
	local := k.socket.LocalAddr().(*net.UDPAddr).AddrPort()
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n", local.Addr(), local.Port())
}

// meet takes from an answer where to send.
func (k *talker) meet(answer string) error {
	session, err := sdp.Parse(answer)
	if err != nil || len(session.Media) == 0 {
		return fmt.Errorf("no answer to send to: %v", err)
	}
	for line := range strings.Lines(answer) {
		var host string
		if n, _ := fmt.Sscanf(line, "c=IN IP4 %s", &host); n == 1 {
			address, err := netip.ParseAddr(host)
			k.to = netip.AddrPortFrom(address, session.Media[0].Port)
			return err
		}
	}
	return fmt.Errorf("no address in %q", answer)
}

func (k *talker) packet(kind byte, timestamp uint32, payload []byte) {
	packet := network.BigEndian.AppendUint16([]byte{0x80, kind}, k.sequence)
	packet = network.BigEndian.AppendUint32(packet, timestamp)
	packet = network.BigEndian.AppendUint32(packet, k.source)
	_, _ = k.socket.WriteToUDPAddrPort(append(packet, payload...), k.to) // what can't be sent is lost, as on a wire
	k.sequence++
}

// talk sends a loud square wave for as long.
func (k *talker) talk(length time.Duration) {
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = []byte{0x20, 0xa0}[i/8%2]
	}
	each := time.NewTicker(packetTime)
	defer each.Stop()
	for range length / packetTime {
		<-each.C
		k.packet(0, k.timestamp, payload)
		k.timestamp += 160
	}
}

// press sends digits as telephone events, three packets to begin and three to end each.
func (k *talker) press(digits string) {
	for _, digit := range digits {
		code := byte(strings.IndexRune("0123456789*#", digit))
		for i := range 6 {
			payload := []byte{code, 10, 0, 0}
			if i >= 3 {
				payload[1] |= 0x80
			}
			network.BigEndian.PutUint16(payload[2:], uint16(160*min(i+1, 4)))
			k.packet(eventType, k.timestamp, payload)
			time.Sleep(2 * time.Millisecond)
		}
		k.timestamp += 1600
		time.Sleep(10 * time.Millisecond)
	}
}

// callWithMedia makes a call whose media come from a talker.
func (p *phone) callWithMedia(t testing.TB, uri string, change func(*request)) (*call, *talker, int) {
	t.Helper()
	k := newTalker(t, p.local.Addr())
	r := p.request("INVITE", uri)
	r.body = k.offer()
	if change != nil {
		change(r)
	}
	c, code := p.tryCall(r)
	if c == nil {
		return nil, nil, code
	}
	if err := k.meet(c.ok.Body()); err != nil {
		t.Errorf("%s calls %s: %v", p.name, uri, err)
	}
	return c, k, code
}

// press sends digits as INFO requests, one after the other, and gives the last answer; 0 for none.
func (c *call) press(digits string) (code int) {
	for _, digit := range digits {
		c.invite.cseq++
		r := c.request("INFO")
		r.body = "Signal=" + string(digit) + "\r\nDuration=100\r\n"
		r.fields = append(r.fields, "Content-Type: application/dtmf-relay")
		c.phone.sign(r)
		response, err := c.phone.once(r, timerB)
		if err != nil {
			return 0
		}
		code = response.StatusCode()
	}
	return code
}
