package ua

import (
	"testing"

	"hookflash/sip"
)

// TestLater: what a refusal says of when the callee can be had.
func TestLater(t *testing.T) {
	for _, test := range []struct {
		reason, status, fields string
		want                   Later
	}{
		{"nothing is said", "486 Busy Here", "", Later{}},
		{
			"the phone's contact, and the server's monitor", "486 Busy Here",
			"Contact: <sip:bob@192.0.2.2;gr=x>\r\nCall-Info: <sip:redial@example.test;to=bob>;purpose=call-completion;m=BS\r\n",
			Later{Contact: "sip:bob@192.0.2.2;gr=x", Monitor: "sip:redial@example.test;to=bob", Mode: "BS"},
		},
		{
			"behind a picture, which is not fetched", "480 Nobody",
			"Call-Info: <http://example.test/bob.png>;purpose=icon, <sip:m@example.test>;purpose=Call-Completion\r\n",
			Later{Monitor: "sip:m@example.test"},
		},
		{"a monitor that is a page", "486 Busy Here", "Call-Info: <http://example.test/>;purpose=call-completion;m=BS\r\n", Later{}},
		{"a redirection is followed, not waited for", "302 Moved", "Contact: <sip:carol@example.test>\r\n", Later{}},
	} {
		text := "SIP/2.0 " + test.status + "\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n" +
			"Call-ID: 1\r\nCSeq: 1 INVITE\r\n" + test.fields + "Content-Length: 0\r\n\r\n"
		m, err := sip.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		if got := laterOf(m); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.reason, got, test.want)
		}
	}
}
