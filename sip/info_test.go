package sip

import "testing"

func TestInfo(t *testing.T) {
	checkValues(t, ParseInfo, Info.Append, []valueRow[Info]{
		{"RFC 3261 §20.9", "<http://www.example.com/alice/photo.jpg> ;purpose=icon", Info{"http://www.example.com/alice/photo.jpg", ";purpose=icon"}, "<http://www.example.com/alice/photo.jpg>;purpose=icon"},
		{"RFC 3261 §20.4", "<http://www.example.com/sounds/moo.wav?x=1,2;3>", Info{"http://www.example.com/sounds/moo.wav?x=1,2;3", ""}, ""},
		{"RFC 7462: a URN", "<urn:alert:source:internal>", Info{"urn:alert:source:internal", ""}, ""},
		{"auto-answer", "<sip:h>;answer-after=0", Info{"sip:h", ";answer-after=0"}, ""},
	}, map[string]string{"nothing": "", "no brackets": "http://h", "an open bracket": "<http://h", "nothing inside": "<>", "no scheme": "<//h>", "space inside": "<http://h/a b>", "text behind it": "<http://h>x", "an empty parameter": "<http://h>;", "a line end": "<http://h\r\n>"})
	i, _ := ParseInfo("<http://h>;Purpose=ICON")
	if i.Purpose() != "icon" {
		t.Errorf("purpose %q", i.Purpose())
	}
}
