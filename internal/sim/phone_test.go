package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

// registrar is a small server for phones to register at: it challenges, and answers.
type registrar struct {
	scripted
	algorithms []digest.Algorithm
	nonce      int
	stale      bool // the next right answer has a stale nonce
	least      int  // Min-Expires
	granted    string
	more       string // fields of the 200
	asked      []string
	verified   int
}

func (r *registrar) Receive(_ time.Time, p machine.Packet, out *machine.Output) {
	m := p.Message
	answer := func(code int, fields ...string) {
		b := sip.NewResponse(m, p.Flow.Remote, sip.Answer{Code: code, ToTag: "reg"})
		for _, field := range fields {
			name, value, _ := strings.Cut(field, ": ")
			b.AddNamed(name, value)
		}
		out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: b.Empty()})
	}
	r.asked = append(r.asked, fmt.Sprintf("%s %d", m.Method(), m.CSeq()))
	if len(r.algorithms) > 0 {
		credentials, err := digest.ParseCredentials(m.Header(sip.HeaderAuthorization))
		right := err == nil && credentials.Nonce == "nonce"+strconv.Itoa(r.nonce) && credentials.URI == m.RequestURI() &&
			credentials.Verify(digest.NewHA1(credentials.Algorithm, "alice", "example.test", "wonderland"), string(m.Method()), m.Body())
		if !right || r.stale {
			r.nonce++
			var fields []string
			for _, algorithm := range r.algorithms {
				challenge := digest.Challenge{Realm: "example.test", Nonce: "nonce" + strconv.Itoa(r.nonce), Algorithm: algorithm, Stale: right && r.stale}
				fields = append(fields, "WWW-Authenticate: "+string(challenge.Append(nil)))
			}
			r.stale = r.stale && !right
			answer(401, fields...)
			return
		}
		r.verified++
	}
	if seconds, _ := m.Number(sip.HeaderExpires); int(seconds) < r.least {
		answer(423, "Min-Expires: "+strconv.Itoa(r.least))
		return
	}
	contact, _, _ := strings.Cut(m.Header(sip.HeaderContact), ";expires")
	if expires, _ := m.Number(sip.HeaderExpires); expires == 0 {
		answer(200)
		return
	}
	answer(200, "Contact: <sip:other@192.0.2.99>;expires=7", "Contact: "+contact+";expires="+r.granted+r.more)
}

func registering(r *registrar, change ...func(*PhoneConfig)) (*Network, *Phone) {
	if r.granted == "" {
		r.granted = "600"
	}
	n := New(Config{})
	server := address("192.0.2.9:5060")
	n.Add(HostConfig{Name: "registrar", Listen: []Listener{{Address: server}, {machine.TCP, server}}, Start: func(time.Time) machine.Machine { return r }})
	config := PhoneConfig{Name: "alice", Address: address("192.0.2.1:5060"), Proxy: server, Password: "wonderland"}
	for _, change := range change {
		change(&config)
	}
	return n, n.AddPhone(config)
}

func TestRegister(t *testing.T) {
	for _, test := range []struct {
		reason     string
		server     registrar
		change     func(*PhoneConfig)
		code       int
		registered bool
		requests   int
	}{
		{"without a challenge", registrar{}, nil, 200, true, 1},
		{"MD5", registrar{algorithms: []digest.Algorithm{digest.MD5}}, nil, 200, true, 2},
		{"the topmost of two", registrar{algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}}, nil, 200, true, 2},
		{"over TCP", registrar{algorithms: []digest.Algorithm{digest.SHA512256}}, func(c *PhoneConfig) { c.Transport = machine.TCP }, 200, true, 2},
		{"a stale nonce is answered again", registrar{algorithms: []digest.Algorithm{digest.MD5}, stale: true}, nil, 200, true, 3},
		{"a wrong password is tried once", registrar{algorithms: []digest.Algorithm{digest.MD5}}, func(c *PhoneConfig) { c.Password = "wrong" }, 401, false, 2},
		{"without a password nothing is answered", registrar{algorithms: []digest.Algorithm{digest.MD5}}, func(c *PhoneConfig) { c.Password = "" }, 401, false, 1},
		{"too short a time is asked for again", registrar{least: 7200}, nil, 200, true, 2},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if test.change == nil {
				test.change = func(*PhoneConfig) {}
			}
			n, alice := registering(&test.server, test.change)
			registration := alice.Register()
			must(t, n, n.Run(time.Minute))
			if registration.Code != test.code || registration.Registered != test.registered || len(test.server.asked) != test.requests {
				t.Errorf("%s: got code %d, registered %v after %v\n%s", test.reason, registration.Code, registration.Registered, test.server.asked, n.Ladder().Draw())
			}
			if test.registered && (registration.Expires != 600*time.Second || len(registration.Contacts) != 2) {
				t.Errorf("our own Contact counts: got %v of %v", registration.Expires, registration.Contacts)
			}
			if len(alice.Complaints)+len(alice.Leaks()) > 0 {
				t.Error(alice.EndState())
			}
		})
	}
}

func TestRegistrationIsRefreshedAndRemoved(t *testing.T) {
	server := &registrar{algorithms: []digest.Algorithm{digest.MD5}, more: `;pub-gruu="sip:alice@example.test;gr=x"`}
	n, alice := registering(server, func(c *PhoneConfig) { c.Instance = "urn:uuid:1" })
	registration := alice.Register()
	must(t, n, n.Run(1000*time.Second))
	// Two requests for the challenge, then one each 300 s with the same nonce.
	if len(server.asked) != 5 || server.verified != 4 {
		t.Errorf("half of the granted time, with known credentials: got %v", server.asked)
	}
	if alice.PublicGRUU != "sip:alice@example.test;gr=x" {
		t.Errorf("the GRUU of our Contact is ours: got %q", alice.PublicGRUU)
	}
	registration.Remove()
	must(t, n, n.RunFor(time.Hour))
	if registration.Registered || registration.Code != 200 || len(server.asked) != 6 {
		t.Errorf("a removed registration is refreshed no more: got %v", server.asked)
	}
}

func TestRegistrarThatIsAway(t *testing.T) {
	for _, transport := range []machine.Transport{machine.UDP, machine.TCP} {
		server := &registrar{}
		n, alice := registering(server, func(c *PhoneConfig) { c.Transport = transport })
		n.hosts[0].Kill()
		registration := alice.Register()
		must(t, n, n.Run(31*time.Second))
		if want := map[machine.Transport]int{machine.UDP: 0, machine.TCP: 408}[transport]; transport == machine.UDP && registration.Code != want || registration.Registered {
			t.Errorf("over %s: got %d", transport, registration.Code)
		}
		n.hosts[0].Restart()
		must(t, n, n.RunFor(2*time.Minute))
		if !registration.Registered {
			t.Errorf("over %s the phone comes back\n%s", transport, n.Ladder().Draw())
		}
	}
}

func TestRedirectionIsFollowed(t *testing.T) {
	n := New(Config{})
	alice, bob := pair(n, func(c *PhoneConfig) { c.Follow = c.Name == "alice" })
	carol := n.AddPhone(PhoneConfig{Name: "carol", Address: address("192.0.2.3:5060")})
	bob.Behave(Redirect("sip:carol@192.0.2.3:5060"))
	call := alice.CallWith(bob.AOR(), CallOptions{HangUp: time.Second})
	must(t, n, n.RunUntilQuiet(time.Minute))
	if call.State() != Ended || len(carol.Calls()) != 1 || carol.LastCall().CallID() != call.CallID() {
		t.Errorf("the same call goes on at the first Contact\n%s", n.Ladder().Draw())
	}
}

func TestRouteSets(t *testing.T) {
	for _, test := range []struct {
		reason, target string
		route          []string
		uri            string
		want           []string
	}{
		{"no route", "sip:bob@192.0.2.2", nil, "sip:bob@192.0.2.2", nil},
		{"loose", "sip:bob@192.0.2.2", []string{"<sip:p;lr>", "<sip:q;lr>"}, "sip:bob@192.0.2.2", []string{"<sip:p;lr>", "<sip:q;lr>"}},
		{"strict first", "sip:bob@192.0.2.2", []string{"<sip:p>", "<sip:q;lr>"}, "sip:p", []string{"<sip:q;lr>", "<sip:bob@192.0.2.2>"}},
	} {
		var r request
		r.aim(test.target, test.route)
		if r.uri != test.uri || !slices.Equal(r.route, test.want) {
			t.Errorf("%s: got %s %v", test.reason, r.uri, r.route)
		}
	}
}

// TestPhonesComplain: what a broken server does is seen.
func TestPhonesComplain(t *testing.T) {
	const invite = "INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@b>;tag=1\r\nTo: <sip:bob@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.8>\r\nContent-Length: 0\r\n\r\n"
	for _, test := range []struct{ reason, old, new, want string }{
		{"a decent INVITE", "", "", ""},
		{"no Max-Forwards", "Max-Forwards: 70\r\n", "", "INVITE without Max-Forwards"},
		{"a branch of RFC 2543", "z9hG4bKx", "1", `INVITE with the branch "1"`},
		{"a Route left over", "Contact", "Route: <sip:bob@192.0.2.2;lr>\r\nContact", "INVITE with a Route left over: <sip:bob@192.0.2.2;lr>"},
		{"no Contact", "Contact: <sip:a@192.0.2.8>\r\n", "", "INVITE without Contact"},
		{"a strict Record-Route", "Contact", "Record-Route: <sip:p>\r\nContact", "INVITE with a Record-Route without lr: <sip:p>"},
		{"the Via of another transport", "SIP/2.0/UDP", "SIP/2.0/TCP", "INVITE over UDP has TCP in Via"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			n := New(Config{})
			_, bob := pair(n)
			bob.Behave(Busy())
			n.Inject(address("192.0.2.8:5060"), address("192.0.2.2:5060"), strings.Replace(invite, test.old, test.new, 1))
			must(t, n, n.Run(time.Second))
			if got := strings.Join(bob.Complaints, "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			must(t, n, n.RunFor(time.Minute))
			if last := bob.Complaints[len(bob.Complaints)-1]; last != "no ACK to our 486" {
				t.Errorf("a missing ACK is seen: got %q", last)
			}
		})
	}
}

func TestCallersComplain(t *testing.T) {
	answer := func(m *sip.Message, status, tag string) string {
		return "SIP/2.0 " + status + "\r\nVia: " + m.Header(sip.HeaderVia) + "\r\nFrom: " + m.From() + "\r\nTo: " + m.To() + tag +
			"\r\nCall-ID: " + m.CallID() + "\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@192.0.2.2>\r\nContent-Length: 0\r\n\r\n"
	}
	for _, test := range []struct {
		reason  string
		answers func(m *sip.Message) []string
		want    string
	}{
		{"a 200 after a 486", func(m *sip.Message) []string {
			return []string{answer(m, "486 Busy Here", ";tag=1"), answer(m, "200 OK", ";tag=2")}
		}, "200 after 486 to the same INVITE"},
		{"a 486 after a 200", func(m *sip.Message) []string {
			return []string{answer(m, "200 OK", ";tag=1"), answer(m, "486 Busy Here", ";tag=2")}
		}, "486 after 200 to the same INVITE"},
		{"no tag", func(m *sip.Message) []string { return []string{answer(m, "486 Busy Here", "")} }, "486 to INVITE has no tag in To"},
		{"two Vias", func(m *sip.Message) []string {
			return []string{strings.Replace(answer(m, "180 Ringing", ";tag=1"), "From:", "Via: SIP/2.0/UDP x\r\nFrom:", 1)}
		}, "a response with 2 Via values: 180 to INVITE"},
		{"another From", func(m *sip.Message) []string {
			return []string{strings.Replace(answer(m, "180 Ringing", ";tag=1"), "From: <", "From: \"A\" <", 1)}
		}, "180 to INVITE: From, Call-ID or CSeq are not the request's"},
		{"no Contact", func(m *sip.Message) []string {
			return []string{strings.Replace(answer(m, "200 OK", ";tag=1"), "Contact: <sip:bob@192.0.2.2>\r\n", "", 1)}
		}, "2xx to INVITE without Contact"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			n := New(Config{})
			server := &scripted{receive: func(_ time.Time, p machine.Packet, out *machine.Output) {
				if p.Message.Method() == sip.INVITE {
					for _, text := range test.answers(p.Message) {
						out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: []byte(text)})
					}
				}
			}}
			n.Add(HostConfig{Name: "server", Listen: []Listener{{Address: address("192.0.2.9:5060")}}, Start: func(time.Time) machine.Machine { return server }})
			alice := n.AddPhone(PhoneConfig{Name: "alice", Address: address("192.0.2.1:5060"), Proxy: address("192.0.2.9:5060")})
			alice.Call("sip:bob@example.test")
			must(t, n, n.Run(time.Second))
			if !slices.Contains(alice.Complaints, test.want) {
				t.Errorf("got %q, want %q", alice.Complaints, test.want)
			}
		})
	}
}

func TestAKilledPhoneForgets(t *testing.T) {
	n := New(Config{})
	alice, bob := pair(n)
	call := alice.Call(bob.AOR())
	must(t, n, n.Run(time.Second))
	n.hosts[1].Kill()
	call.HangUp()
	must(t, n, n.RunFor(10*time.Second))
	n.hosts[1].Restart()
	must(t, n, n.RunUntilQuiet(time.Minute))
	if call.ByeCode != 481 || len(bob.Calls()) != 0 {
		t.Errorf("a phone that was restarted knows no dialog: got %d\n%s", call.ByeCode, n.Ladder().Draw())
	}
}
