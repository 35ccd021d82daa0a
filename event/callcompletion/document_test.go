package callcompletion

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, row := range []struct {
		reason, body string
		want         Document
	}{
		{"RFC 6910 §8: queued", "cc-state: queued\r\n", Document{State: Queued}},
		{"RFC 6910 §8: ready, with the URI to call", "cc-state: ready\r\ncc-URI: sip:recall@z.b.com\r\n", Document{State: Ready, URI: "sip:recall@z.b.com"}},
		{"§10.2: the retain option", "cc-state: queued\r\ncc-service-retention: true\r\n", Document{State: Queued, Retention: true}},
		{"§10.2: anything but true is not there", "cc-state: queued\r\ncc-service-retention: yes\r\n", Document{State: Queued}},
		{"§10: names in any case", "CC-State: Queued\r\nCC-uri: sip:a@b\r\n", Document{State: Queued, URI: "sip:a@b"}},
		{"§10: lines that go on", "cc-state:\r\n ready\r\ncc-URI:\r\n\tsip:a@b\r\n", Document{State: Ready, URI: "sip:a@b"}},
		{"§10: unknown lines", "x-more: 1\r\ncc-state: ready\r\nnonsense\r\n", Document{State: Ready}},
		{"§10.3: parameters are kept", "cc-URI: sip:a@b;entry=7;x=y\r\ncc-state: ready", Document{State: Ready, URI: "sip:a@b;entry=7;x=y"}},
		{"a URI in brackets", "cc-state: ready\r\ncc-URI: <sip:a@b;x>\r\n", Document{State: Ready, URI: "sip:a@b;x"}},
		{"white space before the colon", "cc-state : ready\n", Document{State: Ready}},
		{"§9.8: a last NOTIFY may say nothing", "", Document{}},
	} {
		got, err := Parse(row.body)
		if err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v, want %+v", row.reason, got, err, row.want)
		}
	}
	for _, row := range []struct {
		reason, body string
		want         error
	}{
		{"an unknown state", "cc-state: soon\r\n", ErrDocument},
		{"§10: at most once", "cc-state: queued\r\ncc-state: ready\r\n", ErrDocument},
		{"a URI that can't be called", "cc-state: ready\r\ncc-URI: http://example.test/\r\n", ErrDocument},
		{"another document", "<presence/>", ErrDocument},
		{"too long", strings.Repeat("a", MaxOctets+1), ErrLimit},
		{"too many lines", strings.Repeat("a:\n", MaxLines+1), ErrLimit},
	} {
		if got, err := Parse(row.body); !errors.Is(err, row.want) {
			t.Errorf("%s: got %+v, %v, want %v", row.reason, got, err, row.want)
		}
	}
}

func TestAppend(t *testing.T) {
	d := Document{State: Ready, Retention: true, URI: "sip:a@b\r\ncc-state: queued"}
	if got := string(d.Append(nil)); got != "cc-state: ready\r\ncc-service-retention: true\r\ncc-URI: sip:a@b\r\n" {
		t.Errorf("a value is one line: %q", got)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Document{
			State: State(rapid.IntRange(1, 2).Draw(t, "state")), Retention: rapid.Bool().Draw(t, "retention"),
			URI: rapid.SampledFrom([]string{"", "sip:redial@example.test;to=bob;entry=1", "sips:a@b"}).Draw(t, "uri"),
		}
		if got, err := Parse(string(d.Append(nil))); err != nil || got != d {
			t.Fatalf("%+v becomes %+v, %v", d, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("cc-state: ready\r\ncc-URI: sip:a@b\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		d, err := Parse(body)
		if err != nil {
			return
		}
		if again, err := Parse(string(d.Append(nil))); err != nil || again != d {
			t.Fatalf("%+v becomes %+v, %v", d, again, err)
		}
	})
}
