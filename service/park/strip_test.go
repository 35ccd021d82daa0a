package park_test

import (
	"testing"

	"hookflash/sip"
)

// TestParkedAtWhoseCost: what a referrer writes into the address of who is to be parked says nothing of who pays for the
// call that takes them over, nor of how the server routes it.
func TestParkedAtWhoseCost(t *testing.T) {
	r := newRig()
	r.send(request("REFER", "refer", "<sip:bob@example.test>;tag=1", "<sip:park@example.test>", 1, "refer",
		"P-Asserted-Identity: <sip:bob@example.test>\r\nRefer-To: <sip:+19005551234@example.test;payer=carol;phones;gr=x?Replaces=old%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"))
	if len(r.asked) != 1 {
		t.Fatalf("%d calls: %v", len(r.asked), r.final)
	}
	for _, m := range r.asked {
		uri, err := sip.ParseURI(m.RequestURI())
		if err != nil || uri.Params.Has("payer") || uri.Params.Has("phones") || !uri.Params.Has("gr") {
			t.Errorf("the park calls %s: %v", m.RequestURI(), err)
		}
	}
}
