package clicktodial_test

import (
	"errors"
	"strings"
	"testing"

	"hookflash/service/clicktodial"
	"hookflash/sip"
)

func TestAddress(t *testing.T) {
	for _, test := range []struct {
		reason, text, uri, shown string
		err                      error
	}{
		{"a user", "bob", "sip:bob@example.test", "bob", nil},
		{"a number of the house", "1002", "sip:1002@example.test", "1002", nil},
		{"as people write one", "+49 (30) 123-45", "sip:+493012345@example.test", "+493012345", nil},
		{"with the zero that is dialled at home alone", "+49 (0)30 123/45", "sip:+493012345@example.test", "+493012345", nil},
		{"a link", "tel:+49-30-12345", "sip:+493012345@example.test", "+493012345", nil},
		{"a link with parameters", "tel:030.12345;phone-context=+49", "sip:03012345@example.test", "03012345", nil},
		{"an escaped one", "tel:%2B493012345", "sip:+493012345@example.test", "+493012345", nil},
		{"callto", "callto://+493012345", "sip:+493012345@example.test", "+493012345", nil},
		{"full-width digits", "０３０－１２３４５", "sip:03012345@example.test", "03012345", nil},
		{"marks of direction, pasted", "\u202a+49\u00a030\u200b12345\u202c", "sip:+493012345@example.test", "+493012345", nil},
		{"a dash that is none", "030–12345", "sip:03012345@example.test", "03012345", nil},
		{"an address", "sip:carol@Elsewhere.example:5070", "sip:carol@elsewhere.example:5070", "carol@elsewhere.example", nil},
		{"in upper case", "SIPS:carol@elsewhere.example", "sips:carol@elsewhere.example", "carol@elsewhere.example", nil},
		{"without a scheme", "carol@elsewhere.example", "sip:carol@elsewhere.example", "carol@elsewhere.example", nil},
		{"parameters say nothing", "sip:bob@example.test;payer=alice;phones;maddr=169.254.169.254;transport=tcp", "sip:bob@example.test", "bob@example.test", nil},
		{"nor do header fields", "sip:bob@example.test?Replaces=a%3Bto-tag%3D1&Route=%3Csip:evil%3E", "sip:bob@example.test", "bob@example.test", nil},
		{"without a host", "sip:+49 30 123", "sip:+4930123@example.test", "+4930123", nil},
		{"a number at a host", "sip:+49-30-123;phone-context=x@example.test", "sip:+4930123@example.test", "+4930123@example.test", nil},
		{"nothing", " ", "", "", clicktodial.ErrTarget},
		{"no scheme of telephony", "https://example.test/", "", "", clicktodial.ErrTarget},
		{"a script", "javascript:alert(1)", "", "", clicktodial.ErrTarget},
		{"markup", "<img src=x onerror=alert(1)>", "", "", clicktodial.ErrTarget},
		{"markup in an address", "sip:\"><script>@example.test", "", "", clicktodial.ErrTarget},
		{"a line break in an address", "sip:bob%0d%0aEvil:%20yes@example.test", "", "", clicktodial.ErrTarget},
		{"a code", "tel:*21*00900123%23", "", "", clicktodial.ErrCode},
		{"a code at a host", "sip:*72@example.test", "", "", clicktodial.ErrCode},
		{"a password", "sip:bob:secret@example.test", "", "", clicktodial.ErrTarget},
		{"a long text", strings.Repeat("1", 300), "", "", clicktodial.ErrLong},
	} {
		uri, shown, err := clicktodial.Address(test.text, "example.test")
		if uri != test.uri || shown != test.shown || !errors.Is(err, test.err) {
			t.Errorf("%s: %q is %q, %q, %v; want %q, %q, %v", test.reason, test.text, uri, shown, err, test.uri, test.shown, test.err)
		}
	}
}

// FuzzAddress: what comes out is a SIP address without parameters and header fields, and stays what it is.
func FuzzAddress(f *testing.F) {
	for _, text := range []string{"bob", "+49 (0)30 123-45", "sip:a@b;c?d=e", "tel:1;x=%0a", "sips:%41@[::1]:5", "callto://x@y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, shown, err := clicktodial.Address(text, "example.test")
		if err != nil {
			return
		}
		parsed, err := sip.ParseURI(uri)
		if err != nil || !parsed.IsSIP() || parsed.Params != "" || parsed.Headers != "" || parsed.User == "" || strings.ContainsAny(uri, "\r\n<>\" ") {
			t.Fatalf("%q is %q: %v", text, uri, err)
		}
		again, _, err := clicktodial.Address(uri, "example.test")
		if err != nil || again != uri || shown == "" {
			t.Fatalf("%q is %q, and that %q: %v", text, uri, again, err)
		}
	})
}
