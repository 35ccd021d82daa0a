package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"hookflash/internal/ladder"
	"hookflash/server"
	"hookflash/sip"
)

// MaxCalls is how many calls are kept in mind; of more, the one quiet for longest is drawn
// as it stands and forgotten.
const MaxCalls = 1000

const (
	quietAfter  = 5 * time.Second        // then a call is drawn as it stands
	lingerAfter = 300 * time.Millisecond // for what still crosses when a call has ended
	forgetAfter = 32 * time.Second       // an ended call: until then retransmissions may come (RFC 3261 §17, 64*T1)
	forgetQuiet = time.Hour              // a call without an end
)

// watcher gathers messages by call and draws the calls. It belongs to one goroutine, and
// reads no clock.
type watcher struct {
	options  traceOptions
	stdout   io.Writer
	pictures *os.Root // nil: none
	calls    map[string]*watched
	phones   map[netip.AddrPort]string // who registered from where, at most MaxCalls
	drawn    int
}

func newWatcher(options traceOptions, stdout io.Writer) *watcher {
	return &watcher{options: options, stdout: stdout, calls: map[string]*watched{}, phones: map[netip.AddrPort]string{}}
}

func (w *watcher) enough() bool { return w.options.count > 0 && w.drawn >= w.options.count }

// see takes one line of the stream.
func (w *watcher) see(now time.Time, line server.TraceLine) error {
	from, errFrom := netip.ParseAddrPort(line.From)
	to, errTo := netip.ParseAddrPort(line.To)
	if line.Text == "" || errFrom != nil || errTo != nil {
		return nil
	}
	seen := passing{at: line.At, from: from, to: to, in: line.Direction == "in", text: line.Text, agent: line.Agent}
	// What a redacted body lacks is a mistake, but leaves the header readable.
	if seen.message, _ = sip.Parse(line.Text); seen.message == nil || seen.message.CallID() == "" {
		if w.options.follow {
			return w.print(fmt.Sprintf("%s  %s -> %s  (unreadable, %d bytes)\n", clock(line.At), from, to, len(line.Text)))
		}
		return nil
	}
	w.learn(seen)
	call, err := w.callOf(now, seen)
	if err != nil || call == nil {
		return err
	}
	call.add(now, seen)
	if !w.options.follow {
		return nil
	}
	return w.print(fmt.Sprintf("%s  %-12s -> %-12s  %s\n", clock(line.At), oneLine(call.names[from]), oneLine(call.names[to]), oneLine(startLine(line.Text))))
}

// learn keeps who registered from where, so that their columns bear their names.
func (w *watcher) learn(seen passing) {
	code := seen.message.StatusCode()
	if seen.in || seen.message.Method() != sip.REGISTER || code < 200 || code > 299 {
		return
	}
	if len(w.phones) < MaxCalls {
		w.phones[seen.to] = userOf(seen.message.To())
	}
}

// callOf finds or begins the call of a message; nil for what comes late to an ended one.
func (w *watcher) callOf(now time.Time, seen passing) (*watched, error) {
	id := seen.message.CallID()
	call := w.calls[id]
	if call != nil && call.drawnEnd {
		if call.sequences[seen.sequence()] {
			return nil, nil
		}
		call = nil // a later request under the same Call-ID, such as the next REGISTER
	}
	if call != nil {
		return call, nil
	}
	var err error
	if len(w.calls) >= MaxCalls && w.calls[id] == nil {
		err = w.forget()
	}
	call = newWatched(seen, w.phones)
	w.calls[id] = call
	return call, err
}

// forget makes room: the call quiet for longest goes.
func (w *watcher) forget() error {
	oldest := w.inOrder()[0]
	delete(w.calls, oldest.id)
	if !oldest.changed {
		return nil
	}
	return w.draw(oldest)
}

// inOrder lists the calls, the one quiet for longest first.
func (w *watcher) inOrder() []*watched {
	calls := make([]*watched, 0, len(w.calls))
	for _, call := range w.calls {
		calls = append(calls, call)
	}
	slices.SortFunc(calls, func(a, b *watched) int {
		if order := a.last.Compare(b.last); order != 0 {
			return order
		}
		return strings.Compare(a.id, b.id)
	})
	return calls
}

// advance draws what has ended or gone quiet.
func (w *watcher) advance(now time.Time) error {
	for _, call := range w.inOrder() {
		patience, forget := quietAfter, forgetQuiet
		if call.ended {
			patience, forget = lingerAfter, forgetAfter
		}
		quiet := now.Sub(call.last)
		if call.changed && quiet >= patience {
			if err := w.draw(call); err != nil {
				return err
			}
			if w.enough() {
				return nil
			}
		}
		if quiet >= forget {
			delete(w.calls, call.id)
		}
	}
	return nil
}

// finish draws what is left.
func (w *watcher) finish() error {
	for _, call := range w.inOrder() {
		if call.changed && !w.enough() {
			if err := w.draw(call); err != nil {
				return err
			}
		}
	}
	return nil
}

// draw prints a call's ladder.
func (w *watcher) draw(call *watched) error {
	call.changed, call.drawnEnd = false, call.ended
	w.drawn++
	drawing := call.ladder()
	if w.pictures != nil {
		if err := w.paint(call, drawing); err != nil {
			return err
		}
	}
	if !w.options.full {
		for i := range drawing.Arrows {
			drawing.Arrows[i].Text, drawing.Arrows[i].CallID = "", ""
		}
	}
	return w.print("\n" + drawing.Draw() + "\n")
}

// paint writes a picture under a name that tells when it began and which call it is.
func (w *watcher) paint(call *watched, drawing *ladder.Ladder) error {
	name := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return '_'
	}, call.id[:min(len(call.id), 40)])
	name = fmt.Sprintf("%s-%d-%s.svg", call.began.Format("20060102-150405"), w.drawn, name)
	if err := w.pictures.WriteFile(name, []byte(drawing.SVG()), 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

func (w *watcher) print(text string) error {
	if _, err := io.WriteString(w.stdout, text); err != nil {
		return errors.Join(errors.New("print the trace"), err)
	}
	return nil
}

func clock(at time.Time) string { return at.Local().Format("15:04:05.000") }

func startLine(text string) string {
	line, _, _ := strings.Cut(text, "\r\n")
	line = strings.TrimPrefix(line, "SIP/2.0 ")
	return strings.TrimSuffix(line, " SIP/2.0")
}
