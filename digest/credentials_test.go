package digest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const mandatory = `Digest username="alice",realm="example.test",nonce="n",uri="sip:example.test",response="00112233445566778899aabbccddeeff"`

func TestParseCredentials(t *testing.T) {
	credentials, err := ParseCredentials(mandatory)
	if err != nil {
		t.Fatal(err)
	}
	want := Credentials{
		Username: "alice", Realm: "example.test", Nonce: "n", URI: "sip:example.test",
		Response: "00112233445566778899aabbccddeeff", NC: 1, Algorithm: MD5, QOP: NoQOP,
	}
	if credentials != want {
		t.Errorf("got %+v, want %+v", credentials, want)
	}
}

func TestParseCredentialsForms(t *testing.T) {
	for _, c := range []struct {
		reason, value string
		want          func(Credentials) bool
	}{
		{
			"RFC 3261 §7.3.1: names and scheme in any case, white space and folds anywhere between tokens",
			"dIgEsT\r\n USERNAME = \"alice\" ,\r\n\trealm\t=\"example.test\", Nonce=\"n\",uri= \"sip:example.test\" ,response=\"\" ",
			func(c Credentials) bool {
				return c.Username == "alice" && c.Realm == "example.test" && c.URI == "sip:example.test"
			},
		},
		{
			"phones that quote tokens",
			mandatory + `,algorithm="MD5",qop="auth",nc="0000001F",cnonce="c"`,
			func(c Credentials) bool {
				return c.Algorithm == MD5 && c.QOP == Auth && c.NC == 31 && c.CNonce == "c"
			},
		},
		{
			"phones that don't quote what has no need of it",
			strings.NewReplacer(`"alice"`, "alice", `"n"`, "n", `"example.test"`, "example.test").Replace(mandatory),
			func(c Credentials) bool { return c.Username == "alice" && c.Realm == "example.test" && c.Nonce == "n" },
		},
		{
			"a short nonce count",
			mandatory + `,qop=auth,nc=1,cnonce=c`,
			func(c Credentials) bool { return c.NC == 1 && c.count == "1" },
		},
		{
			"the greatest nonce count",
			mandatory + `,qop=auth-int,nc=ffffffff,cnonce=c`,
			func(c Credentials) bool { return c.NC == 1<<32-1 && c.QOP == AuthInt },
		},
		{
			"RFC 3261 §25.1: quoted-pairs in a username, UTF-8 and a comma",
			strings.Replace(mandatory, "alice", `a\"l\\i,c=\e€`, 1),
			func(c Credentials) bool { return c.Username == `a"l\i,c=e€` },
		},
		{
			"what we hash is left as it was sent",
			strings.Replace(mandatory, `"n"`, `"n\"\\x"`, 1),
			func(c Credentials) bool { return c.Nonce == `n\"\\x` },
		},
		{
			"RFC 8760 §2.7: before the first challenge",
			`Digest username="alice",realm="example.test",nonce="",uri="sip:example.test",response=""`,
			func(c Credentials) bool { return c.Nonce == "" && c.Response == "" },
		},
		{
			"parameters we don't know, one of them twice",
			mandatory + `,auth-param="x, realm=\"y\"",x=1,x=2,charset=UTF-8,userhash=false`,
			func(c Credentials) bool { return c.Realm == "example.test" },
		},
	} {
		credentials, err := ParseCredentials(c.value)
		if err != nil || !c.want(credentials) {
			t.Errorf("%s: %+v, %v", c.reason, credentials, err)
		}
	}
}

func TestParseCredentialsErrors(t *testing.T) {
	many := mandatory
	for i := range MaxParameters - 4 {
		many += fmt.Sprintf(",x%d=1", i)
	}
	cases := []struct {
		reason, value string
		want          error
	}{
		{"nothing", "", ErrSyntax},
		{"white space", " \r\n ", ErrSyntax},
		{"another scheme (RFC 4475 §3.3.7)", "NoOneKnowsThisScheme opaque-data=here", ErrScheme},
		{"Basic", "Basic YWxpY2U6d29uZGVybGFuZA==", ErrScheme},
		{"a longer scheme", "Digestive username=\"alice\"", ErrScheme},
		{"no parameters", "Digest", ErrMissing},
		{"no parameters but white space", "Digest \t ", ErrMissing},
		{"no white space behind the scheme", `Digest"x"`, ErrSyntax},
		{"a comma behind the scheme", `Digest,realm="x"`, ErrSyntax},
		{"a comma in front", strings.Replace(mandatory, "Digest ", "Digest ,", 1), ErrSyntax},
		{"a comma at the end", mandatory + ",", ErrSyntax},
		{"two commas", strings.Replace(mandatory, ",", ",,", 1), ErrSyntax},
		{"a missing comma (as RFC 3665 §2.1 prints it)", strings.Replace(mandatory, ",", " ", 1), ErrSyntax},
		{"no value", mandatory + ",x", ErrSyntax},
		{"an empty value", mandatory + ",x=", ErrSyntax},
		{"an empty value before another", mandatory + ",x=,y=1", ErrSyntax},
		{"an open quote", mandatory + `,x="`, ErrSyntax},
		{"an open quoted-pair", mandatory + `,x="\`, ErrSyntax},
		{"a quote that a quoted-pair hides", mandatory + `,x="\"`, ErrSyntax},
		{"text behind a quote", mandatory + `,x="y"z`, ErrSyntax},
		{"a fold in a quoted-string", strings.Replace(mandatory, "alice", "al\r\n ice", 1), ErrSyntax},
		{"NUL in a quoted-string", strings.Replace(mandatory, "alice", "al\x00ice", 1), ErrSyntax},
		{"an escaped line end", strings.Replace(mandatory, "alice", "al\\\nice", 1), ErrSyntax},
		{"DEL in a quoted-string", strings.Replace(mandatory, "alice", "al\x7fice", 1), ErrSyntax},
		{"too many parameters", many, ErrLimit},
		{"too many bytes", strings.Replace(mandatory, "alice", strings.Repeat("a", MaxValue), 1), ErrLimit},
		{"two usernames", mandatory + `,username="bob"`, ErrDuplicate},
		{"two nonces in other case", mandatory + `,NONCE="n"`, ErrDuplicate},
		{"another hash", mandatory + ",algorithm=MD5-sess", ErrAlgorithm},
		{"another qop", mandatory + ",qop=auth-conf,nc=1,cnonce=c", ErrQOP},
		{"a list of qops", mandatory + `,qop="auth,auth-int",nc=1,cnonce=c`, ErrQOP},
		{"qop without nc", mandatory + ",qop=auth,cnonce=c", ErrMissing},
		{"qop without cnonce", mandatory + ",qop=auth,nc=00000001", ErrMissing},
		{"nonce count 0", mandatory + ",qop=auth,nc=00000000,cnonce=c", ErrCount},
		{"an empty nonce count", mandatory + `,qop=auth,nc="",cnonce=c`, ErrCount},
		{"a long nonce count", mandatory + ",qop=auth,nc=000000001,cnonce=c", ErrCount},
		{"a nonce count that isn't", mandatory + ",qop=auth,nc=0000000g,cnonce=c", ErrCount},
		{"username*", mandatory + ",username*=UTF-8''alice", ErrUserhash},
		{"userhash", mandatory + ",userhash=true", ErrUserhash},
	}
	for _, name := range []string{"username", "realm", "nonce", "uri", "response"} {
		cases = append(cases, struct {
			reason, value string
			want          error
		}{"no " + name, strings.Replace(mandatory, name, "x", 1), ErrMissing})
	}
	for _, c := range cases {
		credentials, err := ParseCredentials(c.value)
		if !errors.Is(err, c.want) || credentials != (Credentials{}) {
			t.Errorf("%s: %+v, %v, want %v", c.reason, credentials, err, c.want)
		}
	}
	if _, err := ParseCredentials(strings.TrimSuffix(many, fmt.Sprintf(",x%d=1", MaxParameters-5))); err != nil {
		t.Errorf("as many parameters as may be: %v", err)
	}
}

func FuzzCredentials(f *testing.F) {
	for _, e := range examples {
		f.Add(strings.Replace(e.value, "RESPONSE", e.response, 1))
	}
	f.Add(mandatory + `,algorithm="MD5",qop="auth",nc="0000001F",cnonce="c"`)
	f.Add(strings.Replace(mandatory, "alice", `a\"l\\i,c=\e€`, 1))
	f.Add("NoOneKnowsThisScheme opaque-data=here")
	f.Add(`Digest username="a\`)
	ha1 := NewHA1(MD5, "alice", "example.test", "wonderland")
	f.Fuzz(func(t *testing.T, value string) {
		credentials, err := ParseCredentials(value)
		if err != nil {
			if credentials != (Credentials{}) {
				t.Errorf("%v and %+v", err, credentials)
			}
			return
		}
		if len(value) > MaxValue || credentials.NC == 0 || !credentials.Algorithm.Valid() || credentials.QOP == EitherQOP {
			t.Errorf("%+v", credentials)
		}
		for _, text := range []string{
			credentials.Username, credentials.Realm, credentials.URI, credentials.Nonce, credentials.CNonce,
			credentials.Response, credentials.Opaque,
		} {
			if !sendable(text) || len(text) > len(value) {
				t.Errorf("%q in %+v", text, credentials)
			}
		}
		if credentials.Verify(ha1, "REGISTER", "") && credentials.Response == "" {
			t.Error("an empty response passes")
		}
	})
}

func BenchmarkParseCredentials(b *testing.B) {
	value := strings.Replace(examples[0].value, "RESPONSE", examples[0].response, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCredentials(value); err != nil {
			b.Fatal(err)
		}
	}
}
