package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
)

// flow is a registered flow of a phone (RFC 5626 §4.2), by UDP to an agent.
func flow(a *agent, instance string, regID uint32, expires time.Time) registrar.Binding {
	return registrar.Binding{
		Contact: "sip:phone@198.51.100.99:5060;ob", Q: 1000, CallID: "bound", CSeq: 1, Instance: instance, RegID: regID, Expires: expires,
		Flow: machine.Flow{Transport: machine.UDP, Remote: addresses[a.name]}, FlowBound: true,
	}
}

// TestFlows: a phone with three flows is asked by one at a time (RFC 5626 §5.3).
func TestFlows(t *testing.T) {
	silent := func(*sip.Message) []string { return nil }
	type answers = [3]func(*sip.Message) []string // of the newest flow, the next, the oldest
	for _, test := range []struct {
		reason string
		answers
		code int
		got  [3]int // INVITEs, retransmissions not counted
	}{
		{"the newest alone", answers{says(200), says(200), says(200)}, 200, [3]int{1, 0, 0}},
		{"430: that flow has failed", answers{says(430), says(200), says(200)}, 200, [3]int{1, 1, 0}},
		{"408: so has that", answers{says(408), says(430), says(200)}, 200, [3]int{1, 1, 1}},
		{"silence", answers{silent, says(200), says(200)}, 200, [3]int{1, 1, 0}},
		{"any other answer is the phone's", answers{says(486), says(200), says(200)}, 486, [3]int{1, 0, 0}},
		{"503, too", answers{says(503), says(200), says(200)}, 500, [3]int{1, 0, 0}},
		{"a refusal for all", answers{says(603), says(200), says(200)}, 603, [3]int{1, 0, 0}},
		{"none is left: no phone should see a 430 (RFC 5626 §11.5)", answers{says(430), says(430), says(430)}, 480, [3]int{1, 1, 1}},
		{"the last one counts", answers{says(430), says(430), says(486)}, 486, [3]int{1, 1, 1}},
	} {
		w, alice, _ := stage(sim.New(sim.Config{}), nil)
		var bindings []any
		var flows []*agent
		for i, name := range []string{"bob", "carol", "dave"} {
			flows = append(flows, w.agent(name, machine.UDP, test.answers[i]))
		}
		for _, i := range []int{1, 2, 0} { // the order of the record means nothing
			expires := w.Now().Add(time.Hour - time.Duration(i)*time.Minute)
			bindings = append(bindings, flow(flows[i], "urn:uuid:phone", uint32(3-i), expires))
		}
		w.bound("team", bindings...)
		asked := alice.ask(invite("sip:team@example.test", "call"))
		if err := w.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.code {
			t.Errorf("%s: alice gets %d, want %d", test.reason, asked.code(), test.code)
		}
		for i, a := range flows {
			if got := len(a.requests(sip.INVITE)); got != test.got[i] {
				t.Errorf("%s: flow %d was asked %d times, want %d", test.reason, i, got, test.got[i])
			}
		}
	}
}

// TestFlowsOfSeveralPhones: each phone of a user is asked at once, each by one flow.
func TestFlowsOfSeveralPhones(t *testing.T) {
	w, alice, _ := stage(sim.New(sim.Config{}), nil)
	bob, carol, dave := w.agent("bob", machine.UDP, says(486)), w.agent("carol", machine.UDP, says(430)), w.agent("dave", machine.UDP, says(480))
	later, sooner := w.Now().Add(time.Hour), w.Now().Add(time.Minute)
	w.bound("team",
		flow(bob, "urn:uuid:one", 1, later), flow(carol, "urn:uuid:two", 1, later), flow(dave, "urn:uuid:two", 2, sooner),
		flow(dave, "urn:uuid:one", 2, w.Now().Add(-time.Minute)), // is over
	)
	asked := alice.ask(invite("sip:team@example.test", "call"))
	if err := w.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*agent{bob, carol, dave} {
		if got := len(a.requests(sip.INVITE)); got != 1 {
			t.Errorf("%s was asked %d times", a.name, got)
		}
	}
	if asked.code() != 486 {
		t.Errorf("the best answer is busy: %d", asked.code())
	}
}

// TestFlowsOfConnections: a flow whose connection is gone has failed at once, and none is
// opened in its place.
func TestFlowsOfConnections(t *testing.T) {
	for _, test := range []struct {
		reason string
		others bool
		code   int
	}{
		{"the other flow is asked", true, 200},
		{"without one the phone is not there", false, 480},
	} {
		w, alice, _ := stage(sim.New(sim.Config{}), nil)
		bob, carol := w.agent("bob", machine.TCP, says(200)), w.agent("carol", machine.UDP, says(200))
		gone := flow(bob, "urn:uuid:phone", 1, w.Now().Add(time.Hour))
		gone.Contact = "sip:phone@" + addresses["bob"].String() + ";transport=tcp;ob"
		gone.Flow = machine.Flow{Transport: machine.TCP, Remote: addresses["bob"], Connection: 4711, Listener: 1}
		bindings := []any{gone}
		if test.others {
			bindings = append(bindings, flow(carol, "urn:uuid:phone", 2, w.Now().Add(time.Minute)))
		}
		w.bound("team", bindings...)
		asked := alice.ask(invite("sip:team@example.test", "call"))
		if err := w.RunFor(time.Second); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.code || len(bob.got) != 0 {
			t.Errorf("%s: alice gets %d, bob %d messages", test.reason, asked.code(), len(bob.got))
		}
	}
}

// TestFlowsAreNotForCancelled: after a CANCEL no further flow is asked.
func TestFlowsAreNotForCancelled(t *testing.T) {
	w, alice, _ := stage(sim.New(sim.Config{}), nil)
	bob := w.agent("bob", machine.UDP, func(m *sip.Message) []string {
		if m.Method() == sip.INVITE {
			return []string{respond(m, 180, "far")}
		}
		if m.Method() == sip.CANCEL {
			return []string{respond(m, 200, "far")}
		}
		return nil
	})
	carol := w.agent("carol", machine.UDP, says(200))
	w.bound("team", flow(bob, "urn:uuid:phone", 1, w.Now().Add(time.Hour)), flow(carol, "urn:uuid:phone", 2, w.Now().Add(time.Minute)))
	request := invite("sip:team@example.test", "call")
	asked := alice.ask(request)
	if err := w.RunFor(time.Second); err != nil {
		t.Fatal(err)
	}
	alice.ask(strings.ReplaceAll(request, "INVITE", "CANCEL"))
	if err := w.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if asked.code() != 487 || len(carol.requests(sip.INVITE)) != 0 {
		t.Errorf("alice gets %d, the other flow %d INVITEs", asked.code(), len(carol.requests(sip.INVITE)))
	}
}

// TestGRUUOfFlows: a phone registers twice, by two flows, and is one phone behind its GRUU
// (RFC 5627 §5.1).
func TestGRUUOfFlows(t *testing.T) {
	w, alice, _ := stage(sim.New(sim.Config{}), nil, func(c *domain.Config) { c.Trusted = trusting("alice", "bob", "carol") })
	bob, carol := w.agent("bob", machine.UDP, says(200)), w.agent("carol", machine.UDP, says(430))
	var gruu string
	for i, a := range []*agent{bob, carol} {
		registered := a.ask(lines(
			"REGISTER sip:example.test SIP/2.0", "Via: SIP/2.0/UDP "+addresses[a.name].String()+";branch=z9hG4bK"+a.name,
			"Max-Forwards: 70", "From: <sip:dave@example.test>;tag=dave", "To: <sip:dave@example.test>",
			"Call-ID: "+a.name, "CSeq: 1 REGISTER", "Supported: gruu, outbound, path",
			`Contact: <sip:dave@198.51.100.99:5060;ob>;reg-id=`+string(rune('1'+i))+`;+sip.instance="<urn:uuid:phone>"`,
		))
		if err := w.RunFor(2 * time.Second); err != nil {
			t.Fatal(err)
		}
		if registered.code() != 200 || !slices.Contains(slices.Collect(registered.final.Values(sip.HeaderRequire)), "outbound") {
			t.Fatalf("registered by a flow: %d", registered.code())
		}
		contact, err := sip.ParseAddress(registered.final.TopValue(sip.HeaderContact))
		if err != nil {
			t.Fatal(err)
		}
		value, _ := contact.Params.Get("pub-gruu")
		gruu = sip.Unquote(value)
	}
	asked := alice.ask(invite(gruu, "call"))
	if err := w.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if asked.code() != 200 || len(carol.requests(sip.INVITE)) != 1 || len(bob.requests(sip.INVITE)) != 1 {
		t.Errorf("by the newest flow, then by the other: %d, %d and %d INVITEs", asked.code(), len(carol.requests(sip.INVITE)), len(bob.requests(sip.INVITE)))
	}
}
