package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/ladder"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/order"
	"hookflash/sip"
)

// TestRandomRouting: users who have set anything about their calls call each other, groups and numbers, on bad
// lines. Whatever they have set and do, every INVITE gets one final response, and in the end nothing is left.
func TestRandomRouting(t *testing.T) {
	for seed := range uint64(60) {
		n := sim.New(sim.Config{Seed: seed, Link: sim.Rain(0.2 * float64(seed%5) / 5)})
		if err := randomRouting(n, rand.New(rand.NewPCG(seed, 8)), func(*domain.Config) {}, func(*world) {}); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, n.Ladder().DrawPlain())
		}
	}
}

// randomRouting plays it: configure may change the domain, and begin is called before anything happens.
func randomRouting(n *sim.Network, random *rand.Rand, configure func(*domain.Config), begin func(*world)) error {
	lines := &lineCount{map[string]int{}, map[string]int{}}
	names := []string{"alice", "bob", "carol", "dave"}
	w := newWorld(n, func(c *domain.Config) {
		c.Services, c.Normalize, c.Lines = order.Routes, german, lines
		c.Trunks = []proxy.Trunk{{Name: "gateway", Hops: []string{"sip:" + gateways["gateway"].String()}, Limit: 1 + random.IntN(2)}}
		c.Groups = map[string]*directory.Group{"team": randomGroup(random, "team", names), "night": randomGroup(random, "night", names)}
		c.Routing = map[string]*directory.Routing{}
		for i, name := range names {
			c.Routing[name] = randomUser(random)
			c.Routing[name].Numbers = []string{fmt.Sprintf("+4930100%d", i+1)}
		}
	}, configure)
	w.serve()
	begin(w)
	var callers []*sim.Phone
	for _, name := range append(names, "gateway") {
		phone := w.phone(name, func(c *sim.PhoneConfig) {
			c.Transport = []machine.Transport{machine.UDP, machine.UDP, machine.TCP}[random.IntN(3)]
			c.Follow = random.IntN(2) == 0
			if name == "gateway" {
				c.Address, c.Password, c.Transport = gateways[name], "", machine.UDP
			}
		})
		phone.OnInvite = func(*sim.Call) sim.Behaviour { return behaviours[random.IntN(len(behaviours))] }
		if callers = append(callers, phone); name != "gateway" && random.IntN(8) > 0 {
			registration := phone.Register()
			w.At(15*time.Minute, func() { registration.Remove() })
		}
	}
	for range 8 {
		caller := callers[random.IntN(len(callers))]
		target := "sip:" + pick(random, "alice", "bob", "carol", "dave", "team", "night", "+49301001", "+49301002", "0301234", "nobody") + "@example.test"
		w.At(time.Minute+time.Duration(random.IntN(60_000))*time.Millisecond, func() { w.randomCall(random, caller, target) })
	}
	w.At(15*time.Minute, func() {
		for _, phone := range callers {
			for _, call := range phone.Calls() {
				call.HangUp()
			}
		}
	})
	if err := w.Run(16 * time.Minute); err != nil {
		return err
	}
	w.expected = "" // no complaint is
	if err := w.quiet(); err != nil {
		return err
	}
	for _, phone := range callers {
		for _, call := range phone.Calls() {
			if call.FinalCode == 0 {
				return fmt.Errorf("a call from or to %s has no end", phone.AOR())
			}
		}
	}
	if ringing := w.domain().Proxy().Ringing(); ringing != 0 {
		return fmt.Errorf("%d calls ring at the end", ringing)
	}
	if err := lines.free(); err != nil {
		return err
	}
	return oneFinal(n.Ladder())
}

// oneFinal wants the server to refuse an INVITE once, and never behind a 200.
func oneFinal(l *ladder.Ladder) error {
	said := map[string]int{}
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		if arrow.Kind != ladder.Message || arrow.Text == "" || l.Name(arrow.From) != "server" {
			continue
		}
		m, err := parse(arrow.Text)
		if err != nil || m.IsRequest() || m.Method() != sip.INVITE || m.StatusCode() < 200 {
			continue
		}
		key := fmt.Sprint(l.Name(arrow.To), m.CallID(), m.FromTag(), m.CSeq(), m.Branch())
		before := said[key]
		if code := m.StatusCode(); code >= 300 && before != 0 && code != before {
			return fmt.Errorf("%s got %d after %d", l.Name(arrow.To), code, before)
		}
		said[key] = m.StatusCode()
	}
	return nil
}

func pick(random *rand.Rand, texts ...string) string { return texts[random.IntN(len(texts))] }

// randomTarget is where somebody sends calls.
func randomTarget(random *rand.Rand) directory.Target {
	return to(pick(random, "alice", "bob", "carol", "dave", "team", "night", "+49305555", "+49301003", "voicemail", "sip:carol@example.test"))
}

func randomTime(random *rand.Rand) directory.Duration {
	return directory.Duration(time.Duration(1+random.IntN(6)) * time.Second)
}

func randomGroup(random *rand.Rand, name string, names []string) *directory.Group {
	g := &directory.Group{Name: name, InTurn: random.IntN(2) == 0, Ring: randomTime(random)}
	for _, i := range random.Perm(len(names))[:1+random.IntN(3)] {
		g.Members = append(g.Members, names[i])
	}
	if random.IntN(2) == 0 {
		g.NoAnswer = randomTarget(random)
	}
	return g
}

// randomUser is what somebody has set about calls.
func randomUser(random *rand.Rand) *directory.Routing {
	seldom := func() bool { return random.IntN(4) == 0 }
	r := &directory.Routing{DoNotDisturb: random.IntN(8) == 0, CallWaitingOff: random.IntN(3) == 0}
	if random.IntN(8) == 0 {
		r.Forward.Unconditional = randomTarget(random)
	}
	if seldom() {
		r.Forward.Busy = randomTarget(random)
	}
	if random.IntN(2) == 0 {
		r.Forward.NoAnswer = directory.NoAnswer{To: randomTarget(random), After: randomTime(random)}
	}
	if seldom() {
		r.Forward.Unreachable = randomTarget(random)
	}
	r.Forward.Redirect = random.IntN(10) == 0
	if seldom() {
		r.Redirects = directory.RedirectsFollow
	}
	if seldom() {
		r.Outgoing.Class = directory.ClassInternal
	}
	if seldom() {
		for range 1 + random.IntN(3) {
			step := directory.Step{For: randomTime(random), InTurn: random.IntN(2) == 0}
			for range 1 + random.IntN(3) {
				step.Targets = append(step.Targets, []directory.Target{to("phones"), randomTarget(random)}[random.IntN(2)])
			}
			r.FindMe.Steps = append(r.FindMe.Steps, step)
		}
	}
	if seldom() {
		rule := from(directory.Action(pick(random, "allow", "refuse", "divert", "silent", "later", "ask")), pick(random, "alice", "bob", "*"))
		rule.To = randomTarget(random)
		r.Screening = append(r.Screening, rule)
	}
	return r
}
