package screen

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"hookflash/phone"
)

// Limits of a screen.
const (
	maxLog   = 500
	maxInput = 1024
)

// Desk is what the screen looks at and works with.
type Desk interface {
	Standing() phone.Standing
	History() []phone.Past
	// Run runs a command line, and returns when it is done.
	Run(ctx context.Context, line string) error
}

// page is what the lower part of the screen shows.
type page uint8

const (
	pageLog page = iota
	pageHelp
	pageHistory
)

// model is the screen's state. It belongs to the program's loop.
type model struct {
	ctx   context.Context
	desk  Desk
	title string
	ended chan struct{} // closed when the screen is gone

	standing phone.Standing
	past     []phone.Past
	log      []string
	now      time.Time
	width    int
	height   int

	page     page
	line     string // digits typed before a key: the line it is about
	question string // asked above the input; "": keys are commands
	command  string // that the input completes
	input    []rune
	busy     int  // commands that run
	ticking  bool // a tick is on its way
}

// happened is one event of the phone.
type happened struct {
	event any
	at    time.Time
}

// finished is the end of a command.
type finished struct{ err error }

// passed is a second.
type passed time.Time

func newModel(ctx context.Context, desk Desk, title string, now time.Time) *model {
	return &model{ctx: ctx, desk: desk, title: title, ended: make(chan struct{}), now: now, width: 80, height: 24, standing: desk.Standing()}
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return nil }

// Update implements tea.Model.
func (m *model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = message.Width, message.Height
	case tea.KeyPressMsg:
		return m, m.press(message)
	case tea.PasteMsg:
		if m.question != "" {
			m.write([]rune(message.Content))
		}
	case happened:
		m.now = message.at
		if text := phone.Describe(message.event); text != "" {
			m.note(message.at, text)
		}
		m.standing = m.desk.Standing()
		return m, m.tick()
	case finished:
		m.busy--
		m.standing = m.desk.Standing()
		if errors.Is(message.err, phone.ErrQuit) {
			return m, tea.Quit
		}
	case passed:
		m.now, m.ticking = time.Time(message), false
		return m, m.tick()
	}
	return m, nil
}

// note adds to what happened.
func (m *model) note(at time.Time, text string) {
	if len(m.log) == maxLog {
		m.log = append(m.log[:0], m.log[1:]...)
	}
	m.log = append(m.log, at.Format("15:04:05 ")+text)
}

// tick counts the seconds while there is a call.
func (m *model) tick() tea.Cmd {
	if m.ticking || len(m.standing.Lines) == 0 {
		return nil
	}
	m.ticking = true
	return func() tea.Msg {
		second := time.NewTimer(time.Second)
		defer second.Stop()
		select {
		case at := <-second.C:
			return passed(at)
		case <-m.ended:
			return nil
		}
	}
}

// run runs a command line beside the screen.
func (m *model) run(line string) tea.Cmd {
	m.busy++
	return func() tea.Msg { return finished{m.desk.Run(m.ctx, line)} }
}
