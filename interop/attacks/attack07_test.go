//go:build interop

package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hookflash/digest"
	"hookflash/sip"
)

// TestAttack07UnauthenticatedMethods: requests of any method from somebody without right
// credentials.
//
// Anchor: CVE-2021-37624, CVE-2021-41157 (FreeSWITCH), GHSA-8jw3-ccr9-xrmf and
// GHSA-589g-qgf8-m6mx (Asterisk). Must: denied by default per method, also unknown ones,
// and within a dialog that there isn't.
//
// Figure: each method by no credentials, a wrong realm, an unknown scheme, a stale nonce
// and a wrong password, outside and within a dialog, over UDP and TCP: nothing but 401,
// 403, 405, 407, 481 and 501, and nothing reaches a phone.
func TestAttack07UnauthenticatedMethods(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		victim := newPhone(t, s, "carol")
		victim.register(t)
		victim.forget()
		strangers := []*phone{newPhone(t, s, "mallory"), newStreamPhone(t, s, "mallory")}
		methods := append(slices.Clone(allMethods), "FOO", "invite", "INVITE2", "X-Y.z!%*_+`'~")
		for _, stranger := range strangers {
			for _, method := range methods {
				for _, uri := range []string{addressOf("carol"), addressOf("nobody"), "sip:" + domain, victim.contact(), "sip:x@192.0.2.1", "tel:+15551234"} {
					tryEach(t, stranger, method, uri)
				}
			}
		}
		if got := victim.received(""); len(got) > 0 {
			t.Errorf("%d requests reached a phone, the first:\n%s", len(got), got[0].Text())
		}
	})
}

// tryEach sends a method with each kind of credentials, outside and within a dialog.
func tryEach(t *testing.T, stranger *phone, method, uri string) {
	t.Helper()
	for name, field := range uselessCredentials(method, uri) {
		for _, inDialog := range []bool{false, true} {
			r := stranger.request(method, uri)
			if inDialog {
				r.to += ";tag=" + word()
			}
			if method == "REGISTER" {
				r.from, r.to = "<"+addressOf("carol")+">;tag="+word(), "<"+addressOf("carol")+">"
			}
			if field != "" {
				r.fields = append(r.fields, field)
			}
			if method == "ACK" {
				stranger.send(r.text(stranger.transport, stranger.place())) // never answered
				continue
			}
			response, err := stranger.once(r, timerB/4)
			if err != nil {
				t.Errorf("%s to %s with %s (in a dialog: %t) over %s: %v", method, uri, name, inDialog, stranger.transport, err)
				continue
			}
			if code := response.StatusCode(); !slices.Contains([]int{401, 403, 405, 407, 481, 501}, code) {
				t.Errorf("%s to %s with %s (in a dialog: %t) over %s: answered %d", method, uri, name, inDialog, stranger.transport, code)
			}
		}
	}
}

// uselessCredentials are header fields by what is wrong with them.
func uselessCredentials(method, uri string) map[string]string {
	field := "Proxy-Authorization: "
	if method == "REGISTER" {
		field = "Authorization: "
	}
	nonce := strings.Repeat("A", digest.NonceLength)
	answer := func(realm, password string) string {
		challenge := digest.Challenge{Realm: realm, Nonce: nonce, Algorithm: digest.SHA256}
		value, err := digest.NewSession(challenge, "mallory", password).Answer(nil, digest.Outgoing{Method: method, URI: uri, CNonce: word()})
		if err != nil {
			panic(fmt.Sprint("attack 7: ", err))
		}
		return field + string(value)
	}
	return map[string]string{
		"no credentials":     "",
		"a wrong realm":      answer("elsewhere.test", passwordOf("mallory")),
		"an unknown scheme":  field + "NoOneKnowsThisScheme opaque-data=here",
		"a nonce of nobody":  answer(domain, passwordOf("mallory")),
		"a wrong password":   answer(domain, "wrong"),
		"credentials of WWW": strings.Replace(answer(domain, passwordOf("mallory")), "Proxy-Authorization", "Authorization", 1),
	}
}

// TestAttack07StaleNonce: a nonce that was given to somebody else is stale, even with the
// right password.
func TestAttack07StaleNonce(t *testing.T) {
	s := startServer(t, setup{})
	owner, thief := newPhone(t, s, "mallory"), newPhone(t, s, "mallory")
	owner.register(t)
	for _, method := range allMethods {
		if method == "ACK" || method == "CANCEL" {
			continue
		}
		r := owner.request(method, addressOf("carol"))
		if method == "REGISTER" {
			r = owner.registration(60)
		}
		response, err := owner.once(r, timerB)
		if err != nil {
			t.Fatal(err)
		}
		if err := thief.learn(response); err != nil {
			t.Fatalf("%s without credentials is challenged: %v%s", method, err, textOf(response))
		}
		stolen := r.again()
		stolen.contact = "<" + thief.contact() + ">"
		thief.sign(stolen)
		response, err = thief.once(stolen, timerB)
		if err != nil {
			t.Fatal(err)
		}
		if code := response.StatusCode(); code != 401 && code != 407 || !strings.Contains(response.Text(), "stale=true") {
			t.Errorf("%s with a nonce given to another address: answered %d, want a challenge that says stale%s", method, code, textOf(response))
		}
	}
	if found := bindingsOf(t, s, "mallory"); len(found) != 1 {
		t.Errorf("only the owner is registered: %v", found)
	}
}

// bindingsOf is every contact of a user, asked from a trusted address.
func bindingsOf(t testing.TB, s *server, user string) []string {
	t.Helper()
	asker := newPhoneAt(t, s, user, trustedAddress(t))
	defer asker.close()
	r := asker.registration(0)
	r.contact = ""
	response, _, err := asker.ask(r)
	if err != nil || response.StatusCode() != 200 {
		t.Fatalf("the bindings of %s can be asked for: %v%s", user, err, textOf(response))
	}
	return slices.Collect(response.Values(sip.HeaderContact))
}
