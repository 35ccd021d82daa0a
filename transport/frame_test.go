package transport

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// frames feeds data in pieces that end at the given offsets.
func frames(data string, limit int, cuts ...int) (texts []string, pings int, doubt *FramingError) {
	f := Framer{Limit: limit}
	start := 0
	for _, cut := range append(cuts, len(data)) {
		var doubled int
		var err error
		texts, doubled, err = f.Feed([]byte(data[start:cut]), texts)
		pings += doubled
		start = cut
		if err != nil {
			errors.As(err, &doubt)
			break
		}
	}
	return texts, pings, doubt
}

func options(fields string, body string) string {
	return "OPTIONS sip:a@example.test SIP/2.0\r\nVia: SIP/2.0/TCP b\r\n" + fields + "\r\n" + body
}

func TestContentLengthIsFoundInEverySpelling(t *testing.T) {
	for _, field := range []string{
		"Content-Length: 4\r\n", "Content-Length:4\r\n", "content-length: 4\r\n", "CONTENT-LENGTH : 4\r\n",
		"Content-Length\t \t:\t4 \t\r\n", "l: 4\r\n", "L:4\r\n", "l  :  0004\r\n",
		"Content-Length:\r\n 4\r\n", "Content-Length: \r\n\t \r\n 4\r\n \r\n", "l:\r\n\t4\r\nSubject: x\r\n",
		"Subject: folded\r\n Content-Length: 9\r\nContent-Length: 4\r\n",
		"Length: 9\r\nContent-Lengths: 9\r\nX-Content-Length: 9\r\nl: 4\r\n",
	} {
		message := options(field, "body")
		texts, _, doubt := frames(message+message, 0)
		if doubt != nil || !slices.Equal(texts, []string{message, message}) {
			t.Errorf("%q gives a body of four bytes: %q %v", field, texts, doubt)
		}
	}
}

func TestFramingDoubtClosesTheStream(t *testing.T) {
	good := options("Content-Length: 0\r\n", "")
	for _, test := range []struct {
		reason, stream string
		status         int
	}{
		{"no length on a stream (RFC 3261 §18.3)", options("Subject: x\r\n", ""), 400},
		{"a folded line is no length", options("Subject: x\r\n Content-Length: 0\r\n", ""), 400},
		{"two lengths that differ", options("Content-Length: 0\r\nContent-Length: 4\r\n", "body"), 400},
		{"two lengths that agree", options("Content-Length: 4\r\nContent-Length: 4\r\n", "body"), 400},
		{"two lengths in two spellings", options("l: 4\r\ncontent-LENGTH: 4\r\n", "body"), 400},
		{"a list of lengths", options("Content-Length: 4, 4\r\n", "body"), 400},
		{"a negative length", options("Content-Length: -4\r\n", "body"), 400},
		{"a signed length", options("Content-Length: +4\r\n", "body"), 400},
		{"a hexadecimal length", options("Content-Length: 0x4\r\n", "body"), 400},
		{"a length in two parts", options("Content-Length: 1\r\n 0\r\n", "0123456789"), 400},
		{"an empty length", options("Content-Length:\r\n", ""), 400},
		{"a length of many digits and a letter", options("Content-Length: 99999999999999999999x\r\n", ""), 400},
		{"bare LF after the start line", "OPTIONS sip:a SIP/2.0\nl: 0\r\n\r\n", 400},
		{"bare LF after a field", options("Subject: x\nl: 0\r\n", ""), 400},
		{"bare LF for the empty line", options("l: 0\r\n", "")[:len(options("l: 0\r\n", ""))-2] + "\n", 400},
		{"CR inside a line", options("Subject: x\rContent-Length: 4\r\nl: 0\r\n", ""), 400},
		{"NUL in a field", options("Subject: x\x00\r\nl: 0\r\n", ""), 400},
		{"NUL in the name", options("Content-Length\x00: 4\r\nl: 0\r\n", ""), 400},
		{"NUL after an escaped backslash", options("Subject: \"\\\\\x00\"\r\nl: 0\r\n", ""), 400},
		{"a TLS record", "\x16\x03\x01\x02\x00\x01\x00", 400},
		{"a space first", " OPTIONS sip:a SIP/2.0\r\n", 400},
		{"LF between messages", good + "\n" + good, 400},
		{"CR alone between messages", good + "\r" + good, 400},
		{"a body over the limit", options("Content-Length: 65535\r\n", ""), 513},
		{"a length that overflows", options("Content-Length: 18446744073709551617\r\n", ""), 513},
		{"a header block over the limit", options(strings.Repeat("X: "+strings.Repeat("y", 997)+"\r\n", 66), ""), 513},
		{"a line over the limit", "OPTIONS " + strings.Repeat("y", MaxMessage), 513},
	} {
		_, _, doubt := frames(test.stream, 0)
		if doubt == nil || doubt.Status != test.status {
			t.Errorf("%s: doubt %+v, want status %d", test.reason, doubt, test.status)
		}
	}
}

func TestDoubtTellsTheHeadForAResponse(t *testing.T) {
	message := options("Content-Length: x\r\n", "")
	if _, _, doubt := frames(message+"rest", 0); doubt == nil || doubt.Head != message {
		t.Errorf("the whole header block when its end is known: %+v", doubt)
	}
	_, _, doubt := frames("OPTIONS sip:a SIP/2.0\r\nVia: x\r\nSubject: y\nl: 0\r\n\r\n", 0)
	if doubt == nil || doubt.Head != "OPTIONS sip:a SIP/2.0\r\nVia: x\r\n" {
		t.Errorf("the lines before the doubt otherwise: %+v", doubt)
	}
}

func TestFailedFramerStaysFailed(t *testing.T) {
	var f Framer
	good := options("l: 0\r\n", "")
	texts, _, err := f.Feed([]byte(good+"\x00"), nil)
	if err == nil || len(texts) != 1 {
		t.Fatalf("what was complete before the doubt is given: %d messages, %v", len(texts), err)
	}
	texts, _, again := f.Feed([]byte(good), nil)
	if again == nil || len(texts) != 0 || f.Pending() != 0 {
		t.Errorf("nothing after it: %d messages, %v", len(texts), again)
	}
}

func TestQuotedNulIsNoDoubt(t *testing.T) {
	message := options("Subject: \"\\\x00 and \\\\\\\x00\"\r\nl: 0\r\n", "")
	if texts, _, doubt := frames(message, 0); doubt != nil || len(texts) != 1 {
		t.Errorf("a quoted pair may hold NUL (RFC 3261 §25.1): %v", doubt)
	}
	message = options("l: 3\r\n", "\x00\n\r")
	if texts, _, doubt := frames(message, 0); doubt != nil || !slices.Equal(texts, []string{message}) {
		t.Errorf("a body may hold anything: %v", doubt)
	}
}

func TestLongestMessage(t *testing.T) {
	for _, limit := range []int{0, 1000} {
		size := max(limit, 0)
		if limit == 0 {
			size = MaxMessage
		}
		head := options(fmt.Sprintf("l: %5d\r\n", size-len(options("l: 00000\r\n", ""))), "")
		message := head + strings.Repeat("b", size-len(head))
		if texts, _, doubt := frames(message, limit); doubt != nil || len(texts) != 1 {
			t.Errorf("%d bytes are allowed: %v", size, doubt)
		}
	}
}

func TestKeepAlives(t *testing.T) {
	message := options("l: 0\r\n", "")
	for _, test := range []struct {
		stream   string
		messages int
		pings    int
	}{
		{"\r\n\r\n", 0, 1},
		{"\r\n", 0, 0},
		{"\r\n\r\n\r\n\r\n", 0, 2},
		{"\r\n" + message, 1, 0},
		{message + "\r\n\r\n" + message, 2, 1},
		{message + "\r\n" + message + "\r\n", 2, 0},
	} {
		for cut := range len(test.stream) {
			texts, pings, doubt := frames(test.stream, 0, cut)
			if len(texts) != test.messages || pings != test.pings || doubt != nil {
				t.Errorf("%q cut at %d: %d messages, %d pings, %v", test.stream, cut, len(texts), pings, doubt)
			}
		}
	}
}

// streams are whole inputs: RFC 4475's messages, and pairs spliced together.
func streams(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/torture/*.dat")
	if err != nil || len(files) == 0 {
		t.Fatal("the torture messages are there:", err)
	}
	inputs := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs[filepath.Base(file)] = string(data)
	}
	inputs["spliced"] = inputs["intmeth.dat"] + inputs["wsinv.dat"] + inputs["intmeth.dat"]
	inputs["doubt in the second"] = inputs["intmeth.dat"] + inputs["mcl01.dat"]
	return inputs
}

func TestTortureMessagesAreFramed(t *testing.T) {
	inputs := streams(t)
	for file, want := range map[string]struct {
		messages int
		doubt    bool
	}{
		"wsinv.dat": {1, false}, "intmeth.dat": {1, false}, "esc01.dat": {1, false}, "longreq.dat": {1, false}, "mpart01.dat": {1, false},
		"dblreq.dat": {2, true},  // RFC 4475 §3.1.1.8: a second request follows; the second body is longer than it says
		"clerr.dat":  {0, false}, // §3.1.2.2: the length promises more: wait, then give up
		"ncl.dat":    {0, true},  // §3.1.2.3: negative
		"mcl01.dat":  {0, true},  // §3.3.9: two lengths
		"spliced":    {3, false}, "doubt in the second": {1, true},
	} {
		texts, _, doubt := frames(inputs[file], 0)
		if len(texts) != want.messages || (doubt != nil) != want.doubt {
			t.Errorf("%s: %d messages, %v; want %+v", file, len(texts), doubt, want)
		}
	}
}

func TestEveryCutGivesTheSame(t *testing.T) {
	for file, data := range streams(t) {
		whole, pings, doubt := frames(data, 0)
		check := func(cuts ...int) {
			texts, doubled, again := frames(data, 0, cuts...)
			if !slices.Equal(texts, whole) || doubled != pings || fmt.Sprint(again) != fmt.Sprint(doubt) ||
				(doubt != nil && *again != *doubt) {
				t.Fatalf("%s: cut at %v reads differently: %d messages, %v; want %d, %v", file, cuts[:1], len(texts), again, len(whole), doubt)
			}
		}
		var every []int
		for cut := range len(data) {
			check(cut)
			every = append(every, cut)
		}
		check(every...)
	}
}

// allocated is what feeding data in pieces of the given size allocates.
func allocated(f *Framer, data []byte, size int) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	texts := make([]string, 0, 8)
	for len(data) > 0 {
		piece := data[:min(size, len(data))]
		texts, _, _ = f.Feed(piece, texts[:0])
		data = data[len(piece):]
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestMemoryFollowsWhatArrived(t *testing.T) {
	huge := []byte(options("Content-Length: 60000\r\n", ""))
	if got := allocated(new(Framer), huge, len(huge)); got > uint64(16*len(huge)+4096) {
		t.Errorf("a declared length allocates nothing: %d bytes", got)
	}
	head := options("Content-Length: 60000\r\n", "")
	full := []byte(head + strings.Repeat("b", 60_000))
	for _, size := range []int{1, 7, 100, 1460, len(full)} {
		if got := allocated(new(Framer), full, size); got > uint64(16*len(full)) {
			t.Errorf("in pieces of %d: at most 16 bytes per byte received: %d for %d", size, got, len(full))
		}
	}
}

func TestWholeMessagesCostOneAllocation(t *testing.T) {
	message := []byte(options("Content-Length: 4\r\n", "body"))
	var f Framer
	texts := make([]string, 0, 1)
	if got := testing.AllocsPerRun(100, func() { texts, _, _ = f.Feed(message, texts[:0]) }); got != 1 {
		t.Errorf("the text and nothing else: %v allocations", got)
	}
}

func FuzzFramer(f *testing.F) {
	for _, data := range streams(f) {
		f.Add([]byte(data), uint16(len(data)/2), uint16(len(data)/3))
	}
	f.Add([]byte("\r\n\r\nA\r\nl:\r\n 1\r\n\r\n\x00\r\n"), uint16(3), uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, cut, second uint16) {
		stream := string(data)
		whole, pings, doubt := frames(stream, 4096)
		first := min(int(cut), len(stream))
		texts, doubled, again := frames(stream, 4096, min(int(second), first), first)
		if !slices.Equal(texts, whole) || doubled != pings || (doubt == nil) != (again == nil) || (doubt != nil && *doubt != *again) {
			t.Fatalf("a cut changes nothing: %q %v, want %q %v", texts, again, whole, doubt)
		}
		total := 0
		for _, text := range whole {
			total += len(text)
			if one, _, failed := frames(text, 4096); failed != nil || !slices.Equal(one, []string{text}) {
				t.Fatalf("a message alone is that message: %q %v", one, failed)
			}
		}
		if total > len(stream) {
			t.Fatalf("messages are cut from the stream: %d of %d bytes", total, len(stream))
		}
	})
}
