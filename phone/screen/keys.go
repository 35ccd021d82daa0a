package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"hookflash/phone"
	"hookflash/ua"
)

// press takes a key: part of the input while something is asked, else a command.
func (m *model) press(key tea.KeyPressMsg) tea.Cmd {
	if key.String() == "ctrl+c" {
		return m.run("quit")
	}
	if m.question != "" {
		return m.edit(key)
	}
	name := key.String()
	if key.Text != "" {
		name = key.Text
	}
	switch {
	case name == "esc":
		m.line, m.page = "", pageLog
		return nil
	case name == ":" || name == "enter":
		m.ask("command", "")
		return nil
	case len(name) == 1 && name[0] >= '0' && name[0] <= '9' && len(m.line) < 4:
		m.line += name
		return nil
	}
	command, ok := m.commandOf(name)
	if !ok {
		return nil
	}
	return m.choose(command)
}

// commandOf is the command of a key. Of two with the same key the one that makes sense now is taken:
// hold and resume, mute and unmute.
func (m *model) commandOf(key string) (phone.Command, bool) {
	for _, c := range phone.Commands() {
		if c.Key == key && m.sensible(c.Name) {
			return c, true
		}
	}
	return phone.Command{}, false
}

func (m *model) sensible(name string) bool {
	switch name {
	case "mute":
		return !m.standing.Muted
	case "hold":
		return m.holdable()
	}
	return true
}

// holdable tells whether the line that is meant, or any, talks and is not held.
func (m *model) holdable() bool {
	for _, l := range m.standing.Lines {
		if l.State == ua.Talking && !l.Held && (m.line == "" || m.line == number(l)) {
			return true
		}
	}
	return false
}

// choose begins a command: at once, or with a question for what it needs.
func (m *model) choose(c phone.Command) tea.Cmd {
	prefix := ""
	if m.line != "" {
		prefix = m.line + " "
	}
	m.line = ""
	switch c.Name {
	case "help":
		m.turn(pageHelp)
		return nil
	case "history":
		m.past = m.desk.History()
		m.turn(pageHistory)
		return nil
	case "dnd":
		return m.run("dnd " + opposite(m.standing.DoNotDisturb))
	case "auto":
		return m.run("auto " + opposite(m.standing.AutoAnswer))
	}
	if c.NeedsArgument() || c.Name == "conference" && len(m.standing.Lines) < 2 {
		m.ask(c.Name+" "+strings.Trim(c.Arguments, "[]"), prefix+c.Name+" ")
		return nil
	}
	return m.run(prefix + c.Name)
}

func opposite(on bool) string {
	if on {
		return "off"
	}
	return "on"
}

// turn shows a page, or the log again.
func (m *model) turn(to page) {
	if m.page == to {
		to = pageLog
	}
	m.page = to
}

func (m *model) ask(question, command string) {
	m.question, m.command, m.input = question, command, nil
}

// edit takes a key of the input.
func (m *model) edit(key tea.KeyPressMsg) tea.Cmd {
	switch key.String() {
	case "esc":
		m.ask("", "")
	case "enter":
		line := strings.TrimSpace(string(m.input))
		command := m.command
		m.ask("", "")
		if line != "" {
			return m.run(command + line)
		}
	case "backspace":
		m.input = m.input[:max(0, len(m.input)-1)]
	case "ctrl+u":
		m.input = nil
	default:
		m.write([]rune(key.Text))
	}
	return nil
}

// write adds to the input. What is pasted stays on one line.
func (m *model) write(text []rune) {
	for _, r := range text {
		if r == '\n' || r == '\r' || r == '\t' {
			r = ' '
		}
		if r >= ' ' && len(m.input) < maxInput {
			m.input = append(m.input, r)
		}
	}
}
