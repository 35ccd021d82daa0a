package screen

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"hookflash/phone"
	"hookflash/ua"
)

var (
	bold  = lipgloss.NewStyle().Bold(true)
	faint = lipgloss.NewStyle().Faint(true)
	alarm = lipgloss.NewStyle().Bold(true).Reverse(true)
)

// View implements tea.Model.
func (m *model) View() tea.View {
	view := tea.NewView(m.draw())
	view.AltScreen = true
	view.WindowTitle = "hookflash phone " + m.title
	return view
}

// draw is the whole screen, at most as high and wide as the terminal.
func (m *model) draw() string {
	top := append([]string{m.header(), ""}, m.calls()...)
	bottom := m.footer()
	room := max(0, m.height-len(top)-len(bottom)-1)
	middle := m.lower(room)
	lines := append(append(top, ""), middle...)
	lines = append(lines, bottom...)
	for i := range lines {
		lines[i] = clip(lines[i], m.width)
	}
	return strings.Join(lines[:min(len(lines), max(1, m.height))], "\n")
}

// clip keeps a line on the screen; styles end with it.
func clip(line string, width int) string {
	if lipgloss.Width(line) <= width {
		return line
	}
	return lipgloss.NewStyle().MaxWidth(max(1, width)).Render(line)
}

func (m *model) header() string {
	text := bold.Render("hookflash") + "  " + m.title
	for _, state := range []struct {
		on   bool
		name string
	}{{m.standing.DoNotDisturb, "do not disturb"}, {m.standing.AutoAnswer, "answers by itself"}, {m.standing.Muted, "muted"}, {m.busy > 0, "…"}} {
		if state.on {
			text += "  " + bold.Render(state.name)
		}
	}
	return text
}

// calls are the lines, and who hears whom.
func (m *model) calls() []string {
	if len(m.standing.Lines) == 0 {
		return []string{faint.Render("no calls; c calls somebody")}
	}
	var lines []string
	for _, l := range m.standing.Lines {
		lines = append(lines, m.call(l))
	}
	lines = append(lines, "")
	for _, sentence := range m.standing.Hearing() {
		lines = append(lines, "  "+phone.Describe(phone.Outcome{Kind: phone.TheHelp, Text: sentence}))
	}
	return lines
}

func (m *model) call(l phone.Line) string {
	text := phone.Describe(phone.Outcome{Kind: phone.TheCalls, Lines: []phone.Line{l}})
	switch {
	case l.Incoming && l.State != ua.Talking:
		return alarm.Render(text) + "  a answer, r reject, v divert"
	case l.State == ua.Talking:
		text += "  " + clock(m.now.Sub(l.Answered))
	}
	if l.Current {
		return bold.Render(text)
	}
	return text
}

func clock(passed time.Duration) string {
	seconds := max(0, int(passed/time.Second))
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

func number(l phone.Line) string { return strconv.FormatUint(l.Call, 10) }

// lower is the log, the help or the history, so many lines of it.
func (m *model) lower(room int) []string {
	var lines []string
	switch m.page {
	case pageHelp:
		lines = keys()
		return pad(lines[:min(len(lines), room)], room)
	case pageHistory:
		lines = strings.Split(phone.Describe(phone.Outcome{Kind: phone.TheHistory, History: m.past}), "\n")
	case pageLog:
		for _, entry := range m.log {
			lines = append(lines, strings.Split(entry, "\n")...)
		}
	}
	return pad(lines[max(0, len(lines)-room):], room)
}

func pad(lines []string, room int) []string {
	for len(lines) < room {
		lines = append(lines, "")
	}
	return lines
}

// keys are the keys and what they do.
func keys() []string {
	var lines []string
	for _, c := range phone.Commands() {
		if c.Key != "" {
			lines = append(lines, fmt.Sprintf("  %s  %-16s %s", c.Key, c.Name, c.Help))
		}
	}
	return append(lines, "  :  any command, as in a script", "  1…  before a key: the line it is about")
}

func (m *model) footer() []string {
	switch {
	case m.question != "":
		return []string{bold.Render(m.question+"> ") + string(m.input) + "█"}
	case m.line != "":
		return []string{"line " + m.line + ": " + faint.Render("now a key, such as h hold/resume, x hang up; esc: none")}
	}
	return []string{faint.Render("c call  a answer  r reject  h hold/resume  s swap  t transfer  x hang up  m message  ? more  q quit")}
}
