package registrar

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

type users map[string]*directory.User

func (u users) User(name string) *directory.User { return u[name] }

type records map[string]*Record

func (r records) Bindings(address string) *Record { return r[address] }

// domain is example.test with alice and bob, whose store is a map.
type domain struct {
	ids        *identity.Settings
	users      users
	records    records
	registrar  *Registrar
	identifier *identity.Identifier
	settings   Settings
}

func newDomain(t testing.TB) *domain {
	t.Helper()
	nonces := digest.NewNonces(digest.Key{1}, 0)
	d := &domain{users: users{}, records: records{}}
	for name, password := range map[string]string{"alice": "wonderland", "bob": "builder"} {
		d.users[name] = &directory.User{Name: name, HA1: map[digest.Algorithm]digest.HA1{
			digest.MD5:    digest.NewHA1(digest.MD5, name, "example.test", password),
			digest.SHA256: digest.NewHA1(digest.SHA256, name, "example.test", password),
		}}
	}
	d.ids = &identity.Settings{
		Domains:   []string{"example.test", "example.org"},
		Listeners: []netip.AddrPort{netip.MustParseAddrPort("198.51.100.1:5060")},
		Trusted:   []netip.Prefix{netip.MustParsePrefix("127.9.9.0/24"), netip.MustParsePrefix("10.0.0.0/8")},
		Digest:    []digest.Algorithm{digest.MD5},
		Nonces:    &nonces,
		Key:       digest.Key{2},
	}
	d.settings = Settings{Identity: d.ids, GRUUKey: [32]byte{3}}
	d.restart()
	return d
}

// restart loses what is only in memory.
func (d *domain) restart() {
	d.registrar = New(d.settings, d.records)
	d.identifier = identity.New(d.ids)
}

func (d *domain) packet(t testing.TB, text, from string) machine.Packet {
	t.Helper()
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatalf("parse: %v in\n%s", err, text)
	}
	return machine.Packet{Message: m, Flow: machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort(from)}}
}

// tryPacket is packet for what may be refused at once.
func (d *domain) tryPacket(text string) (machine.Packet, bool) {
	m, err := sip.Parse(text)
	return machine.Packet{Message: m, Flow: machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("127.9.9.2:5090")}}, err == nil
}

// keep does what the store does with changes.
func (d *domain) keep(out *machine.Output) {
	for _, change := range out.Changes {
		switch change := change.(type) {
		case Change:
			if change.New == nil {
				delete(d.records, change.AddressOfRecord)
			} else {
				d.records[change.AddressOfRecord] = change.New
			}
		case digest.Use:
		}
	}
}

// register steps one REGISTER and returns the response. Its change is kept.
func (d *domain) register(t testing.TB, now time.Time, p machine.Packet) (*sip.Message, *machine.Output) {
	t.Helper()
	out := &machine.Output{}
	who := d.identifier.Identify(now, p, d.users, out)
	d.registrar.Register(now, p, who, out)
	d.keep(out)
	if len(out.Sends) != 1 {
		t.Fatalf("a REGISTER has one response, got %d", len(out.Sends))
	}
	send := out.Sends[0]
	if send.To != p.Flow {
		t.Errorf("the response goes back where the request came from, not to %v", send.To)
	}
	response, err := sip.Parse(string(send.Data))
	if err != nil {
		t.Fatalf("parse the response: %v in\n%s", err, send.Data)
	}
	return response, out
}

// request is a REGISTER to be printed.
type request struct {
	user, callID, uri, to, from string
	via                         string
	cseq                        int
	branch                      string
	lines                       []string
	source                      string
	transport                   machine.Transport
}

func (r request) text() string {
	or := func(value *string, fallback string) {
		if *value == "" {
			*value = fallback
		}
	}
	or(&r.user, "alice")
	or(&r.uri, "sip:example.test")
	or(&r.callID, "call-1")
	or(&r.to, "<sip:"+r.user+"@example.test>")
	or(&r.from, r.to)
	or(&r.via, "127.9.9.2:5090")
	if r.cseq == 0 {
		r.cseq = 1
	}
	or(&r.branch, fmt.Sprintf("z9hG4bK-%s-%d", r.callID, r.cseq))
	if r.transport == 0 {
		r.transport = machine.UDP
	}
	text := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s;tag=f\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d REGISTER\r\n", r.uri, r.transport, r.via, r.branch, r.from, r.to, r.callID, r.cseq)
	for _, line := range r.lines {
		text += line + "\r\n"
	}
	return text + "Content-Length: 0\r\n\r\n"
}

// send registers from a trusted source unless the request says otherwise.
func (d *domain) send(t testing.TB, now time.Time, r request) *sip.Message {
	t.Helper()
	response, _ := d.step(t, now, r)
	return response
}

func (d *domain) step(t testing.TB, now time.Time, r request) (*sip.Message, *machine.Output) {
	t.Helper()
	if r.source == "" {
		r.source = "127.9.9.2:5090"
	}
	p := d.packet(t, r.text(), r.source)
	if r.transport != 0 {
		p.Flow.Transport = r.transport
	}
	return d.register(t, now, p)
}

// contacts lists the Contact values of a response.
func contacts(m *sip.Message) string {
	var all []string
	for value := range m.Values(sip.HeaderContact) {
		all = append(all, value)
	}
	return strings.Join(all, " | ")
}

// challenge asks for one from an untrusted source.
func (d *domain) challenge(t testing.TB) digest.Challenge {
	t.Helper()
	response := d.send(t, start, request{source: "192.0.2.1:5060", lines: []string{"Contact: <sip:alice@192.0.2.1>"}})
	challenge, err := digest.ParseChallenge(response.Header(sip.HeaderWWWAuthenticate))
	if err != nil {
		t.Fatalf("challenge: %v in\n%s", err, response.Text())
	}
	return challenge
}

func answer(t testing.TB, session *digest.Session) string {
	t.Helper()
	value, err := session.Answer(nil, digest.Outgoing{Method: "REGISTER", URI: "sip:example.test", CNonce: "c"})
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}
