package screen

import (
	"context"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"hookflash/phone"
	"hookflash/ua"
)

// fakeDesk stands still and notes what is asked of it.
type fakeDesk struct {
	standing phone.Standing
	past     []phone.Past
	lines    []string
	err      error
}

func (d *fakeDesk) Standing() phone.Standing { return d.standing }
func (d *fakeDesk) History() []phone.Past    { return d.past }
func (d *fakeDesk) Run(_ context.Context, line string) error {
	d.lines = append(d.lines, line)
	return d.err
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func keyOf(name string) tea.KeyPressMsg {
	switch name {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "backspace":
		return tea.KeyPressMsg{Code: tea.KeyBackspace}
	case "ctrl+u":
		return tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}
	case "ctrl+c":
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// press presses keys, and does what comes of them.
func press(m *model, keys ...string) {
	for _, key := range keys {
		if _, command := m.Update(keyOf(key)); command != nil {
			if message, ok := command().(finished); ok {
				m.Update(message)
			}
		}
	}
}

func typed(text string) []string { return append(strings.Split(text, ""), "enter") }

var (
	bob   = phone.Line{Call: 1, URI: "sip:bob@example.test", Name: "Bob", State: ua.Talking, Room: 1, Current: true, Answered: noon}
	carol = phone.Line{Call: 2, URI: "sip:carol@example.test", Name: "Carol", State: ua.Talking, Room: 2, Held: true, Answered: noon}
	dave  = phone.Line{Call: 3, URI: "sip:dave@example.test", Name: "Dave", State: ua.Alerting, Incoming: true, Asserted: true}
)

// TestKeys: each key runs its command, with what was typed for it.
func TestKeys(t *testing.T) {
	talking := phone.Standing{Room: 1, Lines: []phone.Line{bob, carol}}
	held := phone.Standing{Lines: []phone.Line{carol}}
	tests := []struct {
		reason   string
		standing phone.Standing
		keys     []string
		want     string
	}{
		{"call", phone.Standing{}, append([]string{"c"}, typed("bob")...), "call bob"},
		{"call, and think better of it", phone.Standing{}, []string{"c", "b", "esc", "x"}, "hangup"},
		{"nothing typed", phone.Standing{}, []string{"c", "enter"}, ""},
		{"answer", phone.Standing{Lines: []phone.Line{dave}}, []string{"a"}, "answer"},
		{"reject", phone.Standing{Lines: []phone.Line{dave}}, []string{"r"}, "reject"},
		{"divert", phone.Standing{Lines: []phone.Line{dave}}, append([]string{"v"}, typed("voicemail")...), "divert voicemail"},
		{"hold", talking, []string{"h"}, "hold"},
		{"resume", held, []string{"h"}, "resume"},
		{"resume the second line", talking, []string{"2", "h"}, "2 resume"},
		{"hang up the first line", talking, []string{"1", "x"}, "1 hangup"},
		{"no line after all", talking, []string{"1", "esc", "x"}, "hangup"},
		{"swap", talking, []string{"s"}, "swap"},
		{"transfer", talking, append([]string{"t"}, typed("dave")...), "transfer dave"},
		{"attended", talking, append([]string{"T"}, typed("dave")...), "attended dave"},
		{"complete", talking, []string{"o"}, "complete"},
		{"conference of both", talking, []string{"f"}, "conference"},
		{"conference with one more", held, append([]string{"f"}, typed("bob")...), "conference bob"},
		{"mute", talking, []string{"u"}, "mute"},
		{"unmute", phone.Standing{Muted: true}, []string{"u"}, "unmute"},
		{"do not disturb", phone.Standing{}, []string{"n"}, "dnd on"},
		{"disturb", phone.Standing{DoNotDisturb: true}, []string{"n"}, "dnd off"},
		{"answer by itself", phone.Standing{}, []string{"A"}, "auto on"},
		{"message", phone.Standing{}, append([]string{"m"}, typed("bob hello there")...), "message bob hello there"},
		{"any command", phone.Standing{}, append([]string{":"}, typed("2 reject 603")...), "2 reject 603"},
		{"corrected", phone.Standing{}, append([]string{"c", "x", "y", "backspace", "ctrl+u"}, typed("bob")...), "call bob"},
		{"a key that does nothing", phone.Standing{}, []string{"z"}, ""},
		{"quit", phone.Standing{}, []string{"q"}, "quit"},
		{"interrupt", phone.Standing{}, []string{"c", "ctrl+c"}, "quit"},
	}
	for _, test := range tests {
		d := &fakeDesk{standing: test.standing}
		m := newModel(t.Context(), d, "Alice", noon)
		press(m, test.keys...)
		if got := strings.Join(d.lines, "|"); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}

// TestPaste: what is pasted stays on one line, within the limit, and is no command.
func TestPaste(t *testing.T) {
	d := &fakeDesk{}
	m := newModel(t.Context(), d, "Alice", noon)
	m.Update(tea.PasteMsg{Content: "q"})
	press(m, "c")
	m.Update(tea.PasteMsg{Content: "bob\nquit\x1b" + strings.Repeat("x", 2*maxInput)})
	if len(m.input) != maxInput || !strings.HasPrefix(string(m.input), "bob quitx") || d.lines != nil {
		t.Errorf("%d runes: %.20q", len(m.input), string(m.input))
	}
}

// TestQuit: the screen ends when the person quits.
func TestQuit(t *testing.T) {
	m := newModel(t.Context(), &fakeDesk{}, "Alice", noon)
	m.busy = 1
	_, command := m.Update(finished{phone.ErrQuit})
	if command == nil {
		t.Fatal("it ends")
	}
	if _, ok := command().(tea.QuitMsg); !ok {
		t.Error("it ends")
	}
}

// shown is the screen without its styles.
func shown(m *model) string { return ansi.Strip(m.View().Content) }

// TestView: who calls, how the calls stand, who hears whom, and what happened.
func TestView(t *testing.T) {
	d := &fakeDesk{}
	m := newModel(t.Context(), d, "Alice (alice@example.test)", noon)
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	if !strings.Contains(shown(m), "no calls; c calls somebody") {
		t.Errorf("nobody is there:\n%s", shown(m))
	}
	d.standing = phone.Standing{Room: 1, Muted: false, DoNotDisturb: true, Lines: []phone.Line{bob, carol, dave}}
	_, tick := m.Update(happened{ua.Event{Kind: ua.Incoming, Call: 3, From: dave.URI, Name: "Dave\x1b[2J"}, noon.Add(65 * time.Second)})
	if tick == nil || !m.ticking {
		t.Error("the seconds are counted while there is a call")
	}
	for _, want := range []string{
		"hookflash  Alice (alice@example.test)  do not disturb",
		"*[1] talking  Bob (bob@example.test)  1:05",
		" [2] talking  Carol (carol@example.test), on hold  1:05",
		" [3] ringing  Dave (dave@example.test)  a answer, r reject, v divert",
		"you and Bob hear each other", "Carol is on hold",
		`12:01:05 [3] Dave\x1b[2J (dave@example.test) calls`,
	} {
		if !strings.Contains(shown(m), want) {
			t.Errorf("%q is shown:\n%s", want, shown(m))
		}
	}
	m.Update(passed(noon.Add(time.Hour + time.Second)))
	if !strings.Contains(shown(m), "1:00:01") {
		t.Errorf("an hour later:\n%s", shown(m))
	}
	d.past = []phone.Past{{URI: "sip:bob@example.test", Name: "Bob", Began: noon, Ended: noon, Code: 486}}
	press(m, "y")
	if !strings.Contains(shown(m), "12:00:00 to   Bob (bob@example.test)  not answered: 486 Busy Here") {
		t.Errorf("the history:\n%s", shown(m))
	}
	press(m, "?")
	if !strings.Contains(shown(m), "c  call             call somebody") {
		t.Errorf("the keys:\n%s", shown(m))
	}
	press(m, "?", "t", "c", "a")
	if !strings.Contains(shown(m), "transfer TARGET> ca█") || !strings.Contains(shown(m), "12:01:05") {
		t.Errorf("a question, and the log again:\n%s", shown(m))
	}
}

// TestSizes: whatever the size of the terminal, the screen fits.
func TestSizes(t *testing.T) {
	d := &fakeDesk{standing: phone.Standing{Room: 1, Lines: []phone.Line{bob, carol, dave}}}
	m := newModel(t.Context(), d, "Alice", noon)
	for range maxLog + 10 {
		m.note(noon, strings.Repeat("日本", 100))
	}
	if len(m.log) != maxLog {
		t.Errorf("%d lines are kept", len(m.log))
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {5, 3}, {20, 8}, {80, 24}, {300, 100}} {
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, key := range []string{"", "?", "y", "c"} {
			if key != "" {
				press(m, key)
			}
			lines := strings.Split(m.View().Content, "\n")
			if len(lines) > max(1, size[1]) {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if lipgloss.Width(line) > max(1, size[0]) {
					t.Errorf("%v: %d columns: %q", size, lipgloss.Width(line), line)
				}
			}
		}
		press(m, "esc", "esc")
	}
}

// TestRun: a screen on streams that are no terminal: a call, and the end.
func TestRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	p, err := phone.Open(phone.Settings{
		User: "alice", Domain: "example.test", Server: netip.MustParseAddrPort("127.0.0.1:9"), Local: netip.MustParseAddrPort("127.0.0.1:0"), Direct: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	in, keyboard := io.Pipe()
	shown, session := Open(t.Context(), p, Terminal{In: in, Out: io.Discard, Title: "Alice"})
	go func() {
		_, _ = io.WriteString(keyboard, "cbob\r")
		for len(p.Standing().Lines) == 0 {
			runtime.Gosched()
		}
		_, _ = io.WriteString(keyboard, "q")
		_ = keyboard.Close()
	}()
	if err := shown.Run(); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	session.Wait()
	_ = in.Close()
	if past := p.History(); len(past) != 1 || past[0].URI != "sip:bob@example.test" {
		t.Errorf("bob was called: %+v", past)
	}
}
