package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// dialledCodes are the codes of these tests.
var dialledCodes = []proxy.Code{
	{Code: "*69", Does: "call-return"},
	{Code: "*80", Does: "intercom"},
	{Code: "*21*", Does: "forward"},
	{Code: "*8", Does: "pickup-group"},
	{Code: "*43", Does: "echo"},
	{Code: "9196", Does: "echo"},
	{Code: "1002", Does: "clock"},
	{Code: "*33", Does: "join"},
	{Code: "112", Does: "clock"},
}

// hears makes an agent that refuses calls, and writes down what they were for.
func hears(name string, heard *[]string) domain.Agent {
	return domain.Agent{Name: name, Install: func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			*heard = append(*heard, c.Target)
			c.Reject(sip.Answer{Code: 486})
		}})
	}}
}

// TestDialled: where codes lead, and that nobody is called whom the caller may not call.
func TestDialled(t *testing.T) {
	bob := sim.Behaviour{HangUp: time.Second}
	open := &directory.Routing{Numbers: []string{"1002", "+49301002"}, Intercom: true}
	const codes = "sip:codes@example.test;"
	for _, test := range []struct {
		reason, dials, last string
		bob                 *directory.Routing
		code                int
		reached, agent      string
	}{
		{"who called last is called", "*69", "bob@example.test", nil, 200, "bob ended", ""},
		{"as their number", "*69", "+49301002@example.test", nil, 200, "bob ended", ""},
		{"nobody has called", "*69", "", nil, 486, "", codes + "code=*69;result=none"},
		{"an agent called", "*69", "codes@example.test", nil, 486, "", codes + "code=*69;result=none"},
		{"something that is no address", "*69", "a b@", nil, 486, "", codes + "code=*69;result=none"},
		{"as some telephones write it", "*69#", "bob@example.test", nil, 200, "bob ended", ""},
		{"a number of the country", "*69", "+49301234@example.test", nil, 200, "gateway ended", ""},
		{"a number abroad, which alice may not call", "*69", "+12125551234@example.test", nil, 403, "", ""},
		{"a dear one", "*69", "+4919001234@example.test", nil, 403, "", ""},
		{"an address at the gateway, which a stranger has written", "*69", "+12125551234@198.51.100.7", nil, 486, "", codes + "code=*69;result=none"},
		{"one that alice may call", "*69", "+49301234@198.51.100.7", nil, 486, "", codes + "code=*69;result=none"},
		{"with a hash behind it", "*69%23", "bob@example.test", nil, 200, "bob ended", ""},

		{"bob's phone answers by itself", "*801002", "", open, 200, "bob ended", ""},
		{"by name", "*80bob", "", open, 200, "bob ended", ""},
		{"it does not where bob has not said so", "*801002", "", nil, 486, "", codes + "code=*80;result=refused"},
		{"nobody", "*807777", "", open, 486, "", codes + "code=*80;result=none"},
		{"no number", "*80", "", open, 486, "", codes + "code=*80;result=none"},
		{"a number outside", "*80+49301234", "", open, 486, "", codes + "code=*80;result=none"},
		{"abroad", "*800012125551234", "", open, 486, "", codes + "code=*80;result=none"},
		{"an agent", "*80codes", "", open, 486, "", codes + "code=*80;result=none"},

		{"a hash is part of nothing", "*21*1002%23", "", nil, 486, "", codes + "code=*21*;argument=1002"},
		{"a code without a star", "9196", "", nil, 486, "", codes + "code=9196"},
		{"what somebody has is no code", "1002", "", nil, 200, "bob ended", ""},
		{"nor are those who help", "112", "", nil, 200, "gateway ended", ""},
		{"more than a code without a star", "91961", "", nil, 404, "", ""},
		{"no code", "*99", "", nil, 486, "", codes + "code=*99;result=unknown"},
		{"no code, with what goes behind a user part", "%23%23%3Bx=y", "", nil, 486, "", codes + "code=%23%23%3Bx%3Dy;result=unknown"},
		{"no agent", "*331002", "", nil, 486, "", codes + "code=*331002;result=unknown"},
		{"too long for a code", "*" + strings.Repeat("9", 40), "", nil, 404, "", ""},
	} {
		var heard []string
		n := sim.New(sim.Config{})
		routing := map[string]*directory.Routing{}
		if test.bob != nil {
			routing["bob"] = test.bob
		}
		_, err := exchange{
			bob: &bob, gateway: &sim.Behaviour{HangUp: time.Second}, routing: routing, config: func(c *domain.Config) {
				c.Codes, c.Last = dialledCodes, func(string) string { return test.last }
				c.Inside = []domain.Agent{hears("codes", &heard)}
			},
		}.call("alice", "sip:"+test.dials+"@example.test", sim.CallOptions{HangUp: 5 * time.Second}, test.code, test.reached)(n)
		if got := strings.Join(heard, " "); err != nil || got != test.agent {
			t.Errorf("%s: the agent heard %q, want %q: %v\n%s", test.reason, got, test.agent, err, n.Ladder().DrawPlain())
		}
	}
}

// TestAnswersByItself: no phone is told to answer by itself but by the code, or at one who allows it to users of the domain.
func TestAnswersByItself(t *testing.T) {
	fields := []string{
		"Call-Info: <sip:example.test>;answer-after=0", "Call-Info: <http://example.test/alice.png>;purpose=icon",
		"Alert-Info: <http://example.test>;info=alert-autoanswer", "Alert-Info: Auto Answer", "Alert-Info: <http://example.test/bell.wav>",
		"Answer-Mode: Auto", "Priv-Answer-Mode: Auto;require", "P-Auto-Answer: normal",
	}
	told := func(phone *sim.Phone) (found []string) {
		invite := phone.LastCall().Invite()
		for line := range strings.SplitSeq(invite.Text(), "\r\n") {
			for _, name := range []string{"Call-Info:", "Alert-Info:", "Answer-Mode:", "Priv-Answer-Mode:"} {
				if strings.HasPrefix(line, name) {
					found = append(found, line)
				}
			}
		}
		return found
	}
	harmless := []string{fields[1], fields[4]}
	for _, test := range []struct {
		reason, caller, dials string
		allowed               bool
		want                  []string
	}{
		{"an ordinary call", "alice", "bob", false, harmless},
		{"a call to who allows it", "alice", "bob", true, fields[:7]},
		{"a stranger's", "gateway", "+49301002", true, harmless},
		{"by the code", "alice", "*80bob", true, append(harmless[:2:2],
			"Call-Info: <sip:example.test>;answer-after=0", "Alert-Info: <http://example.test>;info=alert-autoanswer;delay=0", "Answer-Mode: Auto")},
	} {
		n := sim.New(sim.Config{})
		var heard []string
		err := play(exchange{
			bob: &sim.Behaviour{HangUp: time.Second}, gateway: &sim.Behaviour{HangUp: time.Second},
			routing: map[string]*directory.Routing{"bob": {Numbers: []string{"1002", "+49301002"}, Intercom: test.allowed}},
			config: func(c *domain.Config) {
				c.Codes, c.Inside = dialledCodes, []domain.Agent{hears("codes", &heard)}
			},
		}, n, func(x *exchange) error {
			x.phones[test.caller].CallWith("sip:"+test.dials+"@example.test", sim.CallOptions{HangUp: 5 * time.Second, Fields: fields})
			if err := x.world.quiet(); err != nil {
				return err
			}
			if x.phones["bob"].LastCall() == nil {
				return fmt.Errorf("bob is not called")
			}
			got, want := told(x.phones["bob"]), test.want
			for _, line := range want {
				if !strings.Contains(strings.Join(got, "\n"), line) {
					return fmt.Errorf("%q is missing in %q", line, got)
				}
			}
			if len(got) != len(want) {
				return fmt.Errorf("bob is told %q, want %q", got, want)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
		}
	}
}

func play(x exchange, n *sim.Network, steps func(x *exchange) error) error {
	_, err := x.run(steps)(n)
	return err
}

// TestCalledBack: who called is called back, and nobody who hid.
func TestCalledBack(t *testing.T) {
	for _, test := range []struct {
		reason string
		fields []string
		want   string
	}{
		{"a user", nil, "alice@example.test"},
		{"who hides", []string{"Privacy: id"}, ""},
	} {
		n := sim.New(sim.Config{})
		var called []proxy.Called
		err := play(exchange{
			bob: &sim.Behaviour{HangUp: time.Second}, gateway: &sim.Behaviour{HangUp: time.Second},
			config: func(c *domain.Config) { c.Called = func(by proxy.Called) { called = append(called, by) } },
		}, n, func(x *exchange) error {
			x.phones["alice"].CallWith("sip:+49301002@example.test", sim.CallOptions{HangUp: 3 * time.Second, Fields: test.fields})
			return x.world.quiet()
		})
		got := ""
		if len(called) > 0 {
			got = called[0].Back
		}
		if err != nil || got != test.want {
			t.Errorf("%s: %q, want %q: %v", test.reason, got, test.want, err)
		}
	}
}
