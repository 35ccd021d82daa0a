package sip

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOpaqueTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "octets")
		text := string(AppendOpaque(nil, octets))
		if len(text) != OpaqueLength(len(octets)) {
			t.Fatalf("%d characters for %d octets, want %d", len(text), len(octets), OpaqueLength(len(octets)))
		}
		back, ok := DecodeOpaque(nil, text)
		if !ok || string(back) != string(octets) {
			t.Fatalf("%x came back as %x, %v", octets, back, ok)
		}
	})
}

func TestOpaqueTextIsReadOneWayOnly(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"upper case is another text", "0A"},
		{"bits that stand for nothing are zero", "01"},
		{"a character that completes no octet", "000"},
		{"no padding", "00="},
		{"letters after v", "0w"},
	} {
		if got, ok := DecodeOpaque(nil, c.text); ok {
			t.Errorf("%s: %q was read as %x", c.why, c.text, got)
		}
	}
}
