package order_test

import (
	"errors"
	"strings"
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

// helped is a domain in which all calls go through the agent that helps telephones.
func helped() office.Options {
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist, c.Assistants = directory.AssistAll, map[string][]string{"bob": {"carol", "dave"}}
		c.Inside = []domain.Agent{{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
			b2bua.New(a, b2bua.Settings{
				Domain: "example.test", Local: localUser, Music: func(string) string { return "music:waiting" },
				Codes: []b2bua.Code{{Code: "#7", Does: "leave"}, {Code: "##", Does: "leave"}},
				Do: map[string]func(t *task.Task, p b2bua.Press){"leave": func(_ *task.Task, p b2bua.Press) {
					call := p.Leg.Call
					p.Leg.Conversation().Drop(p.Leg)
					call.HangUp()
				}},
			})
		}}}
	}}
}

func localUser(uri string) string {
	name, ours := strings.CutSuffix(strings.TrimPrefix(uri, "sip:"), "@example.test")
	if !ours {
		return ""
	}
	return name
}

const (
	aliceBob   = "alice hears bob\nbob hears alice"
	aliceCarol = "alice hears carol\ncarol hears alice"
	bobCarol   = "bob hears carol\ncarol hears bob"
)

func does(o *office.Office, who, with string, act office.Act) func() error {
	return func() error { return o.Do(who, with, act) }
}

func meets(o *office.Office, from, to string) func() error {
	return func() error { return o.Meet(from, to) }
}

// presses has somebody press keys in a call.
func presses(o *office.Office, who, with, digits string) func() error {
	return does(o, who, with, func(_ *task.Task, call *ua.Call) error {
		call.Dial(digits, 100*time.Millisecond)
		return nil
	})
}

// holds has somebody hold somebody.
func holds(o *office.Office, who, with string) func() error {
	return does(o, who, with, func(t *task.Task, call *ua.Call) error { return call.Hold(t) })
}

// tries has somebody call somebody else, and wants that refused with a code.
func tries(o *office.Office, who, whom string, code int) func() error {
	return func() error {
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			call, err := a.Invite(ua.Invitation{Target: office.AOR(whom)})
			if err != nil {
				return err
			}
			return call.Settle(t)
		})
		return errors.Join(office.Refused(err, code), o.Pause())
	}
}

// refers has somebody refer somebody to somebody else; the two that talk then are left to themselves.
func refers(o *office.Office, who, with, to string) func() error {
	return does(o, who, with, func(t *task.Task, call *ua.Call) error {
		return transfer.Unattended(t, call, office.AOR(to), transfer.Options{})
	})
}

func TestExchange(t *testing.T) {
	roles := ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target, Join: conference.Joined}
	three := "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "bridged", Title: "both talk, and the callee hangs up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), func() error { return o.Hears(aliceBob) }, func() error { return o.HangUp("bob", "alice") }}
		}},
		{Scene: play.Scene{Name: "bridged-caller-left", Title: "the caller hangs up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), func() error { return o.HangUp("alice", "bob") }}
		}},
		{Scene: play.Scene{Name: "bridged-given-up", Title: "the caller gives up while it rings", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}}, steps: func(o *office.Office) []func() error {
			return []func() error{rings(o, "alice", "bob"), o.Pause, func() error { return o.HangUp("alice", "bob") }}
		}},
		{Scene: play.Scene{Name: "bridged-busy", Title: "the callee is busy", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{tries(o, "alice", "bob", 486)}
		}},
		{Scene: play.Scene{Name: "bridged-held", Title: "who is held hears music", Golden: true, Hears: "alice hears bridge's music:waiting"}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), holds(o, "bob", "alice")}
		}},
		{Scene: play.Scene{Name: "bridged-resumed", Title: "and the other again when it is over", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), holds(o, "bob", "alice"), does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error { return call.Resume(t) })}
		}},
		{Scene: play.Scene{Name: "bridged-code", Title: "a code that is dialled in the call is taken", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), presses(o, "bob", "alice", "##")}
		}},
		{Scene: play.Scene{Name: "bridged-digits", Title: "digits that are no code reach the other", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), presses(o, "bob", "alice", "12#4#"), func() error { return heardDigits(o, "alice", "12#4#") }}
		}},
		{Scene: play.Scene{Name: "bridged-refer", Title: "the server follows a REFER on behalf of who is transferred", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), refers(o, "bob", "alice", "carol")}
		}},
		{Scene: play.Scene{Name: "bridged-refer-busy", Title: "a transfer that fails leaves the two as they were", Golden: true, Hears: aliceBob, Manners: map[string]office.Manner{"carol": {Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), func() error {
				if err := refers(o, "bob", "alice", "carol")(); err == nil {
					return errors.New("the transfer worked")
				}
				return nil
			}}
		}},
		{Scene: play.Scene{Name: "bridged-attended", Title: "REFER with Replaces of another dialog of ours makes one conversation of two", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), holds(o, "bob", "alice"), meets(o, "bob", "carol"),
				does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error {
					return transfer.Attended(t, call, o.Desk("bob").Call("carol"))
				}),
			}
		}},
		{Scene: play.Scene{Name: "bridged-replaced", Title: "another phone of a user's takes the call over", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), takes(o, "bob", "carol", "alice", false)}
		}},
		{Scene: play.Scene{Name: "bridged-joined", Title: "a third party joins", Golden: true, Hears: three}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), takes(o, "bob", "carol", "alice", true)}
		}},
	} {
		s.Office, s.Roles = helped(), roles
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

// rings has somebody call somebody else, and does not wait for the answer.
func rings(o *office.Office, who, whom string) func() error {
	return func() error {
		return o.Act(who, func(_ *task.Task, a *ua.Agent) error {
			_, err := a.Invite(ua.Invitation{Target: office.AOR(whom)})
			return err
		})
	}
}

// takes has an assistant of somebody replace or join the call with somebody else, by the identifiers of that call.
func takes(o *office.Office, whose, who, with string, join bool) func() error {
	return func() error {
		d := o.Desk(whose).Call(with).Dialog()
		id := sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag} // as the far side of it sees it
		return errors.Join(o.Act(who, func(t *task.Task, a *ua.Agent) error {
			i := ua.Invitation{Target: d.Target, Replaces: id}
			if join {
				i.Replaces, i.Join = sip.DialogID{}, id
			}
			call, err := a.Invite(i)
			if err != nil {
				return err
			}
			err = call.Settle(t)
			a.Attend(call)
			return err
		}), o.Pause())
	}
}

// heardDigits tells whether somebody's phone heard digits.
func heardDigits(o *office.Office, who, want string) error {
	var got strings.Builder
	for _, e := range o.Desk(who).Events {
		if e.Kind == ua.DigitHeard {
			got.WriteString(e.Text)
		}
	}
	if got.String() != want {
		return errors.New(who + " heard " + got.String())
	}
	return nil
}
