package order_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/conference"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// naming is a dialog that somebody names at the end of the telephone that is in it.
type naming struct {
	whose, with string // "": the only call
	join, early bool
	to          string // the address that is called; "": the telephone's user
}

// namesEnd has somebody replace or join a call at one telephone's own end, as a lamp that watches it shows it (RFC 4235): it is to
// be refused with a code, or 0.
func namesEnd(o *office.Office, who string, n naming, code int) func() error {
	return func() error {
		call := o.Desk(n.whose).Call(n.with)
		if calls := o.Desk(n.whose).Agent().Calls(); n.with == "" && len(calls) == 1 {
			call = calls[0]
		}
		if call == nil {
			return fmt.Errorf("%s has no call with %s", n.whose, n.with)
		}
		d := call.Dialog()
		for _, other := range o.Agent("bridge").Calls() { // what rings where it called may be several (RFC 3261 §12.1.2)
			if far := other.Dialog(); far.CallID == d.CallID {
				d.RemoteTag = far.LocalTag
			}
		}
		id := sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag, EarlyOnly: n.early}
		return errors.Join(o.Act(who, func(t *task.Task, a *ua.Agent) error {
			i := ua.Invitation{Target: office.AOR(n.whose), Replaces: id}
			if n.to != "" {
				i.Target = n.to
			}
			if n.join {
				i.Replaces, i.Join = sip.DialogID{}, id
			}
			call, err := a.Invite(i)
			if err != nil {
				return err
			}
			if err = call.Settle(t); code != 0 {
				return office.Refused(err, code)
			}
			a.Attend(call)
			return err
		}), o.Pause())
	}
}

// TestPlainEnd: somebody names the dialog of a telephone that knows neither Replaces nor Join, as that telephone's end: the
// server, which is the other end, does it in its place.
func TestPlainEnd(t *testing.T) {
	roles := ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target, Join: conference.Joined}
	plain := map[string]office.Manner{"bob": {Plain: true}}
	mute := map[string]office.Manner{"bob": {Plain: true, Never: true}}
	deaf := map[string]office.Manner{"bob": {Plain: true}, "alice": {Never: true}}
	five := []string{"alice", "server", "bob", "carol", "dave"}
	three := "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
	end := naming{whose: "bob", with: "alice"}
	joining, early := naming{whose: "bob", with: "alice", join: true}, naming{whose: "bob", with: "alice", early: true}
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{play.Scene{Name: "plain-replaced", Title: "a call is replaced at the end of a telephone that can't", Golden: true, Hears: bobCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", end, 0)}
		}},
		{play.Scene{Name: "plain-replaced-caller", Title: "which called", Hears: bobCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "bob", "alice"), namesEnd(o, "carol", end, 0)}
		}},
		{play.Scene{Name: "plain-replaced-bridge", Title: "by the address of the one between", Hears: bobCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", naming{whose: "bob", with: "alice", to: "sip:bridge@example.test"}, 0)}
		}},
		{play.Scene{Name: "plain-replaced-again", Title: "and once more", Desks: five, Hears: "bob hears dave\ndave hears bob", Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", end, 0), namesEnd(o, "dave", end, 0)}
		}},
		{play.Scene{Name: "plain-replaced-left", Title: "who has come hangs up", Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", end, 0), endsAll(o, "carol"), o.Pause}
		}},
		{play.Scene{Name: "plain-replaced-early", Title: "whom it calls has not answered", Golden: true, Hears: bobCarol, Manners: deaf}, func(o *office.Office) []func() error {
			return []func() error{rings(o, "bob", "alice"), o.Pause, namesEnd(o, "carol", early, 0)}
		}},
		{play.Scene{Name: "plain-replaced-ringing", Title: "it rings itself", Golden: true, Manners: mute}, func(o *office.Office) []func() error {
			return []func() error{rings(o, "alice", "bob"), o.Pause, namesEnd(o, "carol", end, 481), namesEnd(o, "carol", early, 481), endsAll(o, "alice"), o.Pause}
		}},
		{play.Scene{Name: "plain-replaced-answered", Title: "nobody takes what has been answered who wants what rings", Hears: aliceBob, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", early, 486)}
		}},
		{play.Scene{Name: "plain-replaced-stranger", Title: "somebody else's assistant may not", Golden: true, Drawn: true, Hears: aliceBob, Manners: plain, Desks: append(five, "erin")}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "erin", end, 403), namesEnd(o, "erin", joining, 403), namesEnd(o, "alice", end, 403)}
		}},
		{play.Scene{Name: "plain-replaced-able", Title: "a telephone that can does it itself", Golden: true, Hears: bobCarol}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", end, 0)}
		}},
		{play.Scene{Name: "plain-replaced-able-bridge", Title: "and nobody else for it", Hears: aliceBob}, func(o *office.Office) []func() error {
			to := naming{whose: "bob", with: "alice", to: "sip:bridge@example.test"}
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", to, 481)}
		}},
		{play.Scene{Name: "plain-replaced-held", Title: "it holds: who has come hears music, as who was held did", Golden: true, Hears: "carol hears bridge's music:waiting", Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), holds(o, "bob", "alice"), namesEnd(o, "carol", end, 0)}
		}},
		{play.Scene{Name: "plain-replaced-resumed", Title: "until it resumes", Hears: bobCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), holds(o, "bob", "alice"), namesEnd(o, "carol", end, 0),
				does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error { return call.Resume(t) }),
			}
		}},
		{play.Scene{Name: "plain-replaced-was-held", Title: "who was replaced held it", Hears: bobCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), holds(o, "alice", "bob"), namesEnd(o, "carol", end, 0)}
		}},
		{play.Scene{Name: "plain-joined", Title: "somebody joins at that end", Golden: true, Hears: three, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", joining, 0)}
		}},
		{play.Scene{Name: "plain-joined-early", Title: "whom it calls has not answered", Manners: deaf}, func(o *office.Office) []func() error {
			return []func() error{rings(o, "bob", "alice"), o.Pause, namesEnd(o, "carol", joining, 481), endsAll(o, "bob"), o.Pause}
		}},
		{play.Scene{Name: "plain-joined-ringing", Title: "it rings itself", Manners: mute}, func(o *office.Office) []func() error {
			return []func() error{rings(o, "alice", "bob"), o.Pause, namesEnd(o, "carol", joining, 481), endsAll(o, "alice"), o.Pause}
		}},
		{play.Scene{Name: "plain-parted", Title: "of three, the others talk on", Golden: true, Desks: five, Hears: "alice hears carol\nbob hears dave\ncarol hears alice\ndave hears bob", Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", joining, 0), namesEnd(o, "dave", end, 0)}
		}},
		{play.Scene{Name: "plain-parted-held", Title: "it holds the others, and then who has come", Desks: five, Hears: aliceCarol + "\ndave hears bridge's music:waiting", Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", joining, 0), holds(o, "bob", "alice"), namesEnd(o, "dave", end, 0)}
		}},
		{play.Scene{Name: "plain-parted-left", Title: "and hangs up", Desks: five, Hears: aliceCarol, Manners: plain}, func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", joining, 0), namesEnd(o, "dave", end, 0), endsAll(o, "bob"), o.Pause}
		}},
	} {
		s.Office, s.Roles = helped(), roles
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

// crowded is helped, with room for as many conversations.
func crowded(most int) office.Options {
	options := helped()
	before := options.Server
	options.Server = func(c *domain.Config) {
		before(c)
		c.Inside[0].Install = func(a *ua.Agent) { b2bua.New(a, b2bua.Settings{Domain: "example.test", Local: localUser, Most: most}) }
	}
	return options
}

// TestPlainEndOfService: what a service of the server's does with a call is not disturbed, what stands is taken over.
func TestPlainEndOfService(t *testing.T) {
	plain := map[string]office.Manner{"bob": {Plain: true}}
	five := []string{"alice", "server", "bob", "carol", "dave"}
	end := naming{whose: "bob", with: "alice"}
	joining := naming{whose: "bob", with: "alice", join: true}
	keep := &tape{}
	inLot := lots(time.Hour, keep)
	before := inLot.Server
	inLot.Server = func(c *domain.Config) {
		before(c)
		c.Assistants = map[string][]string{"bob": {"carol"}}
	}
	for _, s := range []struct {
		play.Scene
		office office.Options
		steps  func(o *office.Office) []func() error
	}{
		{play.Scene{Name: "plain-parked", Title: "who is parked is taken out of the park"}, inLot, func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "alice", "#72"), o.Pause, hears(o, "bob hears park's music:default"),
				namesEnd(o, "carol", end, 0), hears(o, bobCarol), calls(o, "alice", "701", 480),
			}
		}},
		{play.Scene{Name: "plain-busy", Title: "it is spoken with meanwhile"}, inLot, func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "##"), func() error { return o.RunFor(time.Second) }, namesEnd(o, "carol", end, 486), o.Pause, hears(o, aliceBob),
			}
		}},
		{play.Scene{Name: "plain-recorded", Title: "a recording goes on with who has come"}, inLot, func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "*1"), hearsLine(o, "bridge hears alice, bob"), namesEnd(o, "carol", end, 0),
				hearsLine(o, "bridge hears bob, carol"), pressesKeys(o, "bob", "*1"), o.Pause, hears(o, bobCarol),
			}
		}},
		{play.Scene{Name: "plain-parted-full", Title: "there is no room for another conversation", Desks: five}, crowded(1), func(o *office.Office) []func() error {
			three := "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", joining, 0), namesEnd(o, "dave", end, 486), hears(o, three), endsAll(o, "alice"), endsAll(o, "bob"), o.Pause}
		}},
		{play.Scene{Name: "plain-replaced-full", Title: "nor is one needed for two"}, crowded(1), func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), namesEnd(o, "carol", end, 0), hears(o, bobCarol)}
		}},
	} {
		s.Office, s.Manners, s.Roles = s.office, plain, services
		s.Play = func(o *office.Office) error {
			return office.InOrder(append(s.steps(o), o.Leave, o.Pause)...)
		}
		s.Run(t)
	}
}

// TestPlainEndLamps: the lamps tell of who talks with whom then.
func TestPlainEndLamps(t *testing.T) {
	desks := []string{"alice", "server", "bob", "bill", "carol", "dave"}
	for _, s := range []struct {
		play.Scene
		early bool
	}{
		{play.Scene{Name: "plain-lamps", Title: "bob's shows carol, and hers bob", Manners: map[string]office.Manner{"bob": {Plain: true}}}, false},
		{play.Scene{Name: "plain-lamps-early", Title: "also where nobody had answered bob", Manners: map[string]office.Manner{"bob": {Plain: true}, "alice": {Never: true}}}, true},
	} {
		s.Office, s.Roles, s.Desks, s.Hears = helpedLamps(), services, desks, bobCarol
		before := s.Office.Server
		s.Office.Server = func(c *domain.Config) {
			before(c)
			c.Assistants = map[string][]string{"bob": {"carol"}}
			c.Routing = map[string]*directory.Routing{}
		}
		s.Play = func(o *office.Office) error {
			one, other := &eye{}, &eye{}
			begin := []func() error{meets(o, "alice", "bob"), opens(o, "bill", "bob", one), opens(o, "carol", "carol", other), one.tells(o, "recipient confirmed alice")}
			after := "recipient confirmed carol"
			if s.early {
				begin = []func() error{opens(o, "bill", "bob", one), opens(o, "carol", "carol", other), rings(o, "bob", "alice"), one.tells(o, "initiator early alice")}
				after = "initiator confirmed carol"
			}
			return office.InOrder(append(begin,
				namesEnd(o, "carol", naming{whose: "bob", with: "alice"}, 0), one.tells(o, after), other.tells(o, "initiator confirmed bob"), one.closes(o, "bill"), other.closes(o, "carol"))...)
		}
		s.Run(t)
	}
}

// TestPlainEndKept: after a restart the server goes by what a telephone said when it registered.
func TestPlainEndKept(t *testing.T) {
	for _, s := range []struct {
		play.Scene
		itself bool
	}{
		{play.Scene{Name: "plain-restart", Title: "the server does it for a telephone that can't", Manners: map[string]office.Manner{"alice": {Plain: true}}}, false},
		{play.Scene{Name: "able-restart", Title: "and one that can does it itself"}, true},
	} {
		s.Office, s.Roles, s.Hears = helpedToPark(), services, aliceCarol
		before := s.Office.Server
		s.Office.Server = func(c *domain.Config) {
			before(c)
			c.Assistants = map[string][]string{"alice": {"carol"}}
		}
		s.Play = func(o *office.Office) error {
			return office.InOrder(
				func() error { o.Desk("alice").Do(func(a *ua.Agent) { a.Register(nil) }); return o.RunFor(time.Second) },
				meets(o, "alice", "bob"), refers(o, "bob", "alice", "701"), restarts(o), o.Pause, namesEnd(o, "carol", naming{whose: "alice"}, 0),
				func() error {
					if calls := o.Desk("alice").Agent().Calls(); len(calls) != 1 || calls[0].Incoming != s.itself {
						return fmt.Errorf("alice has %d calls", len(calls))
					}
					return nil
				})
		}
		s.Run(t)
	}
}
