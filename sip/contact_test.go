package sip

import "testing"

func TestContact(t *testing.T) {
	for _, c := range []struct {
		why, text, user string
		want            Contact
		prints          string
	}{
		{"plain", "<sip:a@h>", "a", Contact{Q: 1000}, ""},
		{"every binding", " * ", "", Contact{All: true, Q: 1000}, "*"},
		{"RFC 3261 §20.10", `"Mr. Watson" <sip:watson@h>;q=0.7; expires=3600`, "watson", Contact{Q: 700, Expires: 3600, HasExpires: true}, `"Mr. Watson" <sip:watson@h>;expires=3600;q=0.7`},
		{"without brackets", "sip:a@h;expires=0", "a", Contact{Q: 1000, HasExpires: true}, "<sip:a@h>;expires=0"},
		{
			"RFC 5626 §4.1", `<sip:a@h;ob>;reg-id=1;+sip.instance="<urn:uuid:0C67446E-F1A1-11D9-94D3-000A95A0E128>"`, "a",
			Contact{Q: 1000, Instance: "urn:uuid:0C67446E-F1A1-11D9-94D3-000A95A0E128", RegID: 1},
			`<sip:a@h;ob>;+sip.instance="<urn:uuid:0C67446E-F1A1-11D9-94D3-000A95A0E128>";reg-id=1`,
		},
		{"RFC 3261 §10.2.1.1: a malformed expires is 3600", "<sip:a@h>;expires=280297596632815", "a", Contact{Q: 1000, Expires: 3600, HasExpires: true}, "<sip:a@h>;expires=3600"},
		{"a parameter of the URI is not the contact's", "<sip:a@h;expires=5;q=0>", "a", Contact{Q: 1000}, ""},
		{"the least q", "<sip:a@h>;q=0.001", "a", Contact{Q: 1}, ""},
	} {
		got, err := ParseContact(c.text)
		user := got.Address.URI.User
		printed := string(got.Append(nil))
		got.Address = Address{}
		if err != nil || got != c.want || user != c.user {
			t.Errorf("%s: got %+v of %q, %v", c.why, got, user, err)
		}
		if want := c.prints; printed != want && (want != "" || printed != c.text) {
			t.Errorf("%s: prints %q", c.why, printed)
		}
	}
	for why, text := range map[string]string{
		"nothing": "", "a star and more": "*;expires=0", "q too great": "<sip:a@h>;q=1.001", "q with four digits": "<sip:a@h>;q=0.0001", "an empty q": "<sip:a@h>;q", "reg-id zero": "<sip:a@h>;reg-id=0", "reg-id too great": "<sip:a@h>;reg-id=2147483648", "reg-id no number": "<sip:a@h>;reg-id=x",
		"two q": "<sip:a@h>;q=1;q=0", "two expires": "<sip:a@h>;expires=1;Expires=2", "two instances": `<sip:a@h>;+sip.instance="<a>";+sip.instance="<b>"`,
	} {
		if got, err := ParseContact(text); err == nil {
			t.Errorf("%s: parses: %+v", why, got)
		}
	}
}

func TestQ(t *testing.T) {
	for q := range maxQ + 1 {
		text := string(AppendQ(nil, q))
		if got, err := ParseQ(text); err != nil || got != q || len(text) > 5 {
			t.Errorf("%d prints %q, which reads %d, %v", q, text, got, err)
		}
	}
	for text, want := range map[string]int{"0": 0, "0.": 0, "1.": 1000, "1.000": 1000, "0.5": 500, "0.50": 500, "0.333": 333} {
		if got, err := ParseQ(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".5", "2", "1.1", "0.0000", "-1", "0,5", "00", "01", "0.x", "+1", "1e0"} {
		if got, err := ParseQ(text); err == nil {
			t.Errorf("%q parses: %d", text, got)
		}
	}
	if got := string(AppendQ(AppendQ(nil, -5), 2000)); got != "01" {
		t.Errorf("out of range: %q", got)
	}
}
