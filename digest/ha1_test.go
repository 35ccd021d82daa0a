package digest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestHA1Text(t *testing.T) {
	// RFC 7616 §3.4.5: H(Mufasa:myhost@example.com:Circle Of Life), a colon between and no quotes.
	ha1 := NewHA1(MD5, "Mufasa", "testrealm@host.com", "Circle Of Life")
	text, err := ha1.MarshalText()
	if err != nil || string(text) != "939e7578ed9e3c518a452acee763bce9" {
		t.Fatalf("%s, %v", text, err)
	}
	for _, algorithm := range []Algorithm{MD5, SHA256, SHA512256} {
		secrets := map[Algorithm]HA1{algorithm: NewHA1(algorithm, "alice", "example.test", "wonderland")}
		encoded, err := json.Marshal(secrets)
		if err != nil {
			t.Fatal(err)
		}
		var decoded map[Algorithm]HA1
		if err := json.Unmarshal(encoded, &decoded); err != nil {
			t.Fatal(err)
		}
		if decoded[algorithm] != secrets[algorithm] || !decoded[algorithm].Valid() {
			t.Errorf("%v: %s comes back as something else", algorithm, encoded)
		}
	}
}

func TestHA1TextErrors(t *testing.T) {
	for _, text := range []string{"", "00", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("g", 32), strings.Repeat("0", 128)} {
		if _, err := ParseHA1(text); !errors.Is(err, ErrHA1) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := (HA1{}).MarshalText(); !errors.Is(err, ErrHA1) {
		t.Errorf("no HA1 has a text: %v", err)
	}
	if NewHA1(0, "a", "b", "c").Valid() {
		t.Error("no algorithm makes an HA1")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	ha1 := NewHA1(MD5, "alice", "example.test", "wonderland")
	text, _ := ha1.MarshalText()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		printed := fmt.Sprintf(format, ha1) + fmt.Sprintf(format, struct{ Secret HA1 }{ha1})
		if strings.Contains(printed, string(text)) || len(printed) > 60 {
			t.Errorf("%s prints %s", format, printed)
		}
		if printed := fmt.Sprintf(format, Key{1, 2, 3}); len(printed) > 10 {
			t.Errorf("%s prints the key: %s", format, printed)
		}
	}
}

func TestDecoy(t *testing.T) {
	seen := map[HA1]string{}
	for _, key := range []Key{{1}, {2}} {
		for _, algorithm := range []Algorithm{MD5, SHA256, SHA512256} {
			for _, username := range []string{"", "nobody", "nobodz", strings.Repeat("x", 2000)} {
				decoy := Decoy(key, algorithm, username)
				if int(decoy.length) != algorithm.Size() {
					t.Errorf("%v: a decoy of %d bytes", algorithm, decoy.length)
				}
				if decoy != Decoy(key, algorithm, username) {
					t.Error("a decoy changes")
				}
				text, _ := decoy.MarshalText()
				if parsed, err := ParseHA1(string(text)); err != nil || parsed != decoy {
					t.Errorf("a decoy isn't like an HA1: %v", err)
				}
				name := fmt.Sprintf("%x %v %s", key[0], algorithm, username)
				if before, ok := seen[decoy]; ok {
					t.Errorf("%s and %s have one decoy", before, name)
				}
				seen[decoy] = name
			}
		}
	}
}

func TestAlgorithmTokens(t *testing.T) {
	for token, want := range map[string]Algorithm{"MD5": MD5, "md5": MD5, "SHA-256": SHA256, "sha-512-256": SHA512256} {
		got, err := ParseAlgorithm(token)
		if err != nil || got != want || !strings.EqualFold(got.String(), token) {
			t.Errorf("%s: %v, %v", token, got, err)
		}
	}
	for _, token := range []string{"", "MD5-sess", "SHA-256-sess", "SHA256", "SHA-512", "unknown"} {
		if _, err := ParseAlgorithm(token); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%s: %v", token, err)
		}
	}
	if Algorithm(0).Valid() || Algorithm(9).String() != "unknown" || Algorithm(9).Size() != 0 {
		t.Error("there is an algorithm that isn't one")
	}
	if _, err := Algorithm(0).MarshalText(); !errors.Is(err, ErrAlgorithm) {
		t.Error("no algorithm has a text")
	}
}
