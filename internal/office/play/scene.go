// Package play plays the scenes of a service in an office: once on good lines, where what is sent
// is compared with the RFC's ladder and with a golden file, and again and again on bad ones, where the
// same must come of it. Only tests import it.
package play

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hookflash/internal/ladder"
	"hookflash/internal/ladder/golden"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/ua"
)

// How many runs of a scene there are where it says nothing.
const (
	goldenSeeds = 50
	otherSeeds  = 16 // 50 as well when everything is to reach its figure
)

// Full tells that every test is to reach its whole figure, whatever that takes.
func Full() bool { return os.Getenv("HOOKFLASH_SIZE") == "full" }

// Scene is one ladder of a service.
type Scene struct {
	Name  string // of the golden file; without Golden of the test alone
	Title string
	// Desks, in the order of their columns; nil: alice, server, bob, carol.
	Desks   []string
	Office  office.Options
	Roles   ua.Handlers
	Manners map[string]office.Manner
	// Drawn: the RFC draws the server, so that each message takes two arrows.
	Drawn  bool
	Golden bool
	// Want are the arrows, a line each: "F1 alice>bob INVITE"; "": any.
	Want string
	// Documents is the Go file whose comment draws the same ladder; "": none does.
	Documents string
	// Play is what happens. It ends in what Hears says: who hears whom, as office.Hearing tells it.
	Play  func(o *office.Office) error
	Hears string
	// Seeds is how many runs there are, the first on a good line; zero: 50 of a golden ladder, else 16.
	Seeds uint64
}

// Run plays the scene.
func (s Scene) Run(t *testing.T) {
	t.Helper()
	t.Run(s.Name, func(t *testing.T) {
		t.Parallel()
		n := sim.New(sim.Config{})
		if _, err := s.play(n, s.compare(t, n)); err != nil {
			t.Fatalf("%v\n%s", err, n.Ladder().DrawPlain())
		}
		switch {
		case Full() || s.Seeds == 0 && s.Golden:
			s.Seeds = goldenSeeds
		case s.Seeds == 0:
			s.Seeds = otherSeeds
		}
		err := sim.Swarm{Seeds: s.Seeds, FirstSeed: 1, LostCopies: 2}.Run(func(n *sim.Network) (string, error) { return s.play(n, nil) })
		if err != nil {
			t.Error(err)
		}
	})
}

// play runs the scene on a network: the end state is that before everybody goes home.
func (s Scene) play(n *sim.Network, played func()) (string, error) {
	desks := s.Desks
	if desks == nil {
		desks = []string{"alice", "server", "bob", "carol"}
	}
	o := office.New(n, s.Office, desks...)
	o.Staff(s.Roles, s.Manners)
	if err := s.Play(o); err != nil {
		return "", err
	}
	if played != nil {
		played()
	}
	if err := o.Pause(); err != nil {
		return "", err
	}
	state := o.EndState()
	if hearing := o.Hearing(); strings.TrimSpace(hearing) != strings.TrimSpace(s.Hears) {
		return state, fmt.Errorf("who hears whom:\n%swant\n%s\n%s", hearing, s.Hears, state)
	}
	if err := o.GoHome(); err != nil {
		return state, err
	}
	if faults := Faults(n.Ladder()); len(faults) > 0 {
		return state, errors.New(strings.Join(faults, "; "))
	}
	return state, nil
}

// compare is called when the scene was played on good lines.
func (s Scene) compare(t *testing.T, n *sim.Network) func() {
	return func() {
		folded := fold(n.Ladder(), s.Drawn)
		folded.Title = s.Title
		if s.Want != "" {
			s.wants(t, folded)
		}
		if s.Documents != "" {
			documented(t, s.Documents, folded)
		}
		if s.Golden {
			golden.Ladder(t, s.Name, folded, golden.Options{Plain: true})
		}
	}
}

func (s Scene) wants(t *testing.T, got *ladder.Ladder) {
	t.Helper()
	var lines []string
	for _, arrow := range got.Arrows {
		lines = append(lines, fmt.Sprintf("F%d %s>%s %s", arrow.Number, got.Name(arrow.From), got.Name(arrow.To), arrow.Label))
	}
	want := strings.Split(strings.TrimSpace(s.Want), "\n")
	for i := range max(len(want), len(lines)) {
		if i >= len(want) || i >= len(lines) || strings.TrimSpace(want[i]) != lines[i] {
			t.Errorf("arrow %d is another one than the RFC's; got\n%s", i+1, strings.Join(lines, "\n"))
			return
		}
	}
}

// numbered finds "INVITE Replaces: B F19" in a drawing.
var numbered = regexp.MustCompile(`\b([A-Z]{3,9}|[1-6]\d\d)\b[^|\n]*? ?\bF(\d+)`)

// documented compares the ladder that a comment draws.
func documented(t *testing.T, file string, got *ladder.Ladder) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.SplitSeq(string(source), "\n") {
		if !strings.HasPrefix(line, "//	") {
			continue
		}
		for _, match := range numbered.FindAllStringSubmatch(line, -1) {
			number, _ := strconv.Atoi(match[2])
			found++
			if number < 1 || number > len(got.Arrows) {
				t.Errorf("%s draws F%d, and there is none", file, number)
				continue
			}
			if label := got.Arrows[number-1].Label; !strings.HasPrefix(label+" ", match[1]+" ") {
				t.Errorf("%s draws F%d as %s, and it is %s", file, number, match[1], label)
			}
		}
	}
	if found == 0 {
		t.Errorf("%s draws no ladder", file)
	}
}
