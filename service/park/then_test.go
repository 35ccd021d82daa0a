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
	for _, test := range []struct {
		target, parker, want string
		guest                bool
	}{
		{"carol", "sip:bob@example.test", "sip:carol@example.test;payer=bob", false},
		{"+4930123456", "sip:bob@example.test", "sip:+4930123456@example.test;user=phone;payer=bob", false},
		{"sip:carol@elsewhere.test;payer=boss", "sip:bob@example.test", "sip:carol@elsewhere.test;payer=bob", false},
		{"voicemail", "sip:bob@example.test", "sip:voicemail@example.test;target=sip:bob%40example.test;cause=408;payer=bob", false},
		{"voicemail:sales", "sip:bob@example.test", "sip:voicemail@example.test;target=sip:sales%40example.test;cause=408;payer=bob", false},
		{"voicemail", "sip:bob@elsewhere.test", "", false},
		{"+4930123456", "sip:bob@example.test", "sip:+4930123456@example.test;user=phone", true},
		{"voicemail", "sip:bob@example.test", "sip:voicemail@example.test;target=sip:bob%40example.test;cause=408", true},
		{"menu:main", "", "sip:menu@example.test;menu=main", false},
	} {
		then, err := directory.ParseTarget(test.target)
		if err != nil {
			t.Fatal(err)
		}
		s := &Service{settings: Settings{Domain: "example.test", Users: everybody{}}}
		y := &stay{service: s, slot: &slot{lot: &lot{Orbit: Orbit{Then: then}}}, parker: ua.Party{URI: test.parker}, guest: test.guest}
		if got := y.target(); got != test.want {
			t.Errorf("%s of %q: %q, want %q", test.target, test.parker, got, test.want)
		}
	}
}
