package assist_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/proxy"
	"hookflash/service/assist"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	bobMusic = "bob hears bridge's music:alice"
	four     = "alice hears bob, carol, dave\nbob hears alice, carol, dave\ncarol hears alice, bob, dave\ndave hears alice, bob, carol"
)

var extensions = map[string]string{"1001": "alice", "1002": "bob", "1003": "carol", "1004": "dave"}

// shelf keeps recordings in memory.
type shelf struct {
	full   bool
	begun  []assist.Taking
	kept   []string // what became of each, in order
	lasted time.Duration
}

var errFull = errors.New("full")

func (s *shelf) Begin(r assist.Taking) (id, sink string, err error) {
	if s.full {
		return "", "", errFull
	}
	s.begun = append(s.begun, r)
	id = fmt.Sprint(len(s.begun))
	return id, "file:" + id, nil
}

func (s *shelf) Keep(id string, lasted time.Duration) error {
	s.kept, s.lasted = append(s.kept, "keep "+id), lasted
	return nil
}

func (s *shelf) Drop(id string) error {
	s.kept = append(s.kept, "drop "+id)
	return nil
}

// house is a domain in which all calls go through the agent that helps telephones, with a place for recordings.
func house(keep *shelf) office.Options {
	recorder := &assist.Recorder{Recordings: keep, Allowed: func(user string) bool { return user != "carol" }}
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist, c.Codes = directory.AssistAll, []proxy.Code{{Code: "*33", Does: "join"}}
		c.Alias = func(uri sip.URI) (string, bool) {
			name := extensions[uri.User]
			return "sip:" + name + "@example.test", name != ""
		}
		c.Inside = []domain.Agent{{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
			var e *b2bua.Exchange
			e = b2bua.New(a, b2bua.Settings{
				Domain: "example.test", Language: "en", Local: localUser, Music: func(user string) string { return "music:" + user },
				Codes: []b2bua.Code{
					{Code: "##", Does: "transfer"},
					{Code: "*3", Does: "three-way"},
					{Code: "*4", Does: "hold"},
					{Code: "*1", Does: "record"},
					{Code: "*0", Does: "pause"},
					{Code: "*9", Does: "help"},
					{Code: "*7", Does: "nothing"},
				},
				Do: map[string]func(t *task.Task, p b2bua.Press){
					"transfer": assist.Transfer, "three-way": assist.ThreeWay, "hold": assist.Hold, "help": assist.Help,
					"record": recorder.Record, "pause": recorder.Pause,
				},
				Asked: map[string]func(c *ua.Call, value string){"join": func(c *ua.Call, value string) {
					assist.Join(e, assist.Joining{Call: c, With: extensions[value], Number: "1003"})
				}},
			})
		}}}
	}}
}

// story is a scene in which alice has called bob. The phones have keys, and know nothing.
type story struct {
	play.Scene
	// kept is what became of the recordings.
	kept  []string
	full  bool // there is no room for recordings
	steps func(o *office.Office) []func() error
}

func (s *story) run(t *testing.T) {
	t.Helper()
	shared := &shelf{} // of one run of the scene after the other
	s.Play = func(o *office.Office) error {
		*shared = shelf{full: s.full}
		steps := append([]func() error{func() error { return o.Meet("alice", "bob") }, hears(o, aliceBob)}, s.steps(o)...)
		return office.InOrder(append(steps, o.Pause, func() error { return s.compare(shared) })...)
	}
	s.Office = house(shared)
	s.Run(t)
}

func (s *story) compare(keep *shelf) error {
	if !slices.Equal(keep.kept, s.kept) {
		return fmt.Errorf("%w: recordings %q, want %q", errUnlike, keep.kept, s.kept)
	}
	return nil
}

// hearsBridge is a line of who hears what the exchange plays.
func hearsBridge(who, prompt string) string { return who + " hears bridge's prompt:en/" + prompt }

// wants holds that a line of who hears whom is there now.
func wants(o *office.Office, line string) func() error {
	return func() error {
		if !strings.Contains("\n"+o.Hearing(), "\n"+line+"\n") {
			return fmt.Errorf("%w: want %q in\n%s", errUnlike, line, o.Hearing())
		}
		return nil
	}
}
