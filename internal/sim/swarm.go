package sim

import (
	"errors"
	"fmt"
	"strings"
)

// Scenario builds a network's hosts and plays on them. It gives the end state as text
// (Network.EndState, usually), which must be the same on every line; an error ends it.
type Scenario func(n *Network) (endState string, err error)

// Swarm plays one scenario over and over.
type Swarm struct {
	Seeds     uint64 // how many runs; the first has a good line
	FirstSeed uint64
	MinLoss   float64 // of the first bad line; zero: 0.1
	MaxLoss   float64 // of the last one; zero: 0.3
	// LostCopies is that of the bad lines' Link. Where a message and its answer take two links each,
	// 2 has one of nine pairs of copies arrive for every seed.
	LostCopies int
	Config     Config // of every run; its Seed and Link are set by the swarm
}

// ErrEndState is the error of runs that end otherwise than the one on a good line.
var ErrEndState = errors.New("another end state than on a good line")

// Run plays the scenario once on a good line and then under loss from MinLoss to
// MaxLoss, duplication, jitter and reordering. The arrows may differ, the end state may
// not. The error names the seed and holds the ladder of the run that went wrong.
func (s Swarm) Run(scenario Scenario) error {
	if s.MinLoss == 0 {
		s.MinLoss = 0.1
	}
	if s.MaxLoss == 0 {
		s.MaxLoss = max(0.3, s.MinLoss)
	}
	var want string
	for i := range s.Seeds {
		config := s.Config
		config.Seed = s.FirstSeed + i
		config.Link = Link{}
		if i > 0 {
			config.Link = Rain(s.MinLoss + (s.MaxLoss-s.MinLoss)*float64(i)/float64(s.Seeds))
			config.Link.LostCopies = s.LostCopies
		}
		n := New(config)
		got, err := scenario(n)
		if i == 0 {
			want = got
		}
		if err == nil && got != want {
			err = fmt.Errorf("%w: %s", ErrEndState, firstDifference(want, got))
		}
		if err != nil {
			return fmt.Errorf("seed %d, loss %.0f %%: %w\n%s", config.Seed, 100*config.Link.Loss, err, n.Ladder().Draw())
		}
	}
	return nil
}

func firstDifference(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wants), len(gots)) {
		var a, b string
		if i < len(wants) {
			a = wants[i]
		}
		if i < len(gots) {
			b = gots[i]
		}
		if a != b {
			return fmt.Sprintf("line %d: want %q, got %q", i+1, a, b)
		}
	}
	return "none"
}

// EndState is what all phones ended with, and what they complain about, as text.
func (n *Network) EndState() string {
	var b strings.Builder
	for _, phone := range n.phones {
		b.WriteString(phone.EndState())
	}
	return b.String()
}
