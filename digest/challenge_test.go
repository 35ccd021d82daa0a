package digest

import (
	"errors"
	"strings"
	"testing"
)

func TestChallengeAppend(t *testing.T) {
	for _, c := range []struct {
		reason    string
		challenge Challenge
		want      string
	}{
		{
			"what a registrar sends",
			Challenge{Realm: "example.test", Nonce: "n", Algorithm: SHA256},
			`Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"`,
		},
		{
			"with all there is",
			Challenge{Realm: "example.test", Nonce: "n", Opaque: "o", Algorithm: MD5, QOP: EitherQOP, Stale: true},
			`Digest realm="example.test", nonce="n", opaque="o", stale=true, algorithm=MD5, qop="auth,auth-int"`,
		},
		{
			"RFC 2617: without qop; a realm with quotes, and with a line end that must not get out",
			Challenge{Realm: "a\"b\\c\r\nX: y", Nonce: "n", Algorithm: SHA512256, QOP: NoQOP},
			`Digest realm="a\"b\\cX: y", nonce="n", algorithm=SHA-512-256`,
		},
	} {
		if got := string(c.challenge.Append([]byte("x"))); got != "x"+c.want {
			t.Errorf("%s: %s, want %s", c.reason, got, c.want)
		}
	}
}

func TestParseChallenge(t *testing.T) {
	for _, c := range []struct {
		reason, value string
		want          Challenge
	}{
		{
			"RFC 7616 §3.9.1",
			"Digest\r\n realm=\"http-auth@example.org\",\r\n qop=\"auth, auth-int\",\r\n algorithm=SHA-256,\r\n nonce=\"7ypf/xlj\",\r\n opaque=\"FQhe/qaU\"",
			Challenge{Realm: "http-auth@example.org", Nonce: "7ypf/xlj", Opaque: "FQhe/qaU", Algorithm: SHA256, QOP: EitherQOP},
		},
		{
			"RFC 2617: no qop, no algorithm; stale in any case",
			`Digest realm="a\"b", nonce="", domain="sip:x sip:y", stale=TRUE`,
			Challenge{Realm: `a"b`, Algorithm: MD5, QOP: NoQOP, Stale: true},
		},
		{
			"RFC 7616 §3.3: anything but true is false; qops we don't know are ignored",
			`Digest realm="a", nonce="b", stale=yes, qop="auth-conf,auth-int", charset=UTF-8, userhash=true`,
			Challenge{Realm: "a", Nonce: "b", Algorithm: MD5, QOP: AuthInt},
		},
		{
			"a qop without quotes",
			`Digest realm="a", nonce="b", qop=auth`,
			Challenge{Realm: "a", Nonce: "b", Algorithm: MD5, QOP: Auth},
		},
	} {
		if got, err := ParseChallenge(c.value); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.reason, got, err, c.want)
		}
	}
	for value, want := range map[string]error{
		`Basic realm="a"`:                                  ErrScheme,
		`Digest realm="a"`:                                 ErrMissing,
		`Digest nonce="a"`:                                 ErrMissing,
		`Digest realm="a",nonce="b",realm="c"`:             ErrDuplicate,
		`Digest realm="a",nonce="b",qop=auth-conf`:         ErrQOP,
		`Digest realm="a",nonce="b",qop=""`:                ErrQOP,
		`Digest realm="a",nonce="b",algorithm=TOKEN-512`:   ErrAlgorithm,
		`Digest realm="a",nonce="b`:                        ErrSyntax,
		`Digest realm="` + strings.Repeat("a", 5000) + `"`: ErrLimit,
	} {
		if got, err := ParseChallenge(value); !errors.Is(err, want) || got != (Challenge{}) {
			t.Errorf("%.60s: %+v, %v, want %v", value, got, err, want)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="example.test", nonce="n", opaque="o", stale=true, algorithm=MD5, qop="auth,auth-int"`)
	f.Add("Digest\r\n realm=\"a\\\"b\",qop=\"auth, auth-conf\" , nonce=\"\\\\\",domain=\"sip:x sip:y\"")
	f.Add(`Digest realm=a,nonce=b,algorithm=SHA-512-256,qop=auth-int`)
	f.Add(`Basic realm="WallyWorld"`)
	f.Fuzz(func(t *testing.T, value string) {
		challenge, err := ParseChallenge(value)
		if err != nil {
			return
		}
		printed := string(challenge.Append(nil))
		if !sendable(printed) {
			t.Errorf("%q prints controls: %q", value, printed)
		}
		if again, err := ParseChallenge(printed); len(printed) <= MaxValue && (err != nil || again != challenge) {
			t.Errorf("%q prints as %q, which is %+v, %v, want %+v", value, printed, again, err, challenge)
		}
		answer, err := NewSession(challenge, "alice", "wonderland").Answer(nil, Outgoing{Method: "INVITE", URI: "sip:x", CNonce: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer) > MaxValue {
			return
		}
		credentials, err := ParseCredentials(string(answer))
		if err != nil || !credentials.Verify(NewHA1(challenge.Algorithm, "alice", challenge.Realm, "wonderland"), "INVITE", "") {
			t.Errorf("%q is answered by %q, which is refused: %v", value, answer, err)
		}
	})
}
