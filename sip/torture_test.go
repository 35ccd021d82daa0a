package sip

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is a row of a VERDICTS.tsv: what Parse must make of a torture message.
type verdict struct{ file, section, parse, want string }

func readVerdicts(t testing.TB, path string, columns []int) []verdict {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []verdict
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "file\t") || line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		rows = append(rows, verdict{cells[columns[0]], cells[columns[1]], cells[columns[2]], cells[columns[3]]})
	}
	return rows
}

func readTorture(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decided are the messages whose answer Parse itself decides: the code, or 0 for silence.
// A message that is well-formed but not for every element (416, 420, 481, …) is not here.
var decided = map[string]int{
	"badinv01.dat": 400, "clerr.dat": 400, "ncl.dat": 400, "scalar02.dat": 400, "scalarlg.dat": 0, "quotbal.dat": 400, "ltgtruri.dat": 400,
	"lwsruri.dat": 400, "lwsstart.dat": 400, "trws.dat": 400, "escruri.dat": 400, "badaspec.dat": 400, "baddn.dat": 400, "regbadct.dat": 400,
	"badvers.dat": 505, "mismatch01.dat": 400, "mismatch02.dat": 400, "bigcode.dat": 0, "insuf.dat": 400, "multi01.dat": 400, "mcl01.dat": 400,
	"test.dat": 0, "baddate.dat": -1, "badbranch.dat": -1,
	"ipv6-bad": 400,
}

// checkVerdict holds one torture message to its row; -1 in decided is "parses".
func checkVerdict(t *testing.T, row verdict, text string) {
	t.Helper()
	m, err := Parse(text)
	code, listed := decided[row.file]
	if !listed {
		code = -1
		if !strings.HasPrefix(row.parse, "ok") {
			t.Errorf("%s (%s): a message that may be refused is not in the table of what Parse decides", row.file, row.section)
		}
	}
	var status *StatusError
	switch {
	case code == -1 && err != nil:
		t.Errorf("%s (%s): must parse: %v", row.file, row.section, err)
	case code == 0 && (m != nil || err == nil):
		t.Errorf("%s (%s): must not be answered: %v", row.file, row.section, err)
	case code > 0 && (m == nil || !errors.As(err, &status) || status.Code != code):
		t.Errorf("%s (%s): must be answered %d: message %v, %v", row.file, row.section, code, m != nil, err)
	}
	if err == nil {
		checkUntouched(t, row.file, m)
	}
}

// checkUntouched: RFC 3261 §16.6: what nobody edits leaves byte for byte.
func checkUntouched(t *testing.T, name string, m *Message) {
	t.Helper()
	var e Edit
	e.Reset(m)
	if got := string(e.Bytes()); got != m.Text() {
		t.Errorf("%s: an edit without operations changed the text", name)
	}
}

func TestTortureRFC4475(t *testing.T) {
	rows := readVerdicts(t, "testdata/rfc4475/VERDICTS.tsv", []int{0, 1, 3, 4})
	files, _ := filepath.Glob("testdata/rfc4475/*.dat")
	if len(rows) != 50 || len(files) != len(rows) {
		t.Fatalf("%d verdicts for %d messages, want 50", len(rows), len(files))
	}
	for _, row := range rows {
		checkVerdict(t, row, readTorture(t, "testdata/rfc4475/"+row.file))
	}
}

func TestTortureRFC5118(t *testing.T) {
	rows := readVerdicts(t, "testdata/rfc5118/VERDICTS.tsv", []int{0, 1, 2, 3})
	if len(rows) != 12 {
		t.Fatalf("%d verdicts, want 12", len(rows))
	}
	for _, row := range rows {
		checkVerdict(t, row, readTorture(t, "testdata/rfc5118/crlf-clfixed/"+row.file+".sip"))
		if _, err := Parse(readTorture(t, "testdata/rfc5118/raw/"+row.file)); err == nil {
			t.Errorf("%s: lines that end in LF alone parse", row.file)
		}
	}
	if _, err := Parse(readTorture(t, "testdata/rfc5118/crlf/ipv6-in-sdp.sip")); err == nil {
		t.Error("ipv6-in-sdp: a body shorter than declared parses")
	}
}

// TestTortureMustHold: what the RFC says about single messages, read through the index.
func TestTortureMustHold(t *testing.T) {
	load := func(name string) *Message {
		m, err := Parse(readTorture(t, "testdata/rfc4475/"+name+".dat"))
		if m == nil {
			t.Fatalf("%s: %v", name, err)
		}
		return m
	}
	wsinv := load("wsinv")
	var vias []string
	for value := range wsinv.Values(HeaderVia) {
		via, err := ParseVia(value)
		if err != nil {
			t.Fatalf("wsinv: %q: %v", value, err)
		}
		vias = append(vias, via.Transport+" "+via.Host+" "+via.Branch())
	}
	contact, err := ParseAddress(wsinv.Header(HeaderContact))
	if err != nil {
		t.Fatal(err)
	}
	q, _ := contact.Params.Get("q")
	forwards, _ := wsinv.Number(HeaderMaxForwards)
	intmeth, esc01, esc02, semiuri, mpart, dblreq := load("intmeth"), load("esc01"), load("esc02"), load("semiuri"), load("mpart01"), load("dblreq")
	user := func(uri string) string {
		parsed, err := ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.User
	}
	escaped, _ := ParseURI(esc01.RequestURI())
	for _, c := range []struct{ why, got, want string }{
		{
			"§3.1.1.1: three Via over two fields, folded", strings.Join(vias, ", "),
			"UDP 192.0.2.2 390skdjuw, TCP spindle.example.com z9hG4bK9ikj8, UDP 192.168.255.111 z9hG4bK30239",
		},
		{"§3.1.1.1: a tag after folds", wsinv.FromTag(), "98asjd8"},
		{"§3.1.1.1: a tag between spaces", wsinv.ToTag(), "1918181833n"},
		{"§3.1.1.1: the topmost branch", wsinv.Branch(), "390skdjuw"},
		{"§3.1.1.1: quotes inside quotes", contact.Name(), `Quoted string ""`},
		{"§3.1.1.1: the last of folded parameters", q, "0.33"},
		{"§3.1.1.1: an empty Subject", wsinv.Header(HeaderSubject), ""},
		{"§3.1.1.2: every legal character of a method", string(intmeth.Method()), "!interesting-Method0123456789_*+`.%indeed'~"},
		{"§3.1.1.2: every legal character of a tag", intmeth.FromTag(), "_token~1'+`*%!-."},
		{"§3.1.1.2: quoted BEL and NUL are kept", mustAddress(t, intmeth.To()).Name(), "BEL:\a NUL:\x00 DEL:\x7f"},
		{"§3.1.1.3: escapes are undone once", Unescape("%2541"), "%41"},
		{"§3.1.1.3: an escaped user part", Unescape(escaped.User), "sips:user@example.com"},
		{"§3.1.1.5: an escaped method is another method", string(esc02.Method()), "RE%47IST%45R"},
		{"§3.1.1.9: semicolons in the user part", user(semiuri.RequestURI()), "user;par=u%40example.net"},
		{"§3.1.1.8: octets after the body are left out", dblreq.Text()[len(dblreq.Text())-4:], "\r\n\r\n"},
		{"§3.1.1.11: NUL octets in a body", mpart.Body()[len(mpart.Body())-5:], "5--\r\n"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, c.got, c.want)
		}
	}
	if wsinv.CSeq() != 9 || forwards != 68 {
		t.Errorf("wsinv: CSeq %d and Max-Forwards %d, want 9 and 68", wsinv.CSeq(), forwards)
	}
	contacts := 0
	for range esc02.Values(HeaderContact) {
		contacts++
	}
	if contacts != 2 {
		t.Errorf("esc02: %d contacts; an escaped header field name is another name", contacts)
	}
}

func mustAddress(t *testing.T, s string) Address {
	t.Helper()
	address, err := ParseAddress(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return address
}
