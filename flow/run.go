package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hookflash/internal/ladder"
)

// Options of a run. The zero value plays on a server of its own and draws nothing.
type Options struct {
	Draw    io.Writer // the ladder while it is played; nil: nowhere
	Against *Against  // somebody else's server; nil: our own
}

// Result is what became of a flow.
type Result struct {
	Flow   Flow
	Ladder *ladder.Ladder
	Took   time.Duration
	Err    error // nil: every arrow and every ear was right
}

// Run plays one flow.
func Run(ctx context.Context, f Flow, options Options) Result {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	began := time.Now()
	l, err := run(ctx, &f, options)
	return Result{Flow: f, Ladder: l, Took: time.Since(began), Err: err}
}

// settled is how long nothing may pass before a ladder is at its end.
const settled = 300 * time.Millisecond

func run(ctx context.Context, f *Flow, options Options) (*ladder.Ladder, error) {
	want, err := f.hops()
	if err != nil {
		return nil, err
	}
	w := newWitness(f, want, options.Draw)
	s, err := newStage(ctx, f, w, options.Against)
	if err == nil {
		w.begin()
		err = f.play(s)
		if err == nil {
			time.Sleep(settled) // whatever else comes does not belong there
		}
		got := w.seen()
		if problem := check(want, got); problem != nil {
			err = errors.Join(err, problem)
		}
	}
	title := fmt.Sprintf("%s: RFC 5359 section %s", f.Title, f.Section)
	l := w.ladder(title)
	w.finish()
	return l, errors.Join(err, s.end())
}
