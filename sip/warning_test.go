package sip

import "testing"

func TestWarning(t *testing.T) {
	checkValues(t, ParseWarning, Warning.Append, []valueRow[Warning]{
		{"RFC 3261 §20.43", `307 isi.edu "Session parameter 'foo' not understood"`, Warning{307, "isi.edu", "Session parameter 'foo' not understood"}, ""},
		{"a port", `301 isi.edu:5060 "x"`, Warning{301, "isi.edu:5060", "x"}, ""},
		{"an IPv6 reference", `301 [::1]:5060 "a \"b\", c"`, Warning{301, "[::1]:5060", `a "b", c`}, ""},
		{"an empty text", `399 h ""`, Warning{399, "h", ""}, ""},
	}, map[string]string{
		"nothing": "", "no agent": `307 "x"`, "no text": "307 h", "a text without quotes": "307 h x", "two digits": `30 h "x"`, "RFC 4475 §3.1.2.5: four digits": `1812 h "x"`, "an open quote": `307 h "x`, "text behind it": `307 h "x" y`, "no white space": `307h "x"`,
	})
}
