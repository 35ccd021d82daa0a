package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"hookflash/phone"
)

// Screen is a terminal screen. It is the phone.Reporter of its session.
type Screen struct {
	program *tea.Program
	model   *model
	desk    *desk
}

// desk is a phone and its session.
type desk struct {
	*phone.Phone
	session *phone.Session
}

func (d *desk) Run(ctx context.Context, line string) error { return d.session.Run(ctx, line) }

// Terminal is where a screen is shown, and its first line.
type Terminal struct {
	In    io.Reader
	Out   io.Writer
	Title string
}

// Open opens a phone's screen on a terminal, and its session. Nothing is drawn before Run.
func Open(ctx context.Context, p *phone.Phone, on Terminal) (*Screen, *phone.Session) {
	s := &Screen{desk: &desk{Phone: p}}
	s.model = newModel(ctx, s.desk, on.Title, time.Now())
	s.program = tea.NewProgram(s.model, tea.WithContext(ctx), tea.WithInput(on.In), tea.WithOutput(on.Out), tea.WithoutSignalHandler())
	s.desk.session = phone.NewSession(p, s)
	return s, s.desk.session
}

// Report implements phone.Reporter. After the end of Run nobody is told.
func (s *Screen) Report(event any) {
	select {
	case <-s.model.ended:
	default:
		s.program.Send(happened{event, time.Now()})
	}
}

// Run shows the screen until the person quits or the context ends.
func (s *Screen) Run() error {
	defer close(s.model.ended)
	_, err := s.program.Run()
	if err != nil && !errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}
