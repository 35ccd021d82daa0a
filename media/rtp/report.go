package rtp

import (
	"fmt"
	"time"

	"github.com/pion/rtcp"
)

// MaxControl is the longest RTCP packet that is looked at, in bytes.
const MaxControl = 1500

// reported is what the far side said of our stream.
type reported struct {
	lost      int32
	jitter    time.Duration
	roundTrip time.Duration
	bye       bool
}

// Moment is one instant on both clocks.
type Moment struct {
	Since     time.Duration // on the clock of Receive
	Wall      time.Time     // for the sender report
	Timestamp uint32        // what a packet sent now would carry
	Clock     uint32        // of Timestamp, in Hz
}

// Report makes a compound packet (RFC 3550, section 6.1): a sender report if something was sent
// since the last one, else a receiver report, our CNAME, and a BYE with the last one.
func (s *Session) Report(now Moment, bye bool) ([]byte, error) {
	var reports []rtcp.ReceptionReport
	if s.received.known {
		reports = []rtcp.ReceptionReport{s.received.report(now.Since)}
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.SSRC, Reports: reports}
	if s.sent.recently {
		first = &rtcp.SenderReport{
			SSRC: s.SSRC, NTPTime: ntp(now.Wall), RTPTime: now.Timestamp,
			PacketCount: s.sent.packets, OctetCount: s.sent.octets, Reports: reports,
		}
	}
	s.sent.recently, s.spoke = false, true
	packets := []rtcp.Packet{first, rtcp.NewCNAMESourceDescription(s.SSRC, s.Name)}
	if bye {
		packets = append(packets, &rtcp.Goodbye{Sources: []uint32{s.SSRC}})
	}
	text, err := rtcp.Marshal(packets)
	if err != nil {
		return nil, fmt.Errorf("report on an RTP session: %w", err)
	}
	return text, nil
}

// Spoke tells whether anything was ever sent: who has not spoken says no goodbye (RFC 3550 §6.3.7).
func (s *Session) Spoke() bool { return s.spoke || s.sent.packets > 0 }

// report makes our report on the far side's stream (RFC 3550, appendix A.3).
func (r *received) report(now time.Duration) rtcp.ReceptionReport {
	expected := r.expected()
	lost := int32(expected - r.packets)
	lostNow := int32(expected-r.before.expected) - int32(r.packets-r.before.packets)
	fraction := uint8(0)
	if passed := expected - r.before.expected; passed > 0 && lostNow > 0 {
		fraction = uint8(min(uint32(lostNow)<<8/passed, 255))
	}
	r.before = reception{expected, r.packets}
	report := rtcp.ReceptionReport{
		SSRC: r.ssrc, FractionLost: fraction, TotalLost: uint32(min(max(lost, 0), 0x7fffff)),
		LastSequenceNumber: r.extended(), Jitter: r.jitter >> 4, LastSenderReport: r.lastSR,
	}
	if r.lastSR != 0 {
		report.Delay = units65536(now - r.lastSRAt)
	}
	return report
}

// Control reads a compound packet from the far side. What isn't about this session is skipped.
func (s *Session) Control(packet []byte, now Moment) error {
	if len(packet) > MaxControl {
		return fmt.Errorf("read RTCP: %d bytes, at most %d", len(packet), MaxControl)
	}
	packets, err := rtcp.Unmarshal(packet)
	if err != nil {
		return fmt.Errorf("read RTCP: %w", err)
	}
	for _, part := range packets {
		switch part := part.(type) {
		case *rtcp.SenderReport:
			if s.received.known && part.SSRC == s.received.ssrc {
				s.received.lastSR = uint32(part.NTPTime >> 16)
				s.received.lastSRAt = now.Since
			}
			s.hear(part.Reports, now)
		case *rtcp.ReceiverReport:
			s.hear(part.Reports, now)
		case *rtcp.Goodbye:
			s.reported.bye = true
		}
	}
	return nil
}

// hear takes what the far side reports of us.
func (s *Session) hear(reports []rtcp.ReceptionReport, now Moment) {
	for _, report := range reports {
		if report.SSRC != s.SSRC {
			continue
		}
		s.reported.lost = int32(report.TotalLost<<8) >> 8 // 24 bits, signed
		s.reported.jitter = duration(report.Jitter, now.Clock)
		if report.LastSenderReport != 0 {
			// RFC 3550, section 6.4.1: A - LSR - DLSR, in 1/65536 s.
			trip := int32(uint32(ntp(now.Wall)>>16) - report.LastSenderReport - report.Delay)
			s.reported.roundTrip = time.Duration(max(trip, 0)) * time.Second / 65536
		}
	}
}

// Left tells whether the far side has said BYE.
func (s *Session) Left() bool { return s.reported.bye }

// ntp is the time as RFC 3550, section 4 wants it: seconds since 1900, and their fraction.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

func units65536(d time.Duration) uint32 { return uint32(int64(max(d, 0)) * 65536 / int64(time.Second)) }
