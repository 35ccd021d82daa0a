package store

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"hookflash/digest"
	"hookflash/directory"
)

func anyUser() *rapid.Generator[UserEntry] {
	return rapid.Custom(func(t *rapid.T) UserEntry {
		someAlgorithm := rapid.SampledFrom(algorithms[:])
		user := directory.User{
			Name:   rapid.StringN(1, 30, MaxUserName).Draw(t, "name"),
			Digest: rapid.SliceOfN(someAlgorithm, 0, 4).Draw(t, "digest"),
		}
		for _, algorithm := range rapid.SliceOfN(someAlgorithm, 0, 3).Draw(t, "ha1") {
			if user.HA1 == nil {
				user.HA1 = make(map[digest.Algorithm]digest.HA1)
			}
			user.HA1[algorithm] = digest.NewHA1(algorithm, user.Name, "example.com", rapid.String().Draw(t, "password"))
		}
		return UserEntry{User: user, Source: rapid.SampledFrom([]Source{FromFile, FromInterface}).Draw(t, "source")}
	})
}

func TestUserRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := anyUser().Draw(t, "entry")
		value, err := encodeUser(&entry)
		if err != nil {
			t.Fatal(err)
		}
		got, err := newMemo().decodeUser(value, 3)
		if err != nil || got.Revision != 3 || got.Source != entry.Source {
			t.Fatalf("%s decodes to %+v, %v", value, got, err)
		}
		wantEqualUser(t, entry.User, got.User)
	})
}

// wantEqualUser: no difference but between empty and none.
func wantEqualUser(t *rapid.T, want, got directory.User) {
	if len(want.Digest) == 0 && len(got.Digest) == 0 {
		want.Digest, got.Digest = nil, nil
	}
	if !sameUser(want, got) {
		t.Fatalf("%+v became %+v", want, got)
	}
}

// TestReadUserAgrees: what the quick reader takes reads the same by encoding/json, and it
// takes what we write, if nothing is escaped.
func TestReadUserAgrees(t *testing.T) {
	plain := user("alice.b+c", "secret")
	value, err := encodeUser(&UserEntry{User: plain, Source: FromFile})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := newMemo().readUser(string(value)); !ok {
		t.Errorf("%s: a plain user is not read quickly", value)
	}
	for length := range value {
		if _, ok := newMemo().readUser(string(value[:length])); ok {
			t.Errorf("%s: taken though cut short", value[:length])
		}
	}
}

func FuzzReadUser(f *testing.F) {
	for _, entry := range []UserEntry{
		{User: user("alice", "secret"), Source: FromFile},
		{User: directory.User{Name: "bob"}, Source: FromInterface},
		{User: directory.User{Name: "cäsar", Digest: []digest.Algorithm{digest.MD5}}, Source: FromInterface},
	} {
		value, err := encodeUser(&entry)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(value))
	}
	f.Fuzz(func(t *testing.T, value string) {
		quick, ok := newMemo().readUser(value)
		if !ok {
			return
		}
		var slow userValue
		if err := json.Unmarshal([]byte(value), &slow); err != nil {
			t.Fatalf("%q is no JSON, %v, but was read as %+v", value, err, quick)
		}
		a, _ := json.Marshal(quick)
		b, _ := json.Marshal(slow)
		if string(a) != string(b) {
			t.Errorf("%q reads as %s and as %s", value, a, b)
		}
	})
}
