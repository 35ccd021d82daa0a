package sip

import "testing"

func TestSessionExpires(t *testing.T) {
	checkValues(t, ParseSessionExpires, SessionExpires.Append, []valueRow[SessionExpires]{
		{"RFC 4028 §4", "1800;refresher=uac", SessionExpires{1800, "uac", ";refresher=uac"}, ""},
		{"Min-SE", "90", SessionExpires{90, "", ""}, ""},
		{"without case, with white space", " 90 ; Refresher = UAS ", SessionExpires{90, "uas", "; Refresher = UAS"}, "90;refresher=uas"},
		{"other parameters", "90;x=y", SessionExpires{90, "", ";x=y"}, "90"},
	}, map[string]string{
		"nothing": "", "letters": "x", "too great": "4294967296", "negative": "-1", "another refresher": "90;refresher=proxy", "an empty refresher": "90;refresher", "text behind it": "90 x", "an empty parameter": "90;",
	})
}
