package sip

import "testing"

func TestRequestURI(t *testing.T) {
	for _, test := range []struct{ why, given, want string }{
		{"nothing to leave out", "sip:bob@192.0.2.2:5060;transport=tcp;x=%41", "sip:bob@192.0.2.2:5060;transport=tcp;x=%41"},
		{"header fields", "sip:bob@192.0.2.2?Route=%3Csip:192.0.2.3%3E&Subject=%0d%0aX:y", "sip:bob@192.0.2.2"},
		{"header fields after parameters", "sip:bob@192.0.2.2;lr?From=x", "sip:bob@192.0.2.2;lr"},
		{"method", "sip:bob@192.0.2.2;method=BYE;lr", "sip:bob@192.0.2.2;lr"},
		{"method in capitals, without value, last", "sips:bob@192.0.2.2;lr;METHOD", "sips:bob@192.0.2.2;lr"},
		{"both, and a password", "sip:bob:pw@192.0.2.2:5061;method=INVITE?Replaces=a", "sip:bob:pw@192.0.2.2:5061"},
		{"a user with a question mark", "sip:crazy?,/;method=x;;*:&it@example.com;x", "sip:crazy?,/;method=x;;*:&it@example.com;x"},
		{"another scheme", "tel:+1555;method=x", "tel:+1555;method=x"},
		{"what is no URI", "<sip:bob@192.0.2.2?a=b>", "<sip:bob@192.0.2.2?a=b>"},
		{"an unknown scheme", "foo:bar?a=b", "foo:bar?a=b"},
	} {
		if got := RequestURI(test.given); got != test.want {
			t.Errorf("%s: %s becomes %s, want %s", test.why, test.given, got, test.want)
		}
		if allocs := testing.AllocsPerRun(10, func() { RequestURI("sip:bob@192.0.2.2:5060;transport=tcp") }); allocs > 0 {
			t.Errorf("%v allocations for what is right", allocs)
		}
	}
}
