//go:build interop

package interop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// plainPhone starts a SIPp that sends neither Supported nor Allow, for one call; it is registered unless it calls. Its
// person hums a tone.
func (s *server) plainPhone(t testing.TB, name, user string, frequency int, keys ...string) *stranger {
	t.Helper()
	host := netip.AddrFrom4([4]byte{127, 66, byte(rand.IntN(256)), byte(1 + rand.IntN(250))})
	r := &stranger{ears: [2]*ear{listenRTP(t, frequency)}}
	with := scenario{name: name, remote: s.address, local: freePort(t, host), calls: 1, keys: map[string]string{
		"user": user, "rtp_port": fmt.Sprint(r.ears[0].address.Port()),
	}}
	for i := 0; i+1 < len(keys); i += 2 {
		with.keys[keys[i]] = keys[i+1]
	}
	calls := with.keys["target"] != ""
	if !calls {
		sipp(t, scenario{
			name: "plain_present", remote: s.address, local: freePort(t, host), calls: 1,
			keys: map[string]string{"user": user, "port": fmt.Sprint(with.local.Port())},
		}).succeeds(t, user+" registers", patience)
	}
	r.sippRun = sipp(t, with)
	if !calls {
		r.listening(t)
	}
	go r.speak(t.Context(), frequency)
	return r
}

// speak has the person hum as soon as it is known to whom.
func (r *stranger) speak(ctx context.Context, frequency int) {
	own := fmt.Sprint(r.ears[0].address.Port())
	for ; ctx.Err() == nil; time.Sleep(pollPeriod) {
		parts := strings.Split(strings.ReplaceAll(fileText(r.messages), "\r\n", "\n"), "\nc=IN IP4 ")
		for _, part := range parts[1:] {
			address, rest, _ := strings.Cut(part, "\n")
			_, rest, _ = strings.Cut(rest, "m=audio ")
			port, _, described := strings.Cut(rest, " ")
			if peer, err := netip.ParseAddrPort(address + ":" + port); described && err == nil && port != own {
				r.ears[0].speaks(ctx, frequency, peer)
				return
			}
		}
	}
}

// called starts a plain telephone that is called once, calls one that calls somebody.
func (s *server) called(t testing.TB, user string, frequency int) *stranger {
	t.Helper()
	return s.plainPhone(t, "plain_called", user, frequency)
}

func (s *server) plainCall(t testing.TB, user string, frequency int, target string) *stranger {
	t.Helper()
	return s.plainPhone(t, "plain_calls", user, frequency, "target", target)
}

// next has a plain telephone take its next step, which mostly is to hang up.
func (r *stranger) next(t testing.TB) {
	t.Helper()
	id := ""
	for line := range strings.Lines(strings.ReplaceAll(fileText(r.messages), "\r\n", "\n")) {
		if value, found := strings.CutPrefix(line, "Call-ID: "); found {
			id = strings.TrimSpace(value)
			break
		}
	}
	r.goOn(t, id)
}

// pair is Alice and Bob, who talk; both telephones are plain.
func (s *server) pair(t testing.TB) (alice, bob *stranger) {
	t.Helper()
	bob = s.called(t, "bob", bobTone)
	alice = s.plainCall(t, "alice", aliceTone, "sip:bob@"+domain)
	together(t, "they talk", alice, aliceTone, bob, bobTone)
	return alice, bob
}

// together: two hear each other.
func together(t testing.TB, reason string, one *stranger, oneTone int, other *stranger, otherTone int) {
	t.Helper()
	one.ears[0].hears(t, reason, otherTone)
	other.ears[0].hears(t, reason, oneTone)
}

// TestPlain: the services between SIPps that say nothing of what they can, by what their people press. What each hears is
// told by tone after each step.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		play func(t *testing.T, s *server)
	}{
		{"hold", plainHolding},
		{"hold by keys", plainHold},
		{"consultation", plainConsultation},
		{"transfer", plainTransfer},
		{"attended transfer", plainAttended},
		{"hand-over", plainHandOver},
		{"three-way", plainThreeWay},
		{"joining", plainJoining},
		{"park", plainPark},
		{"pickup", plainPickup},
		{"redial", plainRedial},
		{"forwarding and screening", plainForwarding},
		{"find-me", plainFindMe},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.play(t, serveAssisted(t, "silent", assistedPorts))
		})
	}
}

func plainHolding(t *testing.T, s *server) {
	bob := s.plainPhone(t, "plain_holds", "bob", bobTone)
	alice := s.plainCall(t, "alice", aliceTone, "sip:bob@"+domain)
	together(t, "they talk", alice, aliceTone, bob, bobTone)
	bob.next(t) // hold
	alice.ears[0].hears(t, "held", musicTone)
	bob.next(t)
	together(t, "resumed", alice, aliceTone, bob, bobTone)
	bob.next(t)
	alice.ends(t)
}

func plainHold(t *testing.T, s *server) {
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "*4")
	alice.ears[0].hears(t, "held", musicTone)
	bob.ears[0].presses(t, "*4")
	together(t, "resumed", alice, aliceTone, bob, bobTone)
	alice.next(t)
	alice.ends(t)
	bob.ends(t)
}

func plainConsultation(t *testing.T, s *server) {
	carol := s.called(t, "carol", carolTone)
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "*21003#")
	together(t, "consulted", bob, bobTone, carol, carolTone)
	alice.ears[0].hears(t, "she waits", musicTone)
	bob.ears[0].presses(t, "*2")
	together(t, "back", alice, aliceTone, bob, bobTone)
	carol.ends(t)
	bob.next(t)
	alice.ends(t)
}

func plainTransfer(t *testing.T, s *server) {
	carol := s.called(t, "carol", carolTone)
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "##1003#")
	bob.ends(t)
	together(t, "transferred", alice, aliceTone, carol, carolTone)
	carol.next(t)
	alice.ends(t)
}

func plainAttended(t *testing.T, s *server) {
	carol := s.called(t, "carol", carolTone)
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "*21003#")
	together(t, "consulted", bob, bobTone, carol, carolTone)
	alice.ears[0].hears(t, "she waits", musicTone)
	bob.next(t)
	bob.ends(t)
	together(t, "transferred", alice, aliceTone, carol, carolTone)
	alice.next(t)
	carol.ends(t)
}

func plainHandOver(t *testing.T, s *server) {
	told := s.plainPhone(t, "plain_told", "carol", carolTone)
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "*61003#")
	told.ends(t)
	_, offer, _ := strings.Cut(strings.ReplaceAll(fileText(told.messages), "\r\n", "\n"), "\n\nsip:bridge@")
	offer, _, _ = strings.Cut(offer, "\n")
	together(t, "they talk on", alice, aliceTone, bob, bobTone)
	carol := s.plainCall(t, "carol", carolTone, "sip:bridge@"+strings.TrimSpace(offer))
	bob.ends(t)
	together(t, "taken over", alice, aliceTone, carol, carolTone)
	alice.next(t)
	carol.ends(t)
}

func plainThreeWay(t *testing.T, s *server) {
	carol := s.called(t, "carol", carolTone)
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "*31003#")
	all(t, alice, bob, carol)
	bob.ears[0].presses(t, "*3#")
	carol.ends(t)
	together(t, "two are left", alice, aliceTone, bob, bobTone)
	alice.next(t)
	bob.ends(t)
}

// all: three hear each other.
func all(t testing.TB, alice, bob, carol *stranger) {
	t.Helper()
	alice.ears[0].hearsAll(t, "three talk", bobTone, carolTone)
	bob.ears[0].hearsAll(t, "three talk", aliceTone, carolTone)
	carol.ears[0].hearsAll(t, "three talk", aliceTone, bobTone)
}

func plainJoining(t *testing.T, s *server) {
	alice, bob := s.pair(t)
	carol := s.plainCall(t, "carol", carolTone, "sip:*331002@"+domain)
	alice.ears[0].hears(t, "Bob is asked meanwhile", musicTone)
	bob.ears[0].presses(t, "1")
	all(t, alice, bob, carol)
	carol.next(t)
	together(t, "two are left", alice, aliceTone, bob, bobTone)
	bob.next(t)
	alice.ends(t)
}

func plainPark(t *testing.T, s *server) {
	alice, bob := s.pair(t)
	bob.ears[0].presses(t, "#72")
	alice.ears[0].hears(t, "parked", musicTone)
	carol := s.plainCall(t, "carol", carolTone, "sip:701@"+domain)
	together(t, "taken", alice, aliceTone, carol, carolTone)
	alice.next(t)
	carol.ends(t)
}

func plainPickup(t *testing.T, s *server) {
	bob := s.plainPhone(t, "callee_cancelled", "bob", bobTone)
	alice := s.plainCall(t, "alice", aliceTone, "sip:bob@"+domain)
	bob.rung(t)
	bill := s.plainCall(t, "bill", carolTone, "sip:*8@"+domain)
	together(t, "picked up", alice, aliceTone, bill, carolTone)
	bob.ends(t)
	alice.next(t)
	bill.ends(t)
}

// rung waits until a telephone rings.
func (r *stranger) rung(t testing.TB) {
	t.Helper()
	eventually(t, "it rings", func() bool { return strings.Contains(fileText(r.messages), "SIP/2.0 180") })
}

func plainRedial(t *testing.T, s *server) {
	busy := s.plainPhone(t, "callee_busy", "bob", bobTone)
	s.plainPhone(t, "plain_refused", "alice", aliceTone, "target", "sip:bob@"+domain).ends(t)
	busy.ends(t)
	alice, bob := s.called(t, "alice", aliceTone), s.called(t, "bob", bobTone)
	s.plainCall(t, "alice", aliceTone, "sip:*66@"+domain).ends(t)
	together(t, "called back", alice, aliceTone, bob, bobTone)
	bob.next(t)
	alice.ends(t)
}

func plainForwarding(t *testing.T, s *server) {
	s.administer(t, "user", "forward", "bob", "--unconditional", "carol")
	s.administer(t, "user", "block", "carol", "bill")
	carol := s.called(t, "carol", carolTone)
	alice := s.plainCall(t, "alice", aliceTone, "sip:bob@"+domain)
	together(t, "forwarded", alice, aliceTone, carol, carolTone)
	alice.next(t)
	carol.ends(t)
	s.plainPhone(t, "plain_refused", "bill", aliceTone, "target", "sip:carol@"+domain).ends(t)
}

func plainFindMe(t *testing.T, s *server) {
	s.administer(t, "user", "find-me", "bob", "--step", "carol for 2s", "--step", "bill")
	first, second := s.plainPhone(t, "callee_cancelled", "carol", carolTone), s.called(t, "bill", carolTone)
	alice := s.plainCall(t, "alice", aliceTone, "sip:bob@"+domain)
	together(t, "found", alice, aliceTone, second, carolTone)
	first.ends(t)
	second.next(t)
	alice.ends(t)
}
