package ladder

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func basic() *Ladder {
	l := &Ladder{Participants: []string{"Alice", "Proxy", "Bob"}}
	add := func(from, to, label, cseq string, at time.Duration) *Arrow {
		arrow := l.Add(from, to, label)
		arrow.CSeq, arrow.CallID, arrow.At = cseq, "call-1", at
		return arrow
	}
	add("Alice", "Proxy", "INVITE sip:bob@example.test", "1 INVITE", 0)
	add("Proxy", "Alice", "100 Trying", "1 INVITE", 10*time.Millisecond)
	add("Proxy", "Bob", "INVITE sip:bob@192.0.2.4", "1 INVITE", 10*time.Millisecond).Lost = true
	add("Proxy", "Bob", "INVITE sip:bob@192.0.2.4", "1 INVITE", 510*time.Millisecond).Kind = Retransmission
	add("Proxy", "Bob", "INVITE sip:bob@192.0.2.4", "1 INVITE", 510*time.Millisecond).Kind = Duplicate
	add("Bob", "Proxy", "200 OK", "1 INVITE", 520*time.Millisecond).Notes = []string{"lifted the handset"}
	add("Proxy", "Proxy", "OPTIONS sip:proxy", "7 OPTIONS", 520*time.Millisecond)
	add("Bob", "Bob", "MESSAGE sip:bob", "8 MESSAGE", 520*time.Millisecond)
	add("Alice", "Bob", "ACK sip:bob@192.0.2.4", "1 ACK", 530*time.Millisecond)
	media := add("Alice", "Bob", "Both way RTP established", "", 600*time.Millisecond)
	media.Number, media.Kind, media.CallID = 0, Media, ""
	add("Bob", "Alice", "BYE sip:alice@192.0.2.1", "1 BYE", 1500250*time.Microsecond).Lost = true
	l.Arrows[0].Text = "INVITE sip:bob@example.test SIP/2.0\r\nSubject: \x1b[31m\r\n\r\nbody"
	return l
}

func TestDrawIsReadable(t *testing.T) {
	got := basic().Draw()
	t.Log("\n" + got)
	for _, want := range []string{
		"INVITE sip:bob@example.test F1", "  +0.010  1 INVITE  call-1", "  +1.50025  1 BYE  call-1",
		"  ; lifted the handset", "\n  | Subject: \\x1b[31m\n", "<===", "|- - -",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
	for line := range strings.SplitSeq(got, "\n") {
		if line != strings.TrimRight(line, " ") {
			t.Errorf("a line ends in spaces: %q", line)
		}
	}
}

func TestDrawAndParseAreInverse(t *testing.T) {
	want := basic()
	got, err := Parse(want.Draw())
	if err != nil {
		t.Fatalf("our own drawing is refused: %v\n%s", err, want.Draw())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ladder changed on its way through the drawing:\n%s", diff)
	}
}

// anyText prefers the characters that mean something in a drawing.
func anyText(limit int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aF19 |-<>x=.+;#\\\x00\x1b\r\n\téλ")), 0, limit, -1)
}

func anyLadder(t *rapid.T) *Ladder {
	l := &Ladder{Title: anyText(12).Draw(t, "title")}
	for range rapid.IntRange(1, 12).Draw(t, "columns") {
		name := anyText(30).Draw(t, "name")
		if name == "" || l.Column(name) >= 0 {
			name += strings.Repeat("n", len(l.Participants)+40)
		}
		l.Participants = append(l.Participants, name)
	}
	column := rapid.IntRange(0, len(l.Participants)-1)
	for i := range rapid.IntRange(0, 70).Draw(t, "arrows") {
		arrow := Arrow{
			At:   time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "at")),
			From: column.Draw(t, "from"), To: column.Draw(t, "to"),
			Label: anyText(80).Draw(t, "label"), CSeq: anyText(9).Draw(t, "cseq"), CallID: anyText(9).Draw(t, "call"),
			Kind: Kind(rapid.IntRange(0, 2).Draw(t, "kind")), Lost: rapid.Bool().Draw(t, "lost"),
			Notes: rapid.SliceOfN(anyText(10), 0, 3).Draw(t, "notes"),
		}
		if len(arrow.Notes) == 0 {
			arrow.Notes = nil
		}
		if rapid.Bool().Draw(t, "numbered") {
			arrow.Number = i + 1
			arrow.Text = anyText(100).Draw(t, "text")
		}
		l.Arrows = append(l.Arrows, arrow)
	}
	return l
}

func TestAnyLadderSurvivesItsDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyLadder(t)
		drawing := want.Draw()
		got, err := Parse(drawing)
		if err != nil {
			t.Fatalf("our own drawing is refused: %v\n%s", err, drawing)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the ladder changed:\n%s\n%s", diff, drawing)
		}
		for i := range len(drawing) {
			if c := drawing[i]; c > '~' || c < ' ' && c != '\n' {
				t.Fatalf("byte %#x got into the drawing", c)
			}
		}
	})
}

func TestParseReadsTheLaddersOfTheRFC(t *testing.T) {
	// RFC 5359 §2.1, the way it stands in a doc comment.
	got, err := Parse(`
        Alice           Proxy            Bob
          |               |               |
          |               |               |
          | INVITE F1     |               |
          |-------------->|               |
          |               |  INVITE F2    |
          |               |-------------->|
          |               |  180 F3       |
          |               |<--------------|
          |                               |
          |   Both way RTP Established    |
          |<=============================>|
          |        BYE F4                 |
          |------------------------------>|
`)
	if err != nil {
		t.Fatal(err)
	}
	want := &Ladder{Participants: []string{"Alice", "Proxy", "Bob"}, Arrows: []Arrow{
		{Number: 1, From: 0, To: 1, Label: "INVITE"},
		{Number: 2, From: 1, To: 2, Label: "INVITE"},
		{Number: 3, From: 2, To: 1, Label: "180"},
		{From: 0, To: 2, Label: "Both way RTP Established", Kind: Media},
		{Number: 4, From: 0, To: 2, Label: "BYE"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read otherwise than drawn:\n%s", diff)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	const head = "  A          B\n  |          |\n"
	for _, test := range []struct{ reason, drawing, want string }{
		{"nothing at all", "", "line 1: no participants"},
		{"names without bars", "  A    B\n  x\n", "line 2: expected a line of bars"},
		{"more bars than names", "  A\n  |   |   |\n", "line 2: 1 names"},
		{"the same name twice", "  A          A\n  |          |\n", `line 2: two participants are called "A"`},
		{"two labels, one arrow", head + "  | X F1     |\n  | Y F2     |\n", "line 4: two labels"},
		{"a label at the end", head + "  | X F1     |\n", "line 3: a label without an arrow"},
		{"a line without head", head + "  |----------|\n", "line 3: an arrow without a head"},
		{"an arrow out of the picture", head + "  |          |\n->\n", "line 4: an arrow outside"},
		{"a broken escape", head + "  | X\\y F1   |\n", "line 3: a backslash"},
		{"a broken time", head + "  | X F1     |  +abc\n", `line 3: "abc" is no time`},
		{"a foreign margin", head + "  | X F1     |  abc\n", "line 3: expected time"},
		{"a note first", head + "  |          |  ; abc\n", "line 3: a note before"},
		{"a message of nobody", head + "\nF7 A -> B\n", "line 4: no arrow is called F7"},
		{"chatter among the messages", head + "  |X F1|\n  |--------->|\n\nF1 A -> B\n  | X\nmore\n", "line 8: expected a line of a message"},
		{"too much of it", strings.Repeat(" ", MaxDrawing+1), "line 1: longer than"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, err := Parse(test.drawing)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got error %v, want %q", test.reason, err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(basic().Draw())
	f.Add(basic().DrawPlain())
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse(text)
		if err != nil || len(l.Participants) == 0 {
			return
		}
		again, err := Parse(l.Draw())
		if err != nil {
			t.Fatalf("what was read can't be drawn and read again: %v\n%s", err, l.Draw())
		}
		if a, b := l.Draw(), again.Draw(); a != b {
			t.Fatalf("drawn twice, read differently:\n%s\n%s", a, b)
		}
	})
}

func TestLostMediaReadsAsItIsDrawn(t *testing.T) {
	for _, to := range []int{1, 2} {
		for _, turned := range []bool{false, true} {
			want := Arrow{From: 0, To: to, Kind: Media, Lost: true, Label: "RTP"}
			if turned {
				want.From, want.To = want.To, want.From
			}
			l := &Ladder{Participants: []string{"A", "B", "C"}, Arrows: []Arrow{want}}
			again, err := Parse(l.Draw())
			if err != nil || len(again.Arrows) != 1 {
				t.Fatalf("%v:\n%s", err, l.Draw())
			}
			if got := again.Arrows[0]; got.From != want.From || got.To != want.To || got.Kind != Media || !got.Lost {
				t.Errorf("got %+v, want %+v:\n%s", got, want, l.Draw())
			}
		}
	}
}

func TestTheExampleInTheDocumentationIsALadder(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var example strings.Builder
	for line := range strings.SplitSeq(string(source), "\n") {
		if text, ok := strings.CutPrefix(line, "//\t"); ok {
			example.WriteString(text + "\n")
		}
	}
	l, err := Parse(example.String())
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Arrows) != 3 || !l.Arrows[2].Lost || l.Arrows[2].Kind != Retransmission || len(l.Arrows[2].Notes) != 1 {
		t.Errorf("got %+v", l.Arrows)
	}
}
