package sip

import "testing"

func TestRetryAfter(t *testing.T) {
	checkValues(t, ParseRetryAfter, RetryAfter.Append, []valueRow[RetryAfter]{
		{"RFC 3261 §20.33: a duration", "18000;duration=3600", RetryAfter{18000, "", 3600}, ""},
		{"RFC 3261 §20.33: a comment", "120 (I'm in a meeting)", RetryAfter{120, "I'm in a meeting", 0}, ""},
		{"all of it", "5 ( a (b) \\) c ) ; duration=1", RetryAfter{5, " a (b) \\) c ", 1}, "5 ( a (b) \\) c );duration=1"},
		{"seconds only", "0", RetryAfter{}, ""},
	}, map[string]string{
		"nothing": "", "letters": "soon", "RFC 4475 §3.1.2.5: too great": "949302838503028349304023988", "an open comment": "5 (a", "an open inner comment": "5 (a (b)", "text behind it": "5 x", "two comments": "5 (a) (b)", "no duration": "5;duration", "duration no number": "5;duration=x",
	})
	if got := string(RetryAfter{Seconds: 5, Comment: "a) ;duration=9 (b"}.Append(nil)); got != "5" {
		t.Errorf("a comment that would end early is left out: %q", got)
	}
	if got := string(RetryAfter{Seconds: 5, Comment: "a\r\nEvil: x"}.Append(nil)); got != "5" {
		t.Errorf("a comment with a line end is left out: %q", got)
	}
}
