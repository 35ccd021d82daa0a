package sip

import (
	"strings"
	"testing"
)

func TestHeaderNames(t *testing.T) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		name := headers[h].name
		if name == "" || len(name) > longestName {
			t.Fatalf("header %d has name %q", h, name)
		}
		for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if got := HeaderByName(spelling); got != h {
				t.Errorf("%q is found as %s", spelling, got)
			}
			if got, length, colon := nameAt(spelling+"  :", 0); got != h || length != len(name) || colon != len(name)+2 {
				t.Errorf("%q before white space: %s, %d, %d", spelling, got, length, colon)
			}
		}
		if known := knownNameAt(name + ": some value that follows"); len(name) < nameOctets-1 && (known.header != h || int(known.length) != len(name)) {
			t.Errorf("%q is found as %v by words", name, known)
		}
		if c := headers[h].compact; c != 0 && (HeaderByName(string(c)) != h || HeaderByName(strings.ToUpper(string(c))) != h || knownNameAt(string(c)+": some value that follows").header != h) {
			t.Errorf("compact %c is not %s", c, name)
		}
	}
	// RFC 3261 §7.3.3 and the extensions' compact forms.
	for compact, want := range map[string]Header{
		"a": HeaderAcceptContact, "b": HeaderReferredBy, "c": HeaderContentType, "d": HeaderRequestDisposition, "e": HeaderContentEncoding,
		"f": HeaderFrom, "i": HeaderCallID, "j": HeaderRejectContact, "k": HeaderSupported, "l": HeaderContentLength, "m": HeaderContact,
		"o": HeaderEvent, "r": HeaderReferTo, "s": HeaderSubject, "t": HeaderTo, "u": HeaderAllowEvents, "v": HeaderVia, "x": HeaderSessionExpires, "y": HeaderIdentity,
	} {
		if got := HeaderByName(compact); got != want {
			t.Errorf("compact %s: got %s, want %s", compact, got, want)
		}
	}
	for _, c := range []struct{ why, name string }{
		{"nothing", ""},
		{"part of a name", "Vi"},
		{"more than a name", "Viax"},
		{"an unknown letter", "z"},
		{"NUL behind a name", "To\x00\x00"},
		{"a name with its bits of case set otherwise", "Call\rID"},
		{"longer than any", strings.Repeat("a", 1000)},
	} {
		if got := HeaderByName(c.name); got != UnknownHeader {
			t.Errorf("%s: %q is found as %s", c.why, c.name, got)
		}
		if known := knownNameAt(c.name + ": some value that follows"); known.length != 0 {
			t.Errorf("%s: %q is found as %v by words", c.why, c.name, known)
		}
	}
}
