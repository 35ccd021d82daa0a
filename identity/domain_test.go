package identity

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

type users map[string]*directory.User

func (u users) User(name string) *directory.User { return u[name] }

// domain is example.test with alice, bob and carol; passwords are "secret of" the name.
type domain struct {
	settings *Settings
	users    users
	*Identifier
}

func newDomain() *domain {
	nonces := digest.NewNonces(digest.Key{1}, 0)
	d := &domain{users: users{}}
	for _, name := range []string{"alice", "bob", "carol"} {
		user := &directory.User{Name: name, HA1: map[digest.Algorithm]digest.HA1{}}
		for _, algorithm := range []digest.Algorithm{digest.MD5, digest.SHA256, digest.SHA512256} {
			user.HA1[algorithm] = digest.NewHA1(algorithm, name, "example.test", "secret of "+name)
		}
		d.users[name] = user
	}
	d.settings = &Settings{
		Domains:   []string{"example.test", "example.org"},
		Listeners: []netip.AddrPort{netip.MustParseAddrPort("198.51.100.1:5060")},
		Trusted:   []netip.Prefix{netip.MustParsePrefix("127.9.9.0/24"), netip.MustParsePrefix("2001:db8:1::/48")},
		Digest:    []digest.Algorithm{digest.MD5},
		Nonces:    &nonces,
		Key:       digest.Key{2},
	}
	d.Identifier = New(d.settings)
	return d
}

// request is a request to be printed; zero fields take what a phone would send.
type request struct {
	method, uri, from, to string
	callID, branch        string
	cseq                  int
	lines                 []string
	body                  string
	source                string
	transport             machine.Transport
	within                bool // a dialog
}

func (r request) filled() request {
	or := func(value *string, fallback string) {
		if *value == "" {
			*value = fallback
		}
	}
	or(&r.method, "INVITE")
	or(&r.from, "<sip:alice@example.test>")
	if r.method == "REGISTER" {
		or(&r.uri, "sip:example.test")
		or(&r.to, r.from)
	}
	or(&r.uri, "sip:bob@example.test")
	or(&r.to, "<"+r.uri+">")
	or(&r.callID, "call-1")
	or(&r.source, "192.0.2.1:5060")
	if r.cseq == 0 {
		r.cseq = 1
	}
	or(&r.branch, fmt.Sprintf("z9hG4bK-%s-%s-%d", r.method, r.callID, r.cseq))
	if r.transport == 0 {
		r.transport = machine.UDP
	}
	return r
}

func (r request) packet(t testing.TB) machine.Packet {
	t.Helper()
	p, err := r.parsed()
	if err != nil {
		t.Fatalf("parse: %v in %+v", err, r)
	}
	return p
}

func (r request) parsed() (machine.Packet, error) {
	r = r.filled()
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s;tag=f\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\n", r.method, r.uri, r.transport, r.source, r.branch, r.from, r.to, r.callID, r.cseq, r.method)
	for _, line := range r.lines {
		text += line + "\r\n"
	}
	text += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(r.body), r.body)
	if r.within {
		text = strings.Replace(text, "\r\nCall-ID", ";tag=t\r\nCall-ID", 1)
	}
	m, err := sip.Parse(text)
	return machine.Packet{Message: m, Flow: machine.Flow{Transport: r.transport, Remote: netip.MustParseAddrPort(r.source)}}, err
}

// identify steps one request.
func (d *domain) identify(t testing.TB, now time.Time, r request) (Identity, *machine.Output) {
	t.Helper()
	out := &machine.Output{}
	return d.Identify(now, r.packet(t), d.users, out), out
}

// challenges asks for one and gives the header field values.
func (d *domain) challenges(t testing.TB, now time.Time, r request) []string {
	t.Helper()
	who, _ := d.identify(t, now, r)
	if who.Kind != Nobody || who.Refusal != nil {
		t.Fatalf("a request without credentials is challenged, not %+v", who)
	}
	response, err := sip.Parse(string(d.settings.Challenge(now, r.packet(t), who)))
	if err != nil {
		t.Fatalf("parse the challenge: %v", err)
	}
	var values []string
	for _, header := range []sip.Header{sip.HeaderWWWAuthenticate, sip.HeaderProxyAuthenticate} {
		for value := range response.FieldValues(header) {
			values = append(values, value)
		}
	}
	return values
}

// session answers the challenge to a request for a user with a password.
func (d *domain) session(t testing.TB, now time.Time, r request, user, password string) *digest.Session {
	t.Helper()
	challenge, err := digest.Choose(d.challenges(t, now, r))
	if err != nil {
		t.Fatal(err)
	}
	return digest.NewSession(challenge, user, password)
}

// sign adds the session's next answer.
func (r request) sign(t testing.TB, session *digest.Session) request {
	t.Helper()
	r = r.filled()
	return r.signFor(t, session, r.uri)
}

// signFor signs with another digest-uri than the Request-URI.
func (r request) signFor(t testing.TB, session *digest.Session, uri string) request {
	t.Helper()
	r = r.filled()
	value, err := session.Answer(nil, digest.Outgoing{Method: r.method, URI: uri, Body: r.body, CNonce: "cnonce"})
	if err != nil {
		t.Fatal(err)
	}
	name := "Proxy-Authorization: "
	if r.method == "REGISTER" {
		name = "Authorization: "
	}
	r.lines = append(r.lines[:len(r.lines):len(r.lines)], name+string(value))
	return r
}

// replaced changes the last line of a signed request.
func (r request) replaced(old, by string) request {
	last := len(r.lines) - 1
	r.lines = append(r.lines[:last:last], strings.Replace(r.lines[last], old, by, 1))
	return r
}
