package sip

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ why, text, name, uri, params string }{
		{"RFC 3261 §20.20: quoted display name", `"A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s`, "A. G. Bell", "sip:agb@bell-telephone.com", ";tag=a48s"},
		{"RFC 3261 §20.20: without brackets parameters are the field's", "sip:+12125551212@server.phone2net.com;tag=887s", "", "sip:+12125551212@server.phone2net.com", ";tag=887s"},
		{"RFC 3261 §20.20: unquoted display name", "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "Anonymous", "sip:c8oqz84zk7z@privacy.org", ";tag=hyh8"},
		{"RFC 4475 §3.1.1.6: no space before the bracket", "caller<sip:caller@example.com>;tag=323", "caller", "sip:caller@example.com", ";tag=323"},
		{"several words", "The Boss  <sip:b@h>", "The Boss", "sip:b@h", ""},
		{"an empty display name", `"" <sip:b@h>`, "", "sip:b@h", ""},
		{"escapes in a display name", `"J \"R\" \\ x" <sip:b@h>`, `J "R" \ x`, "sip:b@h", ""},
		{"brackets, commas and semicolons in a display name", `"a<b>,c;d" <sip:b@h>;x=y`, "a<b>,c;d", "sip:b@h", ";x=y"},
		{"UTF-8 in a display name", "\"J\u00fcrgen\" <sip:b@h>", "J\u00fcrgen", "sip:b@h", ""},
		{"parameters inside belong to the URI", "<sip:b@h;lr;x=y?a=b>", "", "sip:b@h;lr;x=y?a=b", ""},
		{"white space round parameters, folds too", "<sip:b@h> ; a = b ;\r\n c ; d = \"e;f\"", "", "sip:b@h", "; a = b ;\r\n c ; d = \"e;f\""},
		{"white space at both ends", " \t<sip:b@h>\r\n ", "", "sip:b@h", ""},
		{"an unknown scheme", "isbn:2983792873", "", "isbn:2983792873", ""},
		{"RFC 4475 §3.1.1.10: an unknown scheme in brackets", "<name:John_Smith>", "", "name:John_Smith", ""},
		{"an IPv6 value of a parameter", "<sip:h>;received=2001:db8::1;maddr=[::1]", "", "sip:h", ";received=2001:db8::1;maddr=[::1]"},
		{"as many parameters as the limit", "<sip:h>" + strings.Repeat(";a", maxParams), "", "sip:h", strings.Repeat(";a", maxParams)},
		{"RFC 5626: a URN in quotes", `<sip:h>;+sip.instance="<urn:uuid:0C67446E>";reg-id=1`, "", "sip:h", `;+sip.instance="<urn:uuid:0C67446E>";reg-id=1`},
	} {
		a, err := ParseAddress(c.text)
		if err != nil || a.Name() != c.name || a.Text != c.uri || string(a.Params) != c.params {
			t.Errorf("%s: %q: got name %q, URI %q, parameters %q, %v", c.why, c.text, a.Name(), a.Text, a.Params, err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"nothing", ""},
		{"white space", " \t"},
		{"a lone star", "*"},
		{"empty brackets", "<>"},
		{"an open bracket", "<sip:a@h"},
		{"two opening brackets", "<<sip:a@h>"},
		{"an open quote", `"a <sip:a@h>`},
		{"an escaped closing quote", `"a\" <sip:a@h>`},
		{"a quoted name without brackets", `"a" sip:a@h`},
		{"a quoted name alone", `"a"`},
		{"RFC 4475 §3.1.2.14: white space inside the brackets", "< sip:a@h>"},
		{"RFC 4475 §3.1.2.14: white space before the closing bracket", "<sip:a@h >"},
		{"RFC 4475 §3.1.2.15: a comma in an unquoted name", "Bell, Alexander <sip:a@h>"},
		{"a quote after words", `The "B" <sip:a@h>`},
		{"octets above 127 unquoted", "J\u00fcrgen <sip:a@h>"},
		{"text after the brackets", "<sip:a@h>x"},
		{"text after the brackets, then parameters", "<sip:a@h> x;tag=1"},
		{"an empty parameter", "<sip:a@h>;;tag=1"},
		{"ends in a semicolon", "<sip:a@h>;"},
		{"ends in a semicolon and space", "<sip:a@h>;a; "},
		{"a parameter without a name", "<sip:a@h>;=1"},
		{"a parameter without a value", "<sip:a@h>;tag="},
		{"space in a value", "<sip:a@h>;tag=a b"},
		{"an open quote in a value", `<sip:a@h>;a="b`},
		{"text after a quoted value", `<sip:a@h>;a="b"c`},
		{"RFC 4475 §3.1.2.13: header fields without brackets", "sip:a@h?Route=x"},
		{"a comma without brackets", "sip:a,b@h"},
		{"two values", "<sip:a@h>, <sip:b@h>"},
		{"more parameters than the limit", "<sip:a@h>" + strings.Repeat(";a", maxParams+1)},
		{"NUL in a quoted name", "\"a\x00b\" <sip:a@h>"},
		{"a line end without white space after it in a quoted name", "\"a\r\nb\" <sip:a@h>"},
		{"NUL in a value", "<sip:a@h>;x=a\x00b"},
	} {
		if a, err := ParseAddress(c.text); err == nil {
			t.Errorf("%s: %q parses: %+v", c.why, c.text, a)
		}
	}
}

func TestAddressTag(t *testing.T) {
	if tag := mustAddress(t, `<sip:a@h;tag=uri>;x=";tag=quoted";TAG=real`).Tag(); tag != "real" {
		t.Errorf("got tag %q: neither the URI's nor one inside quotes", tag)
	}
}
