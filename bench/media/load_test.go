package media

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"hookflash/media"
	"hookflash/media/codec"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// member is a far side of the engine: it talks, and looks at when packets come.
type member struct {
	socket   *socket.Socket
	to       netip.AddrPort // zero: it only listens
	session  *rtp.Session
	payloads [][]byte // what it says, again and again
	kind     uint8
	begin    uint32
	first    uint32 // timestamp of the first packet that came
	came     []arrival
}

// arrival is when a packet came, and when it was due by its timestamp, from that of the first packet on.
type arrival struct{ at, due time.Duration }

func members(b *testing.B, count int, format string) []*member {
	b.Helper()
	var all []*member
	for i := range count {
		s, err := socket.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		all = append(all, &member{
			socket: s, session: rtp.NewSession("member"), begin: rand.Uint32(),
			kind: formats[format].Payload, payloads: speech(b, format, i),
		})
	}
	return all
}

// speech is a second of something that is never quiet.
func speech(b *testing.B, format string, seed int) (payloads [][]byte) {
	b.Helper()
	return sound(b, format, 4000, float64(200+10*seed))
}

// sound is a second of a tone.
func sound(b *testing.B, format string, loud, hertz float64) (payloads [][]byte) {
	b.Helper()
	c, err := codec.New(formats[format])
	if err != nil {
		b.Fatal(err)
	}
	samples := c.Rate() / 50
	frame := make([]int16, samples)
	for i := range 50 {
		for j := range frame {
			at := float64(i*samples+j) / float64(c.Rate())
			frame[j] = int16(loud * math.Sin(2*math.Pi*hertz*at))
		}
		payload := make([]byte, 1000)
		n, err := c.Encode(payload, frame)
		if err != nil {
			b.Fatal(err)
		}
		payloads = append(payloads, payload[:n])
	}
	return payloads
}

func addresses(all []*member) (addresses []netip.AddrPort) {
	for _, m := range all {
		addresses = append(addresses, m.socket.Local())
	}
	return addresses
}

// play lets the members talk and listen for some time.
func play(all []*member, lasts time.Duration) {
	batch := socket.NewBatch()
	packet := make([]byte, 1500)
	began := time.Now()
	for tick := 0; time.Duration(tick)*media.Tick < lasts; tick++ {
		if wait := time.Until(began.Add(time.Duration(tick) * media.Tick)); wait > 0 {
			time.Sleep(wait)
		}
		for i, m := range all {
			if m.to.IsValid() && len(m.payloads) > 0 {
				payload := m.payloads[(tick+i)%len(m.payloads)]
				copy(packet[rtp.HeaderSize:], payload)
				n := m.session.Write(packet, rtp.Outgoing{Payload: m.kind, Timestamp: m.begin}, len(payload))
				m.begin += 160
				_ = m.socket.Send(packet[:n], m.to)
			}
			m.listen(batch)
		}
	}
}

func (m *member) listen(batch *socket.Batch) {
	for n := m.socket.Receive(batch); n > 0; n = m.socket.Receive(batch) {
		for i := range n {
			data, _, at := batch.Datagram(i)
			var header rtp.Header
			if rtp.IsControl(data) {
				continue
			}
			if _, err := header.Unmarshal(data); err == nil {
				if len(m.came) == 0 {
					m.first = header.Timestamp
				}
				m.came = append(m.came, arrival{
					at: time.Duration(at.UnixNano()), due: time.Duration(int32(header.Timestamp-m.first)) * time.Second / 8000,
				})
			}
		}
		if n < socket.BatchSize {
			return
		}
	}
}

// late counts the packets that left more than a tick later than their timestamps said, beside the
// earliest one; what was left out counts too.
func late(all []*member) (late, sent int, worst time.Duration) {
	for _, m := range all {
		if len(m.came) == 0 {
			continue
		}
		base := m.came[0].at - m.came[0].due
		for _, packet := range m.came {
			base = min(base, packet.at-packet.due)
		}
		for i, packet := range m.came {
			delay := packet.at - packet.due - base
			worst = max(worst, delay)
			if delay > media.Tick {
				late++
			}
			sent++
			if i > 0 {
				missed := int((packet.due-m.came[i-1].due)/media.Tick) - 1
				late += max(missed, 0)
				sent += max(missed, 0)
			}
		}
	}
	return late, sent, worst
}
