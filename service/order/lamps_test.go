package order_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/lamps"
	"hookflash/service/order"
	"hookflash/service/park"
	"hookflash/service/pickup"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// floor is who is in the domain, as the agents see it.
type floor struct{ groups map[string]*directory.Group }

func (floor) User(name string) *directory.User {
	if slices.Contains([]string{"alice", "bob", "bill", "carol", "dave"}, name) {
		return &directory.User{Name: name}
	}
	return nil
}
func (f floor) Group(name string) *directory.Group { return f.groups[name] }
func (floor) Number(number string) string {
	return map[string]string{"1002": "bob", "2000": "sales"}[number]
}
func (floor) Calendar(string) *directory.Calendar { return nil }

func (f floor) mates(one, other string) bool {
	for _, g := range f.groups {
		if g.Pickup && slices.Contains(g.Members, one) && slices.Contains(g.Members, other) {
			return true
		}
	}
	return false
}

// withLamps is a domain that tells how calls stand; bob and bill may pick up each other's.
func withLamps(digest bool) office.Options {
	f := floor{map[string]*directory.Group{"sales": {Name: "sales", Members: []string{"bob", "bill"}, Pickup: true}}}
	return office.Options{Digest: digest, Server: func(c *domain.Config) {
		var service *lamps.Lamps
		places := park.Settings{Domain: "example.test", Users: f, Number: "700", Orbits: []park.Orbit{{Name: "all", Slots: []string{"701"}}}}
		c.Groups, c.Alias, c.Packages = f.groups, park.Alias(places), map[string]string{"dialog": "lamps"}
		c.Services = order.Routes
		c.Inside = []domain.Agent{
			{Name: "park", Settings: ua.Settings{ContactParams: park.ContactParams}, Install: func(a *ua.Agent) { park.Install(a, places) }},
			{
				Name: "lamps", Settings: ua.Settings{ContactParams: lamps.ContactParams},
				Install: func(a *ua.Agent) {
					service = lamps.Install(a, lamps.Settings{Domain: "example.test", Users: f, Colleagues: f.mates, Sources: 1})
				},
				Record: func(record any) { service.Record(record) },
			},
		}
	}}
}

// eye is somebody who watches a lamp, and what it showed, one state after another.
type eye struct {
	watching *ua.Watching
	table    dialoginfo.Table
	course   []string
	fault    error
}

// opens is a step: somebody begins to watch.
func opens(o *office.Office, who, target string, e *eye) func() error {
	return func() error {
		return o.Act(who, func(_ *task.Task, a *ua.Agent) (err error) {
			e.watching, err = a.Watch(office.AOR(target), sip.Event{Package: "dialog"}, 10*time.Minute)
			a.Go("eye", e.look)
			return err
		})
	}
}

func (e *eye) look(t *task.Task) {
	for t.First(e.watching.Documents, e.watching.Ended()) == 0 {
		text, _ := e.watching.Documents.Take()
		document, err := dialoginfo.Parse(text)
		if err != nil {
			e.fault = err
			return
		}
		if result := e.table.Apply(document); result == dialoginfo.Discarded && document.Full {
			e.table = dialoginfo.Table{}
			e.table.Apply(document)
		} else if result == dialoginfo.Incomplete {
			e.watching.Renew()
		}
		e.course = append(e.course, e.states())
	}
}

func (e *eye) states() string {
	var list []string
	for _, d := range e.table.Dialogs() {
		list = append(list, d.State.String())
	}
	if len(list) == 0 {
		return "idle"
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// shows is a step: the lamp comes to show a state, on bad lines in its time.
func (e *eye) shows(o *office.Office, want string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return e.table.Known() && e.states() == want }, 5*time.Minute); err != nil {
			return fmt.Errorf("the lamp shows %q after %q, want %q: %w", e.states(), e.course, want, err)
		}
		return e.fault
	}
}

func (e *eye) closes(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(*ua.Agent) { e.watching.Close() })
		return o.Pause()
	}
}

// equipped gives all telephones the services, and then has a scene played.
func equipped(desks []string, scene func(o *office.Office) error) func(o *office.Office) error {
	return func(o *office.Office) error {
		for _, name := range desks {
			if name != "server" {
				o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
			}
		}
		return scene(o)
	}
}

// calling is a step: alice calls somebody, and does not wait.
func calling(o *office.Office, target string) func() error {
	return func() error {
		return o.Act("alice", func(_ *task.Task, a *ua.Agent) error {
			_, err := a.Invite(ua.Invitation{Target: office.AOR(target)})
			return err
		})
	}
}

func answers(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				if c.Answer() == nil {
					a.Attend(c)
				}
			}
		})
		return o.Pause()
	}
}

func hangsUp(o *office.Office, who, with string) func() error {
	return func() error { return o.HangUp(who, with) }
}

// TestLamps: what lamps show of calls as they go.
func TestLamps(t *testing.T) {
	never := map[string]office.Manner{"bob": {Never: true}, "bill": {Never: true}}
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office, e *eye) []func() error
	}{
		{play.Scene{Name: "lamps-before", Title: "Dave watches Bob, whom Alice calls", Golden: true, Drawn: true}, func(o *office.Office, e *eye) []func() error {
			return []func() error{
				opens(o, "dave", "bob", e), e.shows(o, "idle"), calling(o, "bob"), e.shows(o, "early"), answers(o, "bob"), e.shows(o, "confirmed"),
				hangsUp(o, "alice", "bob"), e.shows(o, "idle"), e.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-during", Title: "he begins while it rings, by number"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{calling(o, "bob"), o.Pause, opens(o, "dave", "1002", e), e.shows(o, "early"), answers(o, "bob"), e.shows(o, "confirmed"), o.Leave, e.shows(o, "idle"), e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-during-refused", Title: "he begins while it rings, and is told at once that Bob refuses", Seeds: 1}, func(o *office.Office, e *eye) []func() error {
			return []func() error{calling(o, "bob"), o.Pause, opens(o, "dave", "alice", e), e.shows(o, "early"), func() error {
				o.Desk("bob").Do(func(a *ua.Agent) { a.Calls()[0].Reject(sip.Answer{Code: 486}) })
				if err := o.RunFor(2 * time.Second); err != nil || e.states() != "idle" {
					return fmt.Errorf("the lamp shows %q: %w", e.states(), err)
				}
				return nil
			}, e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-talking", Title: "or while they talk, with Bob on hold"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{
				calling(o, "bob"), o.Pause, answers(o, "bob"), opens(o, "dave", "bob", e), e.shows(o, "confirmed"),
				runs(o, "alice", "hold", with(o, "alice", "bob", "", ""), ""), e.shows(o, "confirmed"), o.Leave, e.shows(o, "idle"), e.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-after", Title: "or when it is over"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{calling(o, "bob"), o.Pause, answers(o, "bob"), o.Leave, opens(o, "dave", "bob", e), e.shows(o, "idle"), e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-caller", Title: "who calls has a lamp, too"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{opens(o, "dave", "alice", e), e.shows(o, "idle"), calling(o, "bob"), e.shows(o, "early"), answers(o, "bob"), e.shows(o, "confirmed"), o.Leave, e.shows(o, "idle"), e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-refused", Title: "Bob refuses"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{opens(o, "dave", "bob", e), calling(o, "bob"), e.shows(o, "early"), func() error {
				o.Desk("bob").Do(func(a *ua.Agent) { a.Calls()[0].Reject(sip.Answer{Code: 486}) })
				return nil
			}, e.shows(o, "idle"), e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-forks", Title: "a group rings at Bob's and Bill's: one answers", Golden: true}, func(o *office.Office, e *eye) []func() error {
			bill := &eye{}
			return []func() error{
				opens(o, "dave", "sales", e), e.shows(o, "idle"), opens(o, "dave", "bill", bill), bill.shows(o, "idle"), calling(o, "sales"),
				e.shows(o, "early early"), bill.shows(o, "early"), answers(o, "bob"), e.shows(o, "confirmed"), bill.shows(o, "idle"), o.Leave, e.shows(o, "idle"),
				e.closes(o, "dave"), bill.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-transfer", Title: "Bob hands Alice over to Bill"}, func(o *office.Office, e *eye) []func() error {
			bill := &eye{}
			return []func() error{
				opens(o, "dave", "bob", e), opens(o, "dave", "bill", bill), calling(o, "bob"), o.Pause, answers(o, "bob"), e.shows(o, "confirmed"),
				func() error {
					transfer, _ := order.Find("transfer")
					wait := o.Begin("bob", func(t *task.Task, a *ua.Agent) error {
						return transfer.Run(t, order.Request{Agent: a, Call: o.Desk("bob").Call("alice"), Target: office.AOR("bill")})
					})
					return office.InOrder(bill.shows(o, "early"), answers(o, "bill"), wait)
				}, e.shows(o, "idle"), bill.shows(o, "confirmed"), o.Leave, bill.shows(o, "idle"), e.closes(o, "dave"), bill.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-park", Title: "Bob parks Alice, and is free"}, func(o *office.Office, e *eye) []func() error {
			alice := &eye{}
			return []func() error{
				opens(o, "dave", "bob", e), opens(o, "dave", "alice", alice), calling(o, "bob"), o.Pause, answers(o, "bob"), e.shows(o, "confirmed"),
				func() error {
					return o.Do("bob", "alice", func(t *task.Task, call *ua.Call) error {
						_, err := park.Park(t, call, "701")
						return err
					})
				}, e.shows(o, "idle"), alice.shows(o, "confirmed"), o.Leave, alice.shows(o, "idle"), e.closes(o, "dave"), alice.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-pickup", Title: "Bill takes the call that rings at Bob's; the server tells him of it", Golden: true}, func(o *office.Office, e *eye) []func() error {
			return []func() error{
				opens(o, "dave", "bob", e), e.shows(o, "idle"), calling(o, "bob"), e.shows(o, "early"), knows(o), picksUp(o, "bill", "bob", 0), e.shows(o, "idle"),
				func() error { return o.Hears("alice hears bill\nbill hears alice") }, o.Leave, e.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-pickup-group", Title: "or what rings in the group, by its number"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{
				opens(o, "dave", "sales", e), calling(o, "bob"), e.shows(o, "early"), knows(o), picksUp(o, "bill", "2000", 0), e.shows(o, "confirmed"),
				func() error { return o.Hears("alice hears bill\nbill hears alice") }, o.Leave, e.shows(o, "idle"), e.closes(o, "dave"),
			}
		}},
		{play.Scene{Name: "lamps-pickup-stranger", Title: "Dave is not of the group, and learns nothing by which he could"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{opens(o, "dave", "bob", e), calling(o, "bob"), e.shows(o, "early"), picksUp(o, "dave", "bob", 403), e.shows(o, "early"), o.Leave, e.closes(o, "dave")}
		}},
		{play.Scene{Name: "lamps-restart", Title: "the server is started again: the lamp is true with the next request in the call"}, func(o *office.Office, e *eye) []func() error {
			return []func() error{opens(o, "dave", "bob", e), calling(o, "bob"), o.Pause, answers(o, "bob"), e.shows(o, "confirmed"), func() error {
				o.Server.Restart()
				return o.RunFor(time.Minute)
			}, runs(o, "alice", "hold", with(o, "alice", "bob", "", ""), ""), func() error { return o.RunFor(11 * time.Minute) }, e.shows(o, "confirmed"), func() error {
				if e.watching.Failure().Code != 0 {
					return errors.New("the subscription is over")
				}
				return nil
			}, o.Leave, e.shows(o, "idle"), e.closes(o, "dave")}
		}},
	} {
		s.Desks, s.Office, s.Manners = []string{"alice", "server", "bob", "bill", "dave"}, withLamps(false), never
		s.Play = equipped(s.Desks, func(o *office.Office) error {
			e := &eye{}
			if err := office.InOrder(s.steps(o, e)...); err != nil {
				return err
			}
			return e.fault
		})
		s.Run(t)
	}
}

// knows is a step: alice's telephone knows that bob's rings, so that somebody else may take the call.
func knows(o *office.Office) func() error {
	return func() error {
		return o.RunUntil(func() bool {
			c := o.Desk("alice").Call("bob")
			return c != nil && c.State == ua.Alerting
		}, 3*time.Minute)
	}
}

// picksUp is a step: somebody picks up, or is refused with a code.
func picksUp(o *office.Office, who, target string, code int) func() error {
	return func() error {
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			_, err := pickup.Pickup(t, a, office.AOR(target))
			return err
		})
		if code != 0 {
			err = office.Refused(err, code)
		}
		return office.InOrder(func() error { return err }, o.Pause)
	}
}

// TestLampsSwarm: telephones do all sorts of things, some on bad lines; in the end every lamp is true.
func TestLampsSwarm(t *testing.T) {
	seeds := uint64(24)
	if play.Full() {
		seeds = 500
	}
	desks := []string{"alice", "server", "bob", "bill", "dave"}
	for seed := range seeds {
		link := sim.Link{}
		if seed%2 == 1 {
			link = sim.Rain(0.02 + 0.1*float64(seed%10)/10)
		}
		n := sim.New(sim.Config{Seed: seed, Link: link})
		random := rand.New(rand.NewPCG(seed, 16))
		o := office.New(n, withLamps(false), desks...)
		o.Staff(ua.Handlers{}, map[string]office.Manner{"alice": {Never: true}, "bob": {Never: true}, "bill": {Never: true}, "dave": {Never: true}})
		err := equipped(desks, func(o *office.Office) error { return riot(o, random) })(o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// riot is one run of the swarm. dave only watches.
func riot(o *office.Office, random *rand.Rand) error {
	people := []string{"alice", "bob", "bill"}
	eyes := map[string]*eye{}
	for _, name := range append(slices.Clone(people), "sales") {
		eyes[name] = &eye{}
		if err := opens(o, "dave", name, eyes[name])(); err != nil {
			return err
		}
	}
	for range 60 {
		who := people[random.IntN(3)]
		target := append(slices.Clone(people), "sales")[random.IntN(4)]
		o.Desk(who).Do(func(a *ua.Agent) { mischief(a, random, office.AOR(target)) })
		if err := o.RunFor(time.Duration(random.IntN(4000)) * time.Millisecond); err != nil {
			return err
		}
	}
	if err := o.RunFor(8 * time.Minute); err != nil { // all that rings has given up
		return err
	}
	for name, members := range map[string][]string{"alice": {"alice"}, "bob": {"bob"}, "bill": {"bill"}, "sales": {"bob", "bill"}} {
		want := 0
		for _, member := range members {
			want += len(o.Desk(member).Agent().Calls())
		}
		e := eyes[name]
		if got := len(e.table.Dialogs()); got != want || e.fault != nil {
			return fmt.Errorf("the lamp of %s shows %q (%v), and there are %d calls\n%s", name, e.states(), e.fault, want, o.EndState())
		}
	}
	return nil
}

// mischief is something that a telephone does.
func mischief(a *ua.Agent, random *rand.Rand, target string) {
	var c *ua.Call
	if calls := a.Calls(); len(calls) > 0 {
		c = calls[random.IntN(len(calls))]
	}
	switch random.IntN(8) {
	case 0, 1:
		if len(a.Calls()) < 3 && target != a.Settings().AOR {
			_, _ = a.Invite(ua.Invitation{Target: target})
		}
	case 2, 3:
		if c != nil && c.Incoming {
			_ = c.Answer()
		}
	case 4:
		if c != nil {
			c.HangUp()
		}
	case 5:
		if c != nil && c.State == ua.Talking && c.Remote.URI != target {
			act(a, "transfer", order.Request{Call: c, Target: target})
		}
	case 6:
		act(a, "pickup", order.Request{Target: target})
	case 7:
		if c != nil && c.Incoming && c.State == ua.Alerting {
			c.Reject(sip.Answer{Code: 486})
		}
	}
}

func act(a *ua.Agent, name string, r order.Request) {
	r.Agent = a
	action, _ := order.Find(name)
	a.Go(name, func(t *task.Task) { _ = action.Run(t, r) })
}
