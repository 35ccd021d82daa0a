package flow

import (
	"slices"
	"strings"
	"testing"
)

// passed reads lines as Flow.Arrows has them, one for each hop that was seen; a line that begins with
// "beside" is one.
func passed(t *testing.T, text string) []seen {
	t.Helper()
	var got []seen
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		s := seen{from: words[len(words)-3], to: words[len(words)-2], label: words[len(words)-1]}
		s.beside = words[0] == "beside"
		got = append(got, s)
	}
	return got
}

func TestHops(t *testing.T) {
	for _, test := range []struct {
		reason, arrows string
		want           []string
		err            string
	}{
		{"an arrow between phones is two hops", "F1 alice bob INVITE", []string{
			"F1 INVITE from alice to server", "F1 INVITE from server to bob",
		}, ""},
		{"one that ends at the server is one hop", "F1 alice server INVITE\n\n  F2 server bob INVITE", []string{
			"F1 INVITE from alice to server", "F2 INVITE from server to bob",
		}, ""},
		{"a word too few", "F1 alice INVITE", nil, `arrow "F1 alice INVITE" is not F1 FROM TO WHAT`},
		{"a word too many", "F1 alice bob 180 Ringing", nil, "is not F1 FROM TO WHAT"},
		{"no F", "1 alice bob INVITE", nil, "is not F1 FROM TO WHAT"},
		{"no number", "Fx alice bob INVITE", nil, "invalid syntax"},
		{"nothing", "", nil, ""},
	} {
		f := Flow{Name: "test", Arrows: test.arrows}
		hops, err := f.hops()
		var got []string
		for _, h := range hops {
			got = append(got, h.String())
		}
		if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %q %v, want %q %q", test.reason, got, err, test.want, test.err)
		}
	}
}

// A ladder as the RFC draws it with a proxy.
const proxied = `
	F1 alice  server INVITE
	F2 server bob    INVITE
	F3 server alice  100
	F4 bob    server 180
	F5 server alice  180
	F6 bob    server 200
	F7 server alice  200
	F8 alice  server ACK
	F9 server bob    ACK`

func TestCheck(t *testing.T) {
	const start = "alice server INVITE\nserver bob INVITE\n"
	const ring = "bob server 180\nserver alice 180\n"
	const answer = "bob server 200\nserver alice 200\nalice server ACK\nserver bob ACK\n"
	for _, test := range []struct{ reason, arrows, got, err string }{
		{"as drawn", proxied, start + "server alice 100\n" + ring + answer, ""},
		{"without 100", proxied, start + ring + answer, ""},
		{"100 as early as the server can", proxied, "alice server INVITE\nserver alice 100\nserver bob INVITE\n" + ring + answer, ""},
		{"100 when it rings already", proxied, start + "bob server 180\nserver alice 100\nserver alice 180\n" + answer, ""},
		{"what stands beside is nothing", proxied, "beside alice server INVITE\nbeside server alice 407\nbeside alice server ACK\n" + start + ring + answer, ""},
		{"nothing came", proxied, "", "F1 INVITE from alice to server never came"},
		{"the last is missing", proxied, start + ring + strings.TrimSuffix(answer, "server bob ACK\n"), "F9 ACK from server to bob never came"},
		{"one in the middle is missing", proxied, start + answer, "F6 200 from bob to server came before F4 180 from bob to server"},
		{"the server keeps one back", proxied, start + "bob server 180\n" + answer, "F5 180 from server to alice never came"},
		{"the server makes one up", proxied, start + "server alice 180\n" + ring + answer, "F5 180 from server to alice came before F4 180 from bob to server"},
		{"one too many", proxied, start + ring + "bob server 180\n" + answer, "180 from bob to server is not in the RFC's ladder (after F5)"},
		{"another message", proxied, start + "bob server 183\n" + ring + answer, "183 from bob to server is not in the RFC's ladder (after F2)"},
		{"the wrong way", proxied, "bob server INVITE\n", "INVITE from bob to server is not in the RFC's ladder"},
		{"after the end", proxied, start + ring + answer + "bob server BYE\n", "BYE from bob to server is not in the RFC's ladder (after F9)"},
		{"the ACK before the 200", proxied, start + ring + "alice server ACK\n", "F8 ACK from alice to server came before F6 200 from bob to server"},

		{"two hops each", "F1 alice bob MESSAGE\nF2 bob alice 200", "alice server MESSAGE\nserver bob MESSAGE\nbob server 200\nserver alice 200\n", ""},
		{"the second hop is missing", "F1 alice bob MESSAGE\nF2 bob alice 200", "alice server MESSAGE\nbob server 200\n", "F1 MESSAGE from server to bob never came"},
		{"past the server", "F1 alice bob MESSAGE\nF2 bob alice 200", "alice bob MESSAGE\n", "went past the server"},
		// The server passes two messages on to different phones in whatever order.
		{
			"the server's two are exchanged", "F1 alice bob NOTIFY\nF2 alice carol INVITE",
			"alice server NOTIFY\nalice server INVITE\nserver carol INVITE\nserver bob NOTIFY\n", "",
		},
		{
			"a phone's two are exchanged", "F1 alice bob NOTIFY\nF2 alice carol INVITE",
			"alice server INVITE\nserver carol INVITE\nalice server NOTIFY\nserver bob NOTIFY\n", "F2 INVITE from alice to server came before F1 NOTIFY from alice to server",
		},
		{
			"the same message twice in a ladder", "F1 alice bob INVITE\nF2 bob alice 200\nF3 alice bob INVITE\nF4 bob alice 200",
			strings.Repeat("alice server INVITE\nserver bob INVITE\nbob server 200\nserver alice 200\n", 2), "",
		},
	} {
		f := Flow{Arrows: test.arrows}
		want, err := f.hops()
		if err != nil {
			t.Fatal(err)
		}
		got := passed(t, test.got)
		err = check(want, got)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.err)
		}
	}
}

// TestCheckNumbers: what was seen gets the numbers of the RFC's arrows.
func TestCheckNumbers(t *testing.T) {
	f := Flow{Arrows: proxied}
	want, err := f.hops()
	if err != nil {
		t.Fatal(err)
	}
	got := passed(t, "beside alice server INVITE\nalice server INVITE\nserver bob INVITE\nbob server 180\nserver alice 180\nbob server 200\nserver alice 200\nalice server ACK\nserver bob ACK")
	err = check(want, got)
	var numbers []int
	for _, s := range got {
		numbers = append(numbers, s.number)
	}
	if err != nil || !slices.Equal(numbers, []int{0, 1, 2, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("numbers of the RFC: %v, %v", numbers, err)
	}
}

// TestFlowsAreComplete: every flow reads, and each of its arrows belongs to exactly one call.
func TestFlowsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, f := range All {
		hops, err := f.hops()
		if err != nil || names[f.Name] {
			t.Errorf("%s: %v, twice: %v", f.Name, err, names[f.Name])
		}
		names[f.Name] = true
		calls := map[int]int{}
		for part := range strings.SplitSeq(f.calls, ";") {
			arrows, err := ranges(part)
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			for number := range arrows {
				calls[number]++
			}
		}
		numbers := map[int]bool{}
		for _, h := range hops {
			numbers[h.number] = true
			if calls[h.number] != 1 {
				t.Errorf("%s: F%d is in %d calls", f.Name, h.number, calls[h.number])
			}
			for _, end := range []string{h.from, h.to} {
				if !slices.Contains(f.Columns, end) {
					t.Errorf("%s: F%d: %s has no column", f.Name, h.number, end)
				}
			}
		}
		if len(calls) != len(numbers) {
			t.Errorf("%s: %d arrows, %d in calls", f.Name, len(numbers), len(calls))
		}
		for _, r := range f.rules {
			for _, arrow := range r.arrows {
				if !numbers[arrow] {
					t.Errorf("%s: a rule is about F%d, which there is not", f.Name, arrow)
				}
			}
		}
	}
}

func TestFind(t *testing.T) {
	if f, err := Find("call-hold"); err != nil || f.Section != "2.1" {
		t.Errorf("a name is found: %v %v", f.Section, err)
	}
	for _, test := range []struct{ asked, first string }{
		{"call-hodl", "call-hold"},
		{"Consultation", "consultation-hold"},
		{"attended", "transfer-attended"},
		{"joins", "conference-third-party-joins"},
		{strings.Repeat("x", 1<<20), "call-hold"},
		{"", "call-hold"},
	} {
		_, err := Find(test.asked)
		if err == nil || !strings.Contains(err.Error(), "there are "+test.first+", ") || strings.Count(err.Error(), ", ") != len(All)-1 {
			t.Errorf("%.20q: all names, %s first: %.300v", test.asked, test.first, err)
		}
	}
}
