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

// ErrStage: the server or a phone didn't come up, so that nothing was played. Other flows would fail
// alike.
var ErrStage = errors.New("the stage can't be set")

// Result is what became of a flow. Ladder is as far as it went.
type Result struct {
	Flow   Flow
	Ladder *ladder.Ladder
	Took   time.Duration
	Err    error // nil: every arrow and every ear was right
}

// Run plays one flow. It ends early, with the error of ctx, when that ends.
func Run(ctx context.Context, f Flow, options Options) Result {
	ctx, cancel := context.WithTimeoutCause(ctx, Limit, fmt.Errorf("not over within %v", Limit))
	defer cancel()
	began := time.Now()
	l, err := run(ctx, &f, options)
	return Result{Flow: f, Ladder: l, Took: time.Since(began), Err: err}
}

// settled is how long nothing may pass before a ladder is at its end.
const settled = 300 * time.Millisecond

func run(ctx context.Context, f *Flow, options Options) (*ladder.Ladder, error) {
	title := f.Heading()
	want, err := f.hops()
	if err != nil {
		return &ladder.Ladder{Title: title}, err
	}
	w := newWitness(f, want, options.Draw)
	s, err := newStage(ctx, f, w, options.Against)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrStage, err)
	} else {
		w.begin()
		err = s.play(want)
	}
	l := w.ladder(title)
	drawn := w.finish()
	return l, errors.Join(err, drawn, s.end())
}

// play plays the flow and looks at what passed.
func (s *stage) play(want []hop) error {
	err := s.flow.play(s)
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx) // what is missing then is no fault of anybody's
	}
	if err == nil {
		time.Sleep(settled) // whatever else comes does not belong there
	}
	got := s.witness.seen()
	err = errors.Join(err, check(want, got))
	return errors.Join(err, s.flow.obeyed(got, err == nil))
}
