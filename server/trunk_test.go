package server

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/digest"
	"hookflash/sip"
)

// provider is a registrar on loopback that lets one user in.
type provider struct {
	connection *net.UDPConn
	mutex      sync.Mutex
	password   string
	contact    string // that is registered
	expires    string
	came       chan struct{} // after each REGISTER
}

func newProvider(t *testing.T, password string) *provider {
	t.Helper()
	connection, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{connection: connection, password: password, came: make(chan struct{}, 100)}
	ended := make(chan struct{})
	go func() { defer close(ended); p.serve() }()
	t.Cleanup(func() { _ = connection.Close(); <-ended })
	return p
}

func (p *provider) serve() {
	buffer := make([]byte, sip.MaxMessage)
	for {
		n, from, err := p.connection.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		m, err := sip.Parse(string(buffer[:n]))
		if err != nil || !m.IsRequest() {
			continue
		}
		_, _ = p.connection.WriteToUDPAddrPort(p.answer(m, from), from)
		p.came <- struct{}{}
	}
}

func (p *provider) answer(m *sip.Message, from netip.AddrPort) []byte {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	credentials, err := digest.ParseCredentials(m.Header(sip.HeaderAuthorization))
	switch {
	case err != nil:
		return sip.NewResponse(m, from, sip.Answer{Code: 401, ToTag: "p"}).Add(sip.HeaderWWWAuthenticate, `Digest realm="carrier", nonce="n", algorithm=SHA-256, qop="auth"`).Empty()
	case !credentials.Verify(digest.NewHA1(digest.SHA256, "office", "carrier", p.password), "REGISTER", ""):
		return sip.NewResponse(m, from, sip.Answer{Code: 403, ToTag: "p"}).Empty()
	}
	contact, _ := sip.ParseContact(m.Header(sip.HeaderContact))
	p.contact, p.expires = contact.Address.Text, m.Header(sip.HeaderContact)
	return sip.NewResponse(m, from, sip.Answer{Code: 200, ToTag: "p"}).Add(sip.HeaderContact, m.Header(sip.HeaderContact)).Empty()
}

// registered is the contact that is registered.
func (p *provider) registered() (contact, field string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.contact, p.expires
}

func measured(t *testing.T, s *Server, name string) string {
	t.Helper()
	response, err := http.Get("http://" + s.pagesListener.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestTrunkRegistration: the server registers at a trunk that wants it, says how that went, and takes it
// back when it stops.
func TestTrunkRegistration(t *testing.T) {
	for _, test := range []struct {
		reason, password    string
		registered, refused string
	}{
		{"with the right password", "trunk secret", "1", "0"},
		{"with a wrong one", "another", "0", "403"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newProvider(t, "trunk secret")
			s, end := agentServerWith(t, func(c *config.Config) {
				c.Trunks = []config.Trunk{{
					Name: "provider", Hops: []string{"sip:" + p.connection.LocalAddr().String()}, Username: "office", Password: test.password, Realm: "carrier",
					Register: true, Limit: 7,
				}}
			}, []resident{})
			for range 2 {
				<-p.came
			}
			for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(tick) {
				if measured(t, s, `hookflash_trunk_registered{trunk="provider"}`)+measured(t, s, `hookflash_trunk_registration_refused{trunk="provider"}`) == test.registered+test.refused {
					break
				}
			}
			for name, want := range map[string]string{"registered": test.registered, "registration_refused": test.refused, "calls": "0", "calls_limit": "7"} {
				if got := measured(t, s, "hookflash_trunk_"+name+`{trunk="provider"}`); got != want {
					t.Errorf("hookflash_trunk_%s is %q, not %q", name, got, want)
				}
			}
			contact, _ := p.registered()
			wanted := "sip:" + s.current().proxy.Trunks[0].Contact + "@" + s.Addresses()[0].String()
			if test.registered == "1" && (contact != wanted || len(s.current().proxy.Trunks[0].Contact) != contactLength) {
				t.Errorf("%s is registered, not %s", contact, wanted)
			}
			end()
			if _, field := p.registered(); test.registered == "1" && !strings.HasSuffix(field, ";expires=0") {
				t.Errorf("at the end %s is registered", field)
			}
		})
	}
}

// TestTrunkContacts: nobody guesses a contact, and it stays what it is.
func TestTrunkContacts(t *testing.T) {
	c := &config.Config{Trunks: []config.Trunk{{Name: "a", Register: true}, {Name: "b", Register: true}, {Name: "c"}}}
	one, again, other := trunksOf(c, []byte("key")), trunksOf(c, []byte("key")), trunksOf(c, []byte("another"))
	if one[0].Contact != again[0].Contact || one[0].Contact == one[1].Contact || one[0].Contact == other[0].Contact || one[2].Contact != "" {
		t.Errorf("%q %q, %q, %q, %q", one[0].Contact, again[0].Contact, one[1].Contact, other[0].Contact, one[2].Contact)
	}
}

// TestLines: several shards take no more lines than there are.
func TestLines(t *testing.T) {
	const limit, shards = 100, 8
	var l lines
	var taken [shards]int
	var running sync.WaitGroup
	for i := range shards {
		running.Go(func() {
			for range limit {
				if l.Take("trunk", limit) {
					taken[i]++
				}
			}
		})
	}
	running.Wait()
	sum := 0
	for _, count := range taken {
		sum += count
	}
	if sum != limit || l.Take("trunk", limit) || !l.Take("trunk", 0) || !l.Take("other", limit) {
		t.Errorf("%d lines of %d were taken", sum, limit)
	}
	l.Give("trunk")
	l.Give("trunk")
	if !l.Take("trunk", limit) {
		t.Error("a line that was given back can be taken")
	}
}
