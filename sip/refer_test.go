package sip

import "testing"

func TestReferTo(t *testing.T) {
	refer := mustAddress(t, "<sip:bob@h;method=BYE?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994&Subject=a%0d%0aEvil:%20x&x=1&X=2>")
	id, there, err := refer.URI.Replaces()
	if want := (DialogID{"12345@192.168.118.3", "12345", "5FFE-3994", false}); !there || err != nil || id != want {
		t.Errorf("RFC 3891 §3: a Replaces inside the URI: got %+v, %v, %v", id, there, err)
	}
	if refer.URI.Method() != BYE {
		t.Errorf("RFC 3515 §2.1: method %s", refer.URI.Method())
	}
	if value, _ := refer.URI.Header("subject"); value != "a\r\nEvil: x" {
		t.Errorf("escapes are undone: %q", value)
	}
	if value, _ := refer.URI.Header("x"); value != "1" {
		t.Errorf("the first of two: %q", value)
	}
	plain := mustAddress(t, "sip:bob@h")
	if _, there, _ := plain.URI.Replaces(); there || plain.URI.Method() != INVITE {
		t.Error("a plain URI asks for INVITE and replaces nothing")
	}
	twice := mustAddress(t, "<sip:bob@h?Replaces=a%253Bto-tag%253D1>")
	if _, _, err := twice.URI.Replaces(); err == nil {
		t.Error("escapes are undone once only")
	}
}

func TestReferSub(t *testing.T) {
	for _, c := range []struct {
		text     string
		want, ok bool
	}{{"true", true, true}, {"False", false, true}, {"false;x=y", false, true}, {"", false, false}, {"maybe", false, false}, {"true x", false, false}} {
		if got, err := ParseReferSub(c.text); got != c.want || (err == nil) != c.ok {
			t.Errorf("RFC 4488 §4: %q: got %v, %v", c.text, got, err)
		}
	}
}

func TestReferredBy(t *testing.T) {
	by, err := ParseReferredBy(`"Ref" <sips:r@h>;cid="20398823.2UWQFN309shb3@referrer.example"`)
	if err != nil || by.Address.Name() != "Ref" || by.ContentID != "20398823.2UWQFN309shb3@referrer.example" {
		t.Errorf("RFC 3892 §3: got %+v, %v", by, err)
	}
	if _, err := ParseReferredBy("x"); err == nil {
		t.Error("no URI")
	}
}
