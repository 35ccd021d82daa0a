package sim

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/ladder"
	"hookflash/internal/ladder/golden"
	"hookflash/machine"
	"hookflash/sip"
)

func address(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// pair is Alice and Bob, who know where the other one lives.
func pair(n *Network, change ...func(*PhoneConfig)) (alice, bob *Phone) {
	hosts := map[string]netip.AddrPort{"alice.example.test": address("192.0.2.1:5060"), "bob.example.test": address("192.0.2.2:5060")}
	configs := [2]PhoneConfig{
		{Name: "alice", Domain: "alice.example.test", Address: hosts["alice.example.test"], Hosts: hosts},
		{Name: "bob", Domain: "bob.example.test", Address: hosts["bob.example.test"], Hosts: hosts},
	}
	for i := range configs {
		for _, change := range change {
			change(&configs[i])
		}
	}
	return n.AddPhone(configs[0]), n.AddPhone(configs[1])
}

func must(t *testing.T, n *Network, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, n.Ladder().Draw())
	}
}

func allOver(calls ...*Call) func() bool {
	return func() bool { return !slices.ContainsFunc(calls, func(c *Call) bool { return !c.Over() }) }
}

// basicCall rings, is answered and hung up, by events and not by times.
func basicCall(n *Network) (string, error) {
	alice, bob := pair(n)
	bob.Behave(AnswerAfter(time.Second))
	call := alice.Call(bob.AOR())
	if err := n.RunUntil(func() bool { return call.State() == Established && bob.LastCall().Acknowledged }, time.Minute); err != nil {
		return "", err
	}
	n.After(2*time.Second, call.HangUp)
	if err := n.RunUntil(allOver(call, bob.LastCall()), time.Minute); err != nil {
		return "", err
	}
	err := n.RunUntilQuiet(5 * time.Minute)
	return n.EndState(), err
}

func TestBasicCall(t *testing.T) {
	n := New(Config{})
	end, err := basicCall(n)
	must(t, n, err)
	const want = "alice\n  call to sip:bob@bob.example.test: ended 200\n  dialogs: 0\n" +
		"bob\n  call from sip:alice@alice.example.test: ended 200\n  dialogs: 0\n"
	if end != want {
		t.Errorf("both hung up, nothing leaked, nobody complains: got\n%s", end)
	}
	golden.Ladder(t, "basic-call", n.Ladder(), golden.Options{})
}

func TestBehaviours(t *testing.T) {
	for _, test := range []struct {
		reason    string
		behaviour Behaviour
		options   CallOptions
		alice     []State
		code      int
		bob       State
	}{
		{"answered at once", Behaviour{}, CallOptions{HangUp: time.Second}, []State{Calling, Established, Ended}, 200, Ended},
		{"the callee hangs up", Behaviour{Ring: true, HangUp: time.Second}, CallOptions{}, []State{Calling, Ringing, Established, Ended}, 200, Ended},
		{"busy", Busy(), CallOptions{}, []State{Calling, Failed}, 486, Failed},
		{"declined", Decline(time.Second), CallOptions{}, []State{Calling, Ringing, Failed}, 603, Failed},
		{"cancelled", RingForever(), CallOptions{CancelAll: 3 * time.Second}, []State{Calling, Ringing, Cancelled}, 487, Cancelled},
		{"answered when the CANCEL comes", Behaviour{Ring: true, Never: true, CrossCancel: true}, CallOptions{CancelAll: time.Second}, []State{Calling, Ringing, Established, Ended}, 200, Ended},
		{"two responses, one call", Behaviour{Ring: true, Twice: true}, CallOptions{HangUp: 40 * time.Second}, []State{Calling, Ringing, Established, Ended}, 200, Ended},
		{"the ACK never comes: BYE after 64 T1", Behaviour{}, CallOptions{NoACK: true}, []State{Calling, Established, Ended}, 200, Ended},
		{"nobody speaks: Timer B", Behaviour{Silent: true}, CallOptions{}, []State{Calling, Failed}, 408, Calling},
		{"redirected", Redirect("sip:carol@carol.example.test"), CallOptions{}, []State{Calling, Failed}, 302, Failed},
		{"no offer", Behaviour{}, CallOptions{NoOffer: true, HangUp: time.Second}, []State{Calling, Established, Ended}, 200, Ended},
	} {
		for _, transport := range []machine.Transport{machine.UDP, machine.TCP} {
			t.Run(test.reason+" over "+transport.String(), func(t *testing.T) {
				n := New(Config{})
				alice, bob := pair(n, func(c *PhoneConfig) { c.Transport = transport })
				bob.Behave(test.behaviour)
				call := alice.CallWith(bob.AOR(), test.options)
				must(t, n, n.RunUntilQuiet(10*time.Minute))
				if !slices.Equal(call.History(), test.alice) || call.FinalCode != test.code {
					t.Errorf("the caller's history is %v, code %d; want %v, %d\n%s", call.History(), call.FinalCode, test.alice, test.code, n.Ladder().Draw())
				}
				if got := bob.LastCall().State(); got != test.bob {
					t.Errorf("the callee ends %s, want %s", got, test.bob)
				}
				for _, phone := range []*Phone{alice, bob} {
					if len(phone.Complaints) > 0 || len(phone.Dialogs()) > 0 || (len(phone.Leaks()) > 0 && !test.behaviour.Silent) {
						t.Errorf("%s\n%s", phone.EndState(), n.Ladder().Draw())
					}
				}
			})
		}
	}
}

func TestReinviteFromBothSides(t *testing.T) {
	n := New(Config{})
	alice, bob := pair(n)
	call := alice.Call(bob.AOR())
	must(t, n, n.Run(time.Second))
	call.Reinvite()
	must(t, n, n.RunFor(time.Second))
	bob.LastCall().Reinvite()
	must(t, n, n.RunFor(time.Second))
	if call.ReinviteCode != 200 || bob.LastCall().ReinviteCode != 200 {
		t.Fatalf("each side's re-INVITE is answered: got %d and %d\n%s", call.ReinviteCode, bob.LastCall().ReinviteCode, n.Ladder().Draw())
	}
	// RFC 3261 §14.1: both at once get 491 and try again.
	call.Reinvite()
	bob.LastCall().Reinvite()
	must(t, n, n.RunFor(time.Minute))
	if call.ReinviteCode != 200 || bob.LastCall().ReinviteCode != 200 || call.Reinvites != 2 || bob.LastCall().Reinvites != 2 {
		t.Errorf("after the glare both succeed: got %d and %d\n%s", call.ReinviteCode, bob.LastCall().ReinviteCode, n.Ladder().Draw())
	}
}

func TestEndStateIsTheSameInAnyWeather(t *testing.T) {
	scenario := func(behaviour Behaviour, options CallOptions) Scenario {
		return func(n *Network) (string, error) {
			alice, bob := pair(n)
			bob.Behave(behaviour)
			call := alice.CallWith(bob.AOR(), options)
			if err := n.RunUntil(func() bool { return call.Over() && bob.LastCall().Over() }, 5*time.Minute); err != nil {
				return "", err
			}
			err := n.RunUntilQuiet(10 * time.Minute)
			return n.EndState(), err
		}
	}
	for reason, scenario := range map[string]Scenario{
		"call":               basicCall,
		"busy":               scenario(Busy(), CallOptions{}),
		"callee hangs up":    scenario(Behaviour{Ring: true, HangUp: 5 * time.Second}, CallOptions{}),
		"declined":           scenario(Decline(time.Second), CallOptions{}),
		"cancelled":          scenario(RingForever(), CallOptions{CancelAll: 5 * time.Second}),
		"crossing CANCEL":    scenario(Behaviour{Ring: true, Never: true, CrossCancel: true}, CallOptions{CancelAll: 5 * time.Second}),
		"two 2xx, both kept": scenario(Behaviour{Twice: true, HangUp: 50 * time.Second}, CallOptions{}),
	} {
		t.Run(reason, func(t *testing.T) {
			if err := (Swarm{Seeds: 100}).Run(scenario); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSameSeedSameLadder(t *testing.T) {
	draw := func(seed uint64) string {
		n := New(Config{Seed: seed, Link: Rain(0.2)})
		if _, err := basicCall(n); err != nil {
			t.Fatalf("%v\n%s", err, n.Ladder().Draw())
		}
		return n.Ladder().Draw()
	}
	runs := 2000
	if testing.Short() {
		runs = 200
	}
	want := draw(7)
	for range runs {
		if got := draw(7); got != want {
			t.Fatalf("the same seed drew another ladder:\n%s\n%s", want, got)
		}
	}
	different := map[string]bool{}
	for seed := range uint64(20) {
		different[draw(seed)] = true
	}
	if len(different) != 20 {
		t.Errorf("20 seeds drew %d ladders", len(different))
	}
}

func TestSwarmNamesTheSeedThatWentWrong(t *testing.T) {
	err := Swarm{Seeds: 5, FirstSeed: 3}.Run(func(n *Network) (string, error) {
		if n.config.Seed == 6 {
			return "bad", nil
		}
		return "good", nil
	})
	if !errors.Is(err, ErrEndState) || !strings.Contains(err.Error(), `seed 6, loss 22 %`) || !strings.Contains(err.Error(), `want "good", got "bad"`) {
		t.Errorf("got %v", err)
	}
}

func TestLinkLosesCopiesAndReorders(t *testing.T) {
	n := New(Config{Seed: 1, Link: Link{Loss: 0.3, Duplication: 0.3, Reordering: 0.3, LostCopies: -1}, Brief: true})
	var got []string
	echo := &scripted{receive: func(_ time.Time, p machine.Packet, _ *machine.Output) { got = append(got, p.Message.CallID()) }}
	n.Add(HostConfig{Name: "echo", Listen: []Listener{{Address: address("192.0.2.9:5060")}}, Start: func(time.Time) machine.Machine { return echo }})
	for i := range 1000 {
		n.After(time.Duration(i)*time.Millisecond, func() {
			n.Inject(address("192.0.2.8:5060"), address("192.0.2.9:5060"), options(string(rune('a'+i%26))+strings.Repeat("x", i/26)))
		})
	}
	must(t, n, n.RunUntilQuiet(time.Minute))
	lost, copies := 0, 0
	for _, arrow := range n.Ladder().Arrows {
		if arrow.Lost {
			lost++
		}
		if arrow.Kind == ladder.Duplicate {
			copies++
		}
	}
	if lost < 250 || lost > 350 || copies < 150 || copies > 260 || len(got) != 1000-lost+copies {
		t.Errorf("of 1000 datagrams some 300 are lost and 210 copied: got %d, %d, arrived %d", lost, copies, len(got))
	}
	if slices.IsSortedFunc(got, func(a, b string) int { return len(a) - len(b) }) {
		t.Error("nothing was overtaken")
	}
}

func TestLostCopiesAreLimited(t *testing.T) {
	n := New(Config{Link: Link{Loss: 1}})
	_, bob := pair(n)
	for i := range 5 {
		n.At(time.Duration(i)*time.Second, func() {
			n.Inject(address("192.0.2.1:5060"), address("192.0.2.2:5060"), strings.Replace(options("x"), "OPTIONS", "MESSAGE", 2))
		})
	}
	must(t, n, n.RunUntilQuiet(time.Minute))
	if len(bob.Messages) != 1 {
		t.Errorf("three copies are lost at most, and the fifth is a retransmission: got %d messages", len(bob.Messages))
	}
}

func options(callID string) string {
	return "OPTIONS sip:x@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bK" + callID +
		"\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@b>\r\nCall-ID: " + callID + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}

// scripted is a machine out of functions.
type scripted struct {
	receive func(now time.Time, p machine.Packet, out *machine.Output)
	advance func(now time.Time, out *machine.Output)
	next    time.Time
	unsent  []uint64
}

func (s *scripted) Receive(now time.Time, p machine.Packet, out *machine.Output) {
	if s.receive != nil {
		s.receive(now, p, out)
	}
}
func (s *scripted) Advance(now time.Time, out *machine.Output) { s.advance(now, out) }
func (s *scripted) Next() time.Time                            { return s.next }
func (s *scripted) SendFailed(_ time.Time, ticket uint64, _ *machine.Output) {
	s.unsent = append(s.unsent, ticket)
}

func TestHostKeepsBeforeItSends(t *testing.T) {
	for _, test := range []struct {
		reason string
		failed error
		want   string
	}{
		{"kept: the answer leaves", nil, "durable,atonce"},
		{"not kept: the other answer leaves", errors.New("disk full"), "otherwise,atonce"},
	} {
		n := New(Config{})
		var kept []any
		host := n.Add(HostConfig{
			Name: "server", Listen: []Listener{{Address: address("192.0.2.9:5060")}},
			Start: func(time.Time) machine.Machine { return &scripted{} },
			Keep: func(changes []any) error {
				kept = append(kept, changes...)
				return test.failed
			},
		})
		_, bob := pair(n)
		flow := machine.Flow{Remote: address("192.0.2.2:5060"), Transport: machine.UDP}
		message := func(body string) []byte {
			return []byte(strings.Replace(strings.Replace(options(body), "OPTIONS", "MESSAGE", 2), "Length: 0\r\n\r\n", "Length: 3\r\n\r\n"+body[:3], 1))
		}
		n.After(0, func() {
			host.Do(func(_ time.Time, out *machine.Output) {
				durable := out.Change("binding")
				out.Sends = append(out.Sends,
					machine.Send{To: flow, Data: message("durable"), Durable: durable, Otherwise: message("otherwise")},
					machine.Send{To: flow, Data: message("nothing"), Durable: durable},
					machine.Send{To: flow, Data: message("atonce")})
				if test.failed == nil {
					out.Sends = slices.Delete(out.Sends, 1, 2)
				}
			})
		})
		must(t, n, n.RunUntilQuiet(time.Minute))
		var want []string
		for word := range strings.SplitSeq(test.want, ",") {
			want = append(want, word[:3])
		}
		if !slices.Equal(bob.Messages, want) || len(kept) != 1 {
			t.Errorf("%s: got %v, kept %v", test.reason, bob.Messages, kept)
		}
	}
}

func TestKillForgetsJobsTimersAndConnections(t *testing.T) {
	n := New(Config{})
	var started, done int
	var host *Host
	host = n.Add(HostConfig{
		Name: "server", Listen: []Listener{{Address: address("192.0.2.9:5060")}, {machine.TCP, address("192.0.2.9:5060")}},
		Start: func(now time.Time) machine.Machine {
			started++
			return &scripted{next: now.Add(time.Second), advance: func(time.Time, *machine.Output) {
				host.Machine().(*scripted).next = time.Time{}
				done++
			}}
		},
	})
	peer := n.Add(HostConfig{
		Name: "peer", Listen: []Listener{{machine.TCP, address("192.0.2.8:5060")}},
		Start: func(time.Time) machine.Machine { return &scripted{} },
	})
	to := machine.Flow{Remote: address("192.0.2.8:5060"), Transport: machine.TCP, Listener: 1}
	n.At(0, func() {
		peer.machine.(*scripted).receive = func(_ time.Time, p machine.Packet, out *machine.Output) {
			if p.Flow.Connection == 0 || p.Flow.Remote.Port() < firstPort {
				t.Errorf("what comes over a stream has a connection and the far port: %+v", p.Flow)
			}
			out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: []byte(options("back")), Ticket: 7})
		}
		host.Do(func(_ time.Time, out *machine.Output) {
			out.Sends = append(out.Sends, machine.Send{To: to, Data: []byte(options("there"))}, machine.Send{To: to, Data: []byte(options("again"))})
			out.Jobs = append(out.Jobs, machine.Job{Run: func() any { done++; return nil }, Done: func(time.Time, any, *machine.Output) { done++ }})
		})
		if host.Connections() != 1 {
			t.Errorf("a connection is reused: got %d", host.Connections())
		}
	})
	n.At(4*time.Millisecond, host.Kill)
	must(t, n, n.RunUntilQuiet(time.Minute))
	if done != 0 || started != 1 {
		t.Errorf("job and timer of the killed machine are gone: %d came", done)
	}
	if unsent := peer.machine.(*scripted).unsent; len(unsent) != 0 {
		t.Errorf("nothing arrived, so nothing was answered: %v", unsent)
	}
	host.Restart()
	must(t, n, n.RunUntilQuiet(time.Minute))
	if done != 1 || started != 2 || host.Connections() != 0 {
		t.Errorf("the restarted machine has its timer, and no connections: %d, %d, %d", done, started, host.Connections())
	}
	n.After(0, func() {
		host.Kill()
		peer.Do(func(_ time.Time, out *machine.Output) {
			back := machine.Flow{Remote: address("192.0.2.9:5060"), Transport: machine.TCP}
			out.Sends = append(out.Sends, machine.Send{To: back, Data: []byte(options("x")), Ticket: 9})
		})
	})
	must(t, n, n.RunUntilQuiet(time.Minute))
	if unsent := peer.machine.(*scripted).unsent; !slices.Equal(unsent, []uint64{9}) {
		t.Errorf("a refused connection is told by its ticket: %v", unsent)
	}
}

func TestRunsEndAtTheirLimits(t *testing.T) {
	busy := &scripted{next: time.Unix(1, 0), advance: func(time.Time, *machine.Output) {}}
	stuck := func(config Config) *Network {
		n := New(config)
		n.Add(HostConfig{Name: "busy", Start: func(time.Time) machine.Machine { return busy }})
		return n
	}
	if err := stuck(Config{}).Run(time.Second); !errors.Is(err, ErrStall) {
		t.Errorf("a machine that is always due stalls: %v", err)
	}
	if err := stuck(Config{MaxEvents: 10}).Run(time.Second); !errors.Is(err, ErrEventLimit) {
		t.Errorf("events are limited: %v", err)
	}
	n := New(Config{})
	if err := n.RunUntil(func() bool { return false }, time.Second); !errors.Is(err, ErrNeverTrue) {
		t.Errorf("a condition that stays false: %v", err)
	}
	var tick func()
	tick = func() { n.After(time.Second, tick) }
	tick()
	if err := n.RunUntilQuiet(time.Minute); !errors.Is(err, ErrNotQuiet) {
		t.Errorf("a network that is never quiet: %v", err)
	}
}

func TestABrokenRequestIsAnswered(t *testing.T) {
	n := New(Config{})
	_, bob := pair(n)
	broken := strings.Replace(options("broken"), "CSeq: 1 OPTIONS", "CSeq: 1 BYE", 1)
	n.Inject(address("192.0.2.8:5060"), address("192.0.2.2:5060"), broken)
	must(t, n, n.RunUntilQuiet(time.Minute))
	l := n.Ladder()
	if last := l.Arrows[len(l.Arrows)-1]; !strings.HasPrefix(last.Label, "400 ") || n.hosts[1].Refused != 1 {
		t.Errorf("a request whose methods differ gets 400: got %q", last.Label)
	}
	if bob.LastCall() != nil {
		t.Error("the machine never saw it")
	}
}

func TestAskGetsItsAnswer(t *testing.T) {
	n := New(Config{})
	alice, bob := pair(n)
	yes := alice.Ask(sip.OPTIONS, bob.AOR())
	no := alice.Ask("FROB", bob.AOR())
	gone := alice.Ask(sip.OPTIONS, "sip:nobody@192.0.2.77")
	must(t, n, n.RunUntilQuiet(time.Minute))
	if yes.Code != 200 || no.Code != 405 || gone.Code != 408 {
		t.Errorf("got %d, %d and %d", yes.Code, no.Code, gone.Code)
	}
}
