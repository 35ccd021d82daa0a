package assist_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/assist"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob   = "alice hears bob\nbob hears alice"
	aliceCarol = "alice hears carol\ncarol hears alice"
	bobCarol   = "bob hears carol\ncarol hears bob"
	three      = "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
	aliceMusic = "alice hears bridge's music:bob"
	asks       = "bridge's prompt:en/enter-number"
)

var numbers = map[string]string{"1001": "alice", "1002": "bob", "1003": "carol", "1004": "dave"}

// codes are those that are configured where nothing else is.
var codes = []b2bua.Code{{Code: "##", Does: "transfer"}, {Code: "*2", Does: "consult"}, {Code: "*3", Does: "three-way"}, {Code: "*4", Does: "hold"}, {Code: "*6", Does: "hand-over"}}

// helped is a domain in which all calls go through the agent that helps telephones.
func helped() office.Options {
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist = directory.AssistAll
		c.Alias = func(uri sip.URI) (string, bool) {
			name := numbers[uri.User]
			return "sip:" + name + "@example.test", name != ""
		}
		c.Inside = []domain.Agent{{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
			handOver := assist.NewHandOver(func(number string) string { return numbers[number] })
			b2bua.New(a, b2bua.Settings{
				Domain: "example.test", Language: "en", Local: localUser, Music: func(user string) string { return "music:" + user }, Codes: codes,
				Do: map[string]func(t *task.Task, p b2bua.Press){
					"transfer": assist.Transfer, "consult": assist.Consult, "three-way": assist.ThreeWay, "hold": assist.Hold, "hand-over": handOver.Offer,
				},
				Asked: map[string]func(c *ua.Call, value string){assist.Take: handOver.Taken},
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

// scene is one in which bob talks with alice, who has called unless he calls. The phones have keys, and know nothing.
type scene struct {
	play.Scene
	calls   bool            // bob has called
	options *office.Options // nil: helped
	steps   func(o *office.Office) []func() error
}

func (s *scene) run(t *testing.T) {
	t.Helper()
	if s.Office = helped(); s.options != nil {
		s.Office = *s.options
	}
	if s.Seeds == 0 && !testing.Short() {
		s.Seeds = 50
	}
	s.Play = func(o *office.Office) error {
		from, to := "alice", "bob"
		if s.calls {
			from, to = to, from
		}
		if err := o.Meet(from, to); err != nil {
			return err
		}
		return office.InOrder(append([]func() error{hears(o, aliceBob)}, s.steps(o)...)...)
	}
	s.Run(t)
}

var errUnlike = errors.New("not as it should be")

func hears(o *office.Office, want string) func() error { return func() error { return o.Hears(want) } }

// until waits until somebody hears something.
func until(o *office.Office, lines string) func() error {
	return func() error {
		heard := func() bool { return strings.Contains("\n"+o.Hearing(), "\n"+lines+"\n") }
		if err := o.RunUntil(heard, 5*time.Minute); err != nil {
			return fmt.Errorf("nobody hears %q but %q: %w", lines, o.Hearing(), err)
		}
		return nil
	}
}

// press has somebody press keys in the latest call, and waits until that is done.
func press(o *office.Office, who, keys string) func() error {
	return func() error {
		calls := o.Desk(who).Agent().Calls()
		if len(calls) == 0 {
			return fmt.Errorf("%w: %s is in no call", errUnlike, who)
		}
		o.Desk(who).Do(func(*ua.Agent) { calls[len(calls)-1].Dial(keys, 100*time.Millisecond) })
		return o.RunFor(time.Duration(len(keys)) * 150 * time.Millisecond)
	}
}

// rings waits until somebody's phone rings.
func rings(o *office.Office, who string) func() error {
	return func() error {
		return o.RunUntil(func() bool {
			for _, c := range o.Desk(who).Agent().Calls() {
				if c.Incoming && c.State == ua.Alerting {
					return true
				}
			}
			return false
		}, 5*time.Minute)
	}
}

// hangsUp has somebody hang up everything.
func hangsUp(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return nil
	}
}

// leaves is hangsUp, and waits until all is quiet.
func leaves(o *office.Office, who string) func() error {
	return func() error { return office.InOrder(hangsUp(o, who), o.Pause) }
}

// heard holds the digits that somebody's phone heard to what they should be.
func heard(o *office.Office, who, want string) func() error {
	return func() error {
		var got strings.Builder
		for _, e := range o.Desk(who).Events {
			if e.Kind == ua.DigitHeard {
				got.WriteString(e.Text)
			}
		}
		if got.String() != want {
			return fmt.Errorf("%w: %s heard %q, want %q", errUnlike, who, got.String(), want)
		}
		return nil
	}
}
