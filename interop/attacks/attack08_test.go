//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
)

// TestAttack08DigestLeak: a callee challenges what is sent to him, to harvest a response
// made with somebody's password, by the server or by the caller's phone through it.
//
// Anchor: CVE-2021-41158. Must: the server answers no challenge of a registered user, and
// credentials for its own realm never go past it.
//
// Figure: INVITE, re-INVITE, UPDATE, OPTIONS, MESSAGE and BYE, over UDP and TCP, challenged
// with our realm and with others: 0 Authorization header fields reach the callee.
func TestAttack08DigestLeak(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		caller := newPhone(t, s, "carol")
		caller.register(t)
		for _, thief := range []*phone{newPhone(t, s, "mallory"), newStreamPhone(t, s, "mallory")} {
			thief.register(t)
			for _, realm := range []string{domain, strings.ToUpper(domain), `\e` + domain[1:], "elsewhere.test"} {
				for _, method := range []string{"INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE"} {
					harvest(t, caller, thief, realm, method)
				}
				harvestInCall(t, caller, thief, realm)
			}
			response, _, err := thief.ask(thief.registration(0))
			if err != nil || response.StatusCode() != 200 {
				t.Fatalf("mallory goes: %v%s", err, textOf(response))
			}
		}
	})
}

// challenger answers every request but ACK and CANCEL with a demand for credentials.
func challenger(realm string) func(*phone, *sip.Message) {
	nonce := strings.Repeat("a", digest.NonceLength)
	challenge := fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=MD5, qop="auth"`, realm, nonce)
	return func(p *phone, m *sip.Message) {
		if m.Method() == sip.CANCEL {
			p.respond(m, "200 OK")
			return
		}
		p.respond(m, "407 Proxy Authentication Required", "Proxy-Authenticate: "+challenge, "WWW-Authenticate: "+challenge)
	}
}

// harvest lets the caller answer the thief's challenges as a phone does.
func harvest(t *testing.T, caller, thief *phone, realm, method string) {
	t.Helper()
	thief.forget()
	thief.onRequest(challenger(realm))
	defer thief.onRequest(nil)
	r := caller.request(method, addressOf("mallory"))
	response, challenges, err := caller.ask(r)
	if err != nil {
		t.Fatalf("%s with realm %s: %v", method, realm, err)
	}
	if len(thief.received("")) == 0 || challenges == 0 {
		t.Errorf("%s with realm %s: the thief is called and challenges, as the test means it to: %s", method, realm, textOf(response))
	}
	stolen(t, thief, realm, method)
	caller.forgetNonces() // what the thief's nonce was mixed up with
}

// forgetNonces makes the phone begin without credentials.
func (p *phone) forgetNonces() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	clear(p.sessions)
}

// stolen looks for responses made with a password of our domain in what the thief was sent.
func stolen(t *testing.T, thief *phone, realm, method string) {
	t.Helper()
	for _, m := range thief.received("") {
		for _, field := range []sip.Header{sip.HeaderAuthorization, sip.HeaderProxyAuthorization} {
			for value := range m.FieldValues(field) {
				// What is for another realm is between caller and callee, as RFC 3261 §22.3 has it.
				if containsFold(strings.ReplaceAll(value, `\`, ""), `"`+domain+`"`) {
					t.Errorf("%s challenged for realm %s: credentials reached the callee: %s", method, realm, value)
				}
			}
		}
	}
}

// harvestInCall is a call that the thief accepts, to challenge what comes within it.
func harvestInCall(t *testing.T, caller, thief *phone, realm string) {
	t.Helper()
	thief.forget()
	c, err := caller.dial(addressOf("mallory"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the call is acknowledged", func() bool { return len(thief.received(sip.ACK)) > 0 })
	thief.onRequest(challenger(realm))
	for _, method := range []string{"INVITE", "UPDATE", "INFO", "BYE"} {
		c.invite.cseq += 3
		r := c.request(method)
		if _, _, err := caller.ask(r); err != nil {
			t.Errorf("%s in a call with a challenging callee: %v", method, err)
		}
		stolen(t, thief, realm, method+" in a call")
	}
	thief.onRequest(nil)
	caller.forgetNonces()
	c.invite.cseq += 3
	if err := c.hangUp(); err != nil {
		t.Errorf("a BYE that is not challenged ends the call: %v", err)
	}
	time.Sleep(pollPeriod)
}
