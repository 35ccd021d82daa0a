package summary

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, row := range []struct {
		reason, body string
		want         Summary
	}{
		{"RFC 3842 §3.5: the status line alone", "Messages-Waiting: yes\r\n", Summary{Waiting: true}},
		{
			"RFC 3842 §4.1", "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 4/8 (1/2)\r\n",
			Summary{Waiting: true, Account: "sip:alice@vmail.example.com", Counts: []Count{{"Voice-Message", 4, 8, 1, 2, true}}},
		},
		{
			"RFC 3842 §4.1: header fields of new messages",
			"Messages-Waiting: yes\r\nVoice-Message: 4/8 (1/2)\r\n\r\nTo: <alice@x>\r\nSubject: carpool\r\n\r\nTo: <alice@x>\r\n",
			Summary{Waiting: true, Counts: []Count{{"Voice-Message", 4, 8, 1, 2, true}}, Messages: [][]string{{"To: <alice@x>", "Subject: carpool"}, {"To: <alice@x>"}}},
		},
		{"RFC 3842 §5.2: case insensitive, white space around colon and slash", "messages-waiting : NO\nFAX-message:2 / 4 ( 0 / 1 )", Summary{Counts: []Count{{"FAX-message", 2, 4, 0, 1, true}}}},
		{"RFC 3842 §3.5: a larger count is treated as 2^32-1", "Messages-Waiting: yes\r\nVoice-Message: 4294967296/99999999999999999999\r\n", Summary{Waiting: true, Counts: []Count{{Class: Voice, New: math.MaxUint32, Old: math.MaxUint32}}}},
		{"lines that are none are left out", "Messages-Waiting: no\r\nVoice-Message: 1\r\nFax-Message: 1/2 (3\r\nx\r\nText-Message: -1/2\r\n", Summary{}},
	} {
		got, err := Parse(row.body)
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
		}
		if difference := cmp.Diff(row.want, got); difference != "" {
			t.Errorf("%s: %s", row.reason, difference)
		}
	}
	for _, row := range []struct {
		reason, body string
		want         error
	}{
		{"nothing", "", ErrSummary},
		{"RFC 3842 §5.2: the status line is first", "Voice-Message: 1/2\r\nMessages-Waiting: yes\r\n", ErrSummary},
		{"neither yes nor no", "Messages-Waiting: maybe\r\n", ErrSummary},
		{"too long", "Messages-Waiting: yes\r\n" + strings.Repeat("a", MaxOctets), ErrLimit},
	} {
		if _, err := Parse(row.body); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.reason, err)
		}
	}
}

func TestAppend(t *testing.T) {
	s := Summary{Waiting: true, Account: "sip:alice@example.test", Counts: []Count{{Voice, 1, 3, 0, 1, true}, {Class: "Fax-Message", New: 2}, {Class: "no token"}}}
	want := "Messages-Waiting: yes\r\nMessage-Account: sip:alice@example.test\r\nVoice-Message: 1/3 (0/1)\r\nFax-Message: 2/0\r\n"
	if got := string(s.Append(nil)); got != want {
		t.Errorf("RFC 3842 §5.2: %q", got)
	}
	if s.Count("voice-message").Old != 3 || s.Count("Text-Message").New != 0 {
		t.Error("a class is found without case")
	}
	if evil := (&Summary{Account: "sip:a@b\r\nVoice-Message: 9/9"}); strings.Contains(string(evil.Append(nil)), "Voice") {
		t.Error("no value becomes a second line")
	}
}

func TestMerge(t *testing.T) {
	got := Merge(
		Summary{Account: "sip:a@b", Counts: []Count{{Voice, 1, 2, 3, 4, true}}},
		Summary{Waiting: true, Counts: []Count{{"voice-message", 10, math.MaxUint32, 30, 40, false}, {Class: "Fax-Message", New: 1}}},
	)
	want := Summary{Waiting: true, Account: "sip:a@b", Counts: []Count{{Voice, 11, math.MaxUint32, 33, 44, true}, {Class: "Fax-Message", New: 1}}}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("RFC 3842 §3.10: yes if any says yes, and counts add up: %s", difference)
	}
}

func TestLimits(t *testing.T) {
	body := "Messages-Waiting: yes\r\n"
	for i := range MaxClasses + 5 {
		body += fmt.Sprintf("Class-%d: 1/2\r\n", i)
	}
	for range MaxMessages + 5 {
		body += "\r\n" + strings.Repeat("A: b\r\n", MaxFields+5)
	}
	got, err := Parse(body)
	if err != nil || len(got.Counts) != MaxClasses || len(got.Messages) != MaxMessages || len(got.Messages[0]) != MaxFields {
		t.Errorf("beyond the limits it is left out: %d, %d, %v", len(got.Counts), len(got.Messages), err)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Summary{Waiting: rapid.Bool().Draw(t, "waiting"), Account: rapid.SampledFrom([]string{"", "sip:a@b"}).Draw(t, "account")}
		for i := range rapid.IntRange(0, 4).Draw(t, "counts") {
			count := Count{Class: fmt.Sprint("Class-", i), New: rapid.Uint32().Draw(t, "new"), Old: rapid.Uint32().Draw(t, "old")}
			if rapid.Bool().Draw(t, "urgent") {
				count.HasUrgent, count.UrgentNew, count.UrgentOld = true, rapid.Uint32().Draw(t, "new"), rapid.Uint32().Draw(t, "old")
			}
			s.Counts = append(s.Counts, count)
		}
		for range rapid.IntRange(0, 3).Draw(t, "messages") {
			s.Messages = append(s.Messages, rapid.SliceOfN(rapid.StringMatching(`[A-Z][a-z-]*: [a-z ]*[a-z]`), 1, 3).Draw(t, "lines"))
		}
		got, err := Parse(string(s.Append(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if difference := cmp.Diff(s, got); difference != "" || !s.Equal(&got) {
			t.Fatal(difference)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("Messages-Waiting: yes\r\nVoice-Message: 4/8 (1/2)\r\n\r\nTo: <alice@x>\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		s, err := Parse(body)
		if err != nil {
			return
		}
		again, err := Parse(string(s.Append(nil)))
		if err != nil && len(body) < MaxOctets/4 || err == nil && !s.Equal(&again) {
			t.Fatalf("%+v, %+v, %v", s, again, err)
		}
	})
}
