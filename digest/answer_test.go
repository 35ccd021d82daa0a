package digest

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestChooseTakesTheTopmostSupported(t *testing.T) {
	sha512, sha256, md5 := `Digest realm="a",nonce="1",algorithm=SHA-512-256,qop="auth"`,
		`Digest realm="a",nonce="2",algorithm=SHA-256,qop="auth"`, `Digest realm="a",nonce="3",qop="auth"`
	for _, c := range []struct {
		reason string
		values []string
		nonce  string
		err    error
	}{
		{"strongest first", []string{sha512, sha256, md5}, "1", nil},
		{"the server prefers MD5", []string{md5, sha512}, "3", nil},
		{"others are passed over", []string{`Basic realm="a"`, `Digest realm="a",nonce="0",algorithm=SHA-3,qop="auth"`, "", sha256, md5}, "2", nil},
		{"nothing for us", []string{`Basic realm="a"`, `Digest realm="a"`}, "", ErrScheme},
		{"nothing", nil, "", ErrMissing},
	} {
		challenge, err := Choose(c.values)
		if challenge.Nonce != c.nonce || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v", c.reason, challenge, err)
		}
	}
}

// RFC 7616 §3.9.1 and RFC 2617 §3.5, from the client's side.
func TestAnswerExamples(t *testing.T) {
	for _, e := range examples {
		credentials := e.parse(t, e.response)
		challenge := Challenge{Realm: e.realm, Nonce: credentials.Nonce, Opaque: credentials.Opaque, Algorithm: e.algorithm, QOP: credentials.QOP}
		session := NewSession(challenge, e.username, e.password)
		session.count = credentials.NC - 1
		answer, err := session.Answer(nil, Outgoing{Method: e.method, URI: credentials.URI, Body: e.body, CNonce: credentials.CNonce})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseCredentials(string(answer))
		if err != nil || got != credentials {
			t.Errorf("%s: %s, %v", e.reason, answer, err)
		}
	}
}

func TestAnswerFormAndCount(t *testing.T) {
	session := NewSession(Challenge{Realm: "example.test", Nonce: "n", Opaque: "o", Algorithm: MD5, QOP: EitherQOP}, `al"ice`, "wonderland")
	request := Outgoing{Method: "REGISTER", URI: "sip:example.test", CNonce: "c"}
	for _, count := range []string{"00000001", "00000002"} {
		answer, err := session.Answer(nil, request)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(answer), ", ")
		parts[4] = "response"
		want := `Digest username="al\"ice", realm="example.test", nonce="n", uri="sip:example.test", response, ` +
			`algorithm=MD5, opaque="o", cnonce="c", qop=auth, nc=` + count
		if got := strings.Join(parts, ", "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	session.count = 1<<32 - 2
	if _, err := session.Answer(nil, request); err != nil {
		t.Errorf("the last nonce count: %v", err)
	}
	if answer, err := session.Answer([]byte("x"), request); !errors.Is(err, ErrExhausted) || string(answer) != "x" {
		t.Errorf("one more: %s, %v", answer, err)
	}
}

func TestAnswerSendsNoInjectedLine(t *testing.T) {
	challenge := Challenge{Realm: "example.test", Nonce: "n", Algorithm: MD5}
	for _, c := range []struct{ username, uri, cnonce string }{
		{"alice\r\nX: y", "sip:x", "c"},
		{"alice", "sip:x\r\nX: y", "c"},
		{"alice", `sip:x",nc="1`, "c"},
		{"alice", "sip:x", `c\`},
		{"alice", "sip:x", "c\x00"},
	} {
		answer, err := NewSession(challenge, c.username, "p").Answer(nil, Outgoing{Method: "INVITE", URI: c.uri, CNonce: c.cnonce})
		if !errors.Is(err, ErrUnquotable) || len(answer) != 0 {
			t.Errorf("%q: %s, %v", c, answer, err)
		}
	}
}

// server is what a registrar does with this package, in its order.
type server struct {
	nonces  Nonces
	secrets map[string]HA1
	windows map[string]*Windows
}

func (s *server) receive(now time.Time, value, method string, class Class) Verdict {
	credentials, err := ParseCredentials(value)
	if err != nil {
		return Forged
	}
	nonce, verdict := s.nonces.Check(now, credentials.Nonce, Binding{Realm: "example.test", Class: class})
	if verdict == Forged {
		return Forged
	}
	ha1, known := s.secrets[credentials.Username]
	if !known {
		ha1 = Decoy(secret, credentials.Algorithm, credentials.Username)
	}
	if !credentials.Verify(ha1, method, "") || !known {
		return Forged
	}
	if verdict != Fresh {
		return verdict
	}
	windows := s.windows[credentials.Username]
	if windows == nil {
		windows = new(Windows)
		s.windows[credentials.Username] = windows
	}
	return windows.Accept(now, nonce, credentials.NC)
}

func TestClientAndServer(t *testing.T) {
	for _, qop := range []QOP{Auth, AuthInt, EitherQOP, NoQOP} {
		for _, algorithm := range []Algorithm{MD5, SHA256, SHA512256} {
			server := &server{
				nonces:  NewNonces(secret, 0),
				secrets: map[string]HA1{"alice": NewHA1(algorithm, "alice", "example.test", "wonderland")},
				windows: map[string]*Windows{},
			}
			nonce := server.nonces.Append(nil, start, binding, 1)
			offer := Challenge{Realm: "example.test", Nonce: string(nonce), Algorithm: algorithm, QOP: qop}.Append(nil)
			challenge, err := Choose([]string{string(offer)})
			if err != nil {
				t.Fatal(err)
			}
			testExchange(t, server, challenge)
		}
	}
}

func testExchange(t *testing.T, server *server, challenge Challenge) {
	t.Helper()
	request := Outgoing{Method: "REGISTER", URI: "sip:example.test", CNonce: "c"}
	answer := func(session *Session) string {
		value, err := session.Answer(nil, request)
		if err != nil {
			t.Fatal(err)
		}
		return string(value)
	}
	alice := NewSession(challenge, "alice", "wonderland")
	first, second := answer(alice), answer(alice)

	wantVerdict(t, "a wrong password", server.receive(start, answer(NewSession(challenge, "alice", "x")), "REGISTER", Register), Forged)
	wantVerdict(t, "an unknown user", server.receive(start, answer(NewSession(challenge, "mallory", "x")), "REGISTER", Register), Forged)
	if len(server.windows) != 0 {
		t.Error("a stranger left something behind")
	}
	wantVerdict(t, "captured for another method of the class", server.receive(start, first, "INVITE", Register), Forged)
	wantVerdict(t, "captured for another class", server.receive(start, first, "REGISTER", Other), Forged)
	wantVerdict(t, "the owner", server.receive(start, first, "REGISTER", Register), Fresh)
	wantVerdict(t, "captured and replayed", server.receive(start, first, "REGISTER", Register), Replayed)
	if challenge.QOP == NoQOP {
		wantVerdict(t, "without qop a nonce is good once", server.receive(start, second, "REGISTER", Register), Replayed)
		return
	}
	wantVerdict(t, "the owner again, no new challenge", server.receive(start, second, "REGISTER", Register), Fresh)
	late := start.Add(Lifetime + time.Second)
	wantVerdict(t, "the owner, too late", server.receive(late, answer(alice), "REGISTER", Register), Stale)
}
