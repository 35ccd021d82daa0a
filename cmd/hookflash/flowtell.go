package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"hookflash/flow"
	"hookflash/sip"
)

// teller tells what becomes of flows.
type teller struct {
	to       io.Writer
	json     bool
	pictures *os.Root // nil: none are wanted
	told     int
	lines    strings.Builder // of the summary
	failed   int
	took     time.Duration
}

// flowLine is one line of --json. Names are kept; new ones may be added.
type flowLine struct {
	Flow    string      `json:"flow"`
	Section string      `json:"section"`
	Without []string    `json:"without"` // what the phones lack
	Passed  bool        `json:"passed"`
	Error   string      `json:"error"` // "" when it passed
	TookMS  int64       `json:"took_ms"`
	Arrows  []flowArrow `json:"arrows"`
}

type flowArrow struct {
	Number int    `json:"number"` // n of Fn; 0 beside the ladder
	From   string `json:"from"`
	To     string `json:"to"`
	Label  string `json:"label"`
	AtMS   int64  `json:"at_ms"`
}

// begin stands above the drawing.
func (t *teller) begin(f flow.Flow) {
	if !t.json {
		fmt.Fprintf(t.to, "# %s\n\n", f.Heading())
	}
}

// end tells what became of a flow.
func (t *teller) end(r flow.Result) error {
	t.told++
	t.took += r.Took
	outcome, problem := "passed", ""
	if r.Err != nil {
		t.failed++
		outcome, problem = "failed", flowRemedy(r.Err)
	}
	fmt.Fprintf(&t.lines, "%-30s %-5s %s %6s s\n", r.Flow.Name, r.Flow.Section, outcome, seconds(r.Took))
	if t.pictures != nil {
		if err := t.pictures.WriteFile(r.Flow.Name+".svg", []byte(r.Ladder.SVG()), 0o644); err != nil {
			return fmt.Errorf("write the picture of %s: %w", r.Flow.Name, err)
		}
	}
	if t.json {
		return t.line(r, problem)
	}
	if problem != "" {
		problem = ":\n  " + strings.ReplaceAll(printable(problem), "\n", "\n  ")
	}
	_, err := fmt.Fprintf(t.to, "\n%s %s in %s s%s\n\n", r.Flow.Name, outcome, seconds(r.Took), problem)
	return err
}

// line prints the object of a flow.
func (t *teller) line(r flow.Result, problem string) error {
	line := flowLine{
		Flow: r.Flow.Name, Section: r.Flow.Section, Without: append([]string{}, r.Flow.Lacks.Names()...), Passed: r.Err == nil, Error: visibleText(problem),
		TookMS: r.Took.Milliseconds(), Arrows: []flowArrow{},
	}
	for i := range r.Ladder.Arrows {
		a := &r.Ladder.Arrows[i]
		line.Arrows = append(line.Arrows, flowArrow{
			Number: a.Number, From: r.Ladder.Name(a.From), To: r.Ladder.Name(a.To), Label: visibleText(a.Label), AtMS: a.At.Milliseconds(),
		})
	}
	return json.NewEncoder(t.to).Encode(line)
}

// summary ends it all.
func (t *teller) summary(wanted int) error {
	if !t.json && t.told > 1 {
		fmt.Fprint(t.to, t.lines.String())
		if t.failed == 0 {
			fmt.Fprintf(t.to, "All %d passed in %s s.\n", wanted, seconds(t.took))
		} else {
			fmt.Fprintf(t.to, "%d of %d failed, in %s s.\n", t.failed, wanted, seconds(t.took))
		}
	}
	if t.failed > 0 {
		return &saidError{fmt.Errorf("%d of %d failed", t.failed, wanted)}
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }

// flowRemedy says what to do about a failure, where there is something.
func flowRemedy(err error) string {
	text := err.Error()
	var refused *sip.StatusError
	if !errors.Is(err, flow.ErrStage) {
		return text
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return text + "\nIs the server running, and does it listen on UDP there? Look at --against"
	}
	if !errors.As(err, &refused) {
		return text
	}
	switch refused.Code {
	case 401, 403, 407:
		text += "\nThe name or the password is wrong; look at --accounts and --domain"
	case 404:
		text += "\nThe server has no such user; make the account, or look at --domain"
	case 408, 503:
		text += "\nIs the server running, and does it listen on UDP there? Look at --against"
	}
	return text
}
