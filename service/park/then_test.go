package park

import (
	"testing"

	"hookflash/directory"
	"hookflash/ua"
)

// everybody is a user.
type everybody struct{ directory.View }

func (everybody) User(name string) *directory.User { return &directory.User{Name: name} }

// TestThen: where a call goes that nobody took, and on whose permissions.
func TestThen(t *testing.T) {
	for _, test := range []struct{ target, parker, want string }{
		{"carol", "sip:bob@example.test", "sip:carol@example.test;payer=bob"},
		{"+4930123456", "sip:bob@example.test", "sip:+4930123456@example.test;user=phone;payer=bob"},
		{"sip:carol@elsewhere.test;payer=boss", "sip:bob@example.test", "sip:carol@elsewhere.test;payer=bob"},
		{"voicemail", "sip:bob@example.test", "sip:voicemail@example.test;target=sip:bob%40example.test;cause=408;payer=bob"},
		{"voicemail:sales", "sip:bob@example.test", "sip:voicemail@example.test;target=sip:sales%40example.test;cause=408;payer=bob"},
		{"voicemail", "sip:bob@elsewhere.test", ""},
		{"menu:main", "", "sip:menu@example.test;menu=main"},
	} {
		then, err := directory.ParseTarget(test.target)
		if err != nil {
			t.Fatal(err)
		}
		s := &Service{settings: Settings{Domain: "example.test", Users: everybody{}}}
		y := &stay{service: s, slot: &slot{lot: &lot{Orbit: Orbit{Then: then}}}, parker: ua.Party{URI: test.parker}}
		if got := y.target(); got != test.want {
			t.Errorf("%s of %q: %q, want %q", test.target, test.parker, got, test.want)
		}
	}
}
