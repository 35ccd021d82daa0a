package sip

import "testing"

func TestRAck(t *testing.T) {
	checkValues(t, ParseRAck, RAck.Append, []valueRow[RAck]{
		{"RFC 3262 §7.2", "776656 1 INVITE", RAck{776656, 1, INVITE}, ""},
		{"white space", " 1\t 2  INVITE ", RAck{1, 2, INVITE}, "1 2 INVITE"},
		{"the greatest", "4294967295 2147483647 X", RAck{4294967295, 2147483647, "X"}, ""},
	}, map[string]string{
		"nothing": "", "one number": "1", "no method": "1 2", "no method behind space": "1 2 ", "no number": "INVITE", "RFC 3262 §7.1: RSeq begins at 1": "0 1 INVITE",
		"RSeq too great": "4294967296 1 INVITE", "CSeq too great": "1 2147483648 INVITE", "a method that is no token": "1 2 IN@VITE", "no white space": "1 2INVITE", "text behind it": "1 2 INVITE x",
	})
}

func TestRSeq(t *testing.T) {
	for text, want := range map[string]uint32{"1": 1, " 988789 ": 988789, "4294967295": 4294967295, "0": 0, "": 0, "4294967296": 0, "1 2": 0, "-1": 0} {
		got, err := ParseRSeq(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("RFC 3262 §7.1: %q: got %d, %v", text, got, err)
		}
	}
}
