package domain_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/internal/domain"
	"hookflash/internal/ladder"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// sentTo counts what the server sent to somebody since an arrow.
func (w *world) sentTo(name string, since int) (count int) {
	l := w.Ladder()
	for i := since; i < len(l.Arrows); i++ {
		if l.Name(l.Arrows[i].From) == "server" && (name == "" || l.Name(l.Arrows[i].To) == name) {
			count++
		}
	}
	return count
}

// lastFrom is the text of somebody's last request of a method.
func (w *world) lastFrom(t *testing.T, name string, method sip.Method) string {
	t.Helper()
	l := w.Ladder()
	for _, arrow := range slices.Backward(l.Arrows) {
		if l.Name(arrow.From) == name && strings.HasPrefix(arrow.Text, string(method)+" ") {
			return arrow.Text
		}
	}
	t.Fatalf("%s sent no %s", name, method)
	return ""
}

// TestSpoofedRequestsInACall: somebody who knows all of a call but sits elsewhere has no
// effect on it, whatever he copies.
func TestSpoofedRequestsInACall(t *testing.T) {
	for _, victim := range []string{"alice", "bob"} {
		t.Run("as "+victim, func(t *testing.T) {
			w, alice, bob, err := talking(sim.New(sim.Config{}))
			if err != nil {
				t.Fatal(err)
			}
			for _, phone := range []*sim.Phone{alice, bob} {
				if err := w.reinvited(phone.LastCall()); err != nil {
					t.Fatal(err)
				}
			}
			_ = w.RunFor(40 * time.Second)
			w.attacked = true
			call := map[string]*sim.Phone{"alice": alice, "bob": bob}[victim].LastCall()
			copied := w.lastFrom(t, victim, sip.ACK) // full ids, route and token
			since := len(w.Ladder().Arrows)
			sent := 0
			for _, method := range []string{"ACK", "BYE", "CANCEL", "INVITE", "UPDATE", "INFO", "REFER", "MESSAGE", "NOTIFY", "FROB"} {
				for _, via := range []string{addresses["mallory"].String(), addresses[victim].String()} {
					for sequence := 1; sequence < 8; sequence += 3 {
						sent++
						forged := replaceFirst(copied, "ACK ", method+" ")
						forged = replaceFirst(forged, fmt.Sprintf("CSeq: %d ACK", cseqOf(t, copied)), fmt.Sprintf("CSeq: %d %s", sequence, method))
						forged = replaceFirst(forged, "UDP "+addresses[victim].String(), "UDP "+via)
						forged = replaceFirst(forged, "branch=z9hG4bK", fmt.Sprintf("branch=z9hG4bK%d", sent))
						w.Inject(addresses["mallory"], serverAddress, forged)
						w.Inject(addresses["mallory"], serverAddress, replaceFirst(copied, "ACK ", method+" "))
					}
				}
			}
			if err := w.RunFor(40 * time.Second); err != nil {
				t.Fatal(err)
			}
			if alices, bobs := w.sentTo("alice", since), w.sentTo("bob", since); alices+bobs != 0 {
				t.Errorf("%d forged requests made the server send %d messages to alice and %d to bob\n%s", sent, alices, bobs, w.Ladder().DrawPlain())
			}
			if got := w.sentTo("", since); got > 2*sent {
				t.Errorf("%d requests made %d responses", 2*sent, got)
			}
			if _, err := w.done(call); err != nil {
				t.Errorf("afterwards the call goes on and ends as ever: %v", err)
			}
		})
	}
}

func replaceFirst(text, old, new string) string { return strings.Replace(text, old, new, 1) }

func cseqOf(t *testing.T, text string) uint32 {
	t.Helper()
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m.CSeq()
}

// TestSpoofedCancel: a CANCEL comes from where its INVITE came, or means nothing.
func TestSpoofedCancel(t *testing.T) {
	w, alice, bob := pair(sim.New(sim.Config{}), sim.RingForever())
	call := alice.Call(bobsAddress)
	if err := w.RunUntil(func() bool { return call.State() == sim.Ringing }, time.Minute); err != nil {
		t.Fatal(err)
	}
	since := len(w.Ladder().Arrows)
	invite := w.lastFrom(t, "alice", sip.INVITE)
	m, err := sip.Parse(invite)
	if err != nil {
		t.Fatal(err)
	}
	b := sip.NewRequest(sip.CANCEL, m.RequestURI()).Copy(m, sip.HeaderVia, sip.HeaderMaxForwards, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID)
	w.Inject(addresses["mallory"], serverAddress, string(b.AddSequence(m.CSeq(), sip.CANCEL).Empty()))
	_ = w.RunFor(30 * time.Second)
	if w.sentTo("alice", since)+w.sentTo("bob", since) != 0 || w.sentTo("", since) != 1 || bob.LastCall().State() != sim.Ringing {
		t.Errorf("it rings on, and the stranger gets one 481\n%s", w.Ladder().DrawPlain())
	}
	// To bob's phone itself mallory can't speak for the server either: that is the phone's to see.
	call.Cancel()
	if _, err := w.end(); err != nil || call.State() != sim.Cancelled {
		t.Errorf("the caller himself can: %s, %v", call.State(), err)
	}
}

// TestOtherUsersInACall: credentials of a user who is no end of the call don't help him,
// with the token and without, by which he might pass as either end.
func TestOtherUsersInACall(t *testing.T) {
	w, alice, _, err := talking(sim.New(sim.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	w.attacked = true
	mallory := w.agent("mallory", machine.UDP, nil)
	copied, err := sip.Parse(w.lastFrom(t, "alice", sip.ACK))
	if err != nil {
		t.Fatal(err)
	}
	since, sequence := len(w.Ladder().Arrows), 10
	for _, route := range []string{"Route: " + copied.Header(sip.HeaderRoute), ""} {
		for _, target := range []string{copied.RequestURI(), bobsAddress, "sip:bob@192.0.2.10"} {
			for _, tags := range [][2]string{{copied.FromTag(), copied.ToTag()}, {copied.ToTag(), copied.FromTag()}} {
				for _, method := range []string{"BYE", "INVITE", "UPDATE", "REFER"} {
					sequence++
					text := func(credentials string) string {
						sequence++
						return lines(
							method+" "+target+" SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bKm%d;rport", mallory.address, sequence), "Max-Forwards: 70",
							route, "From: <sip:mallory@example.test>;tag="+tags[0], "To: <sip:bob@example.test>;tag="+tags[1],
							"Call-ID: "+copied.CallID(), fmt.Sprintf("CSeq: %d %s", sequence, method), "Contact: <sip:mallory@203.0.113.66>", credentials)
					}
					asked := mallory.ask(text(""))
					_ = w.RunFor(100 * time.Millisecond)
					if asked.code() == 407 {
						challenge, err := digest.ParseChallenge(asked.final.Header(sip.HeaderProxyAuthenticate))
						if err != nil {
							t.Fatal(err)
						}
						value, err := digest.NewSession(challenge, "mallory", "mallory's secret").Answer(nil, digest.Outgoing{Method: method, URI: target, CNonce: "c"})
						if err != nil {
							t.Fatal(err)
						}
						asked = mallory.ask(text("Proxy-Authorization: " + string(value)))
						_ = w.RunFor(100 * time.Millisecond)
					}
					if code := asked.code(); code != 481 && code != 403 {
						t.Errorf("%s to %s, %q: got %d", method, target, route, code)
					}
				}
			}
		}
	}
	if got := w.sentTo("alice", since) + w.sentTo("bob", since); got != 0 {
		t.Errorf("%d messages went to the ends of the call", got)
	}
	_ = w.RunFor(time.Minute)
	if _, err := w.done(alice.LastCall()); err != nil {
		t.Error(err)
	}
}

// TestTokens: what is wrong with a token makes the request one of no call: 481, and
// nothing goes on, though it comes from the right place.
func TestTokens(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	token := func(text string) (start, end int) {
		start = strings.Index(text, "Route: <sip:") + len("Route: <sip:")
		return start, start + strings.IndexByte(text[start:], '@')
	}
	for _, test := range []struct {
		reason string
		change func(w *world, text string) string
	}{
		{"another character", func(_ *world, text string) string {
			start, end := token(text)
			at := start + random.IntN(end-start)
			return text[:at] + string("0123456789abcdefghijklmnopqrstuv"[(strings.IndexByte("0123456789abcdefghijklmnopqrstuv", text[at])+1)%32]) + text[at+1:]
		}},
		{"cut off", func(_ *world, text string) string {
			start, end := token(text)
			return text[:start+random.IntN(end-start-1)+1] + text[end:]
		}},
		{"longer", func(_ *world, text string) string {
			_, end := token(text)
			return text[:end] + "0" + text[end:]
		}},
		{"none", func(_ *world, text string) string {
			start, end := token(text)
			return text[:start] + text[end+1:]
		}},
		{"no route", func(_ *world, text string) string {
			line := text[strings.Index(text, "Route:"):]
			return strings.Replace(text, line[:strings.Index(line, "\r\n")+2], "", 1)
		}},
		{"of another call", func(_ *world, text string) string {
			m, _ := sip.Parse(text)
			return strings.Replace(text, m.CallID(), "another-call", 1)
		}},
		{"as a strict router's Request-URI, of another call", func(_ *world, text string) string {
			start, end := token(text)
			m, _ := sip.Parse(text)
			text = strings.Replace(text, m.RequestURI(), "sip:"+text[start:end]+"@192.0.2.10:5060;lr", 1)
			return strings.Replace(text, m.CallID(), "another-call", 1)
		}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, _, err := talking(sim.New(sim.Config{}))
			if err != nil {
				t.Fatal(err)
			}
			w.attacked = true
			copied := w.lastFrom(t, "alice", sip.ACK)
			since := len(w.Ladder().Arrows)
			for i, method := range []string{"BYE", "INVITE", "UPDATE", "ACK", "INFO"} {
				forged := strings.ReplaceAll(copied, "ACK", method)
				forged = replaceFirst(forged, "branch=z9hG4bK", fmt.Sprintf("branch=z9hG4bKforged%d", i))
				w.Inject(addresses["alice"], serverAddress, test.change(w, forged))
			}
			_ = w.RunFor(40 * time.Second)
			if w.sentTo("bob", since) != 0 || w.sentTo("alice", since) != 4 {
				t.Errorf("%s: %d messages to bob, %d to alice, who gets 481 to all but the ACK\n%s",
					test.reason, w.sentTo("bob", since), w.sentTo("alice", since), w.Ladder().DrawPlain())
			}
			if _, err := w.done(alice.LastCall()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTokensOfAnotherKey: a domain that lost its keys knows its calls no more, and lets
// nobody in by their tokens.
func TestTokensOfAnotherKey(t *testing.T) {
	w, alice, bob, err := talking(sim.New(sim.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	w.config.Key = 99
	store := domain.NewStore(w.config)
	store.Bind(w.Now(), "bob@example.test", binding(bob.ContactURI(), 1000))
	w.store = store
	w.server.Restart()
	alice.LastCall().HangUp()
	_ = w.RunFor(40 * time.Second)
	if got := alice.LastCall().ByeCode; got != 481 {
		t.Errorf("the BYE got %d", got)
	}
	if bob.LastCall().State() != sim.Established {
		t.Error("nothing went on to bob")
	}
}

// TestForkBombs: contacts that lead to one another come to their end with few messages
// (RFC 5393).
func TestForkBombs(t *testing.T) {
	users := []string{"alice", "bob", "carol", "dave", "u5", "u6", "u7", "u8"}
	homes := []string{
		"sip:%s@example.test", "sip:%s@EXAMPLE.test", "sip:%s@192.0.2.10", "sip:%s@192.0.2.10:5060;transport=tcp",
		"sip:%s@example.test;transport=tcp;x=y", "sips:%s@example.test", "sip:%s@example.test;maddr=192.0.2.10", "sip:%s@example.test.",
		"sip:%s@example.test:5060", "sip:%s@elsewhere.invalid;maddr=192.0.2.10", "tel:%s", "sip:%s@198.51.100.7;maddr=192.0.2.10",
	}
	for _, test := range []struct {
		reason string
		count  int
		aims   func(i int) []int // at whom the contacts of user i point
	}{
		{"two that point at both", 2, func(int) []int { return []int{0, 1} }},
		{"each at itself", 2, func(i int) []int { return []int{i} }},
		{"a cycle of eight", 8, func(i int) []int { return []int{(i + 1) % 8} }},
		{"eight that point at all", 8, func(int) []int { return []int{0, 1, 2, 3, 4, 5, 6, 7} }},
	} {
		for _, home := range append(homes, "reflected") {
			t.Run(test.reason+" by "+home, func(t *testing.T) {
				w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice", "gateway") })
				alice := w.agent("alice", machine.UDP, nil)
				w.serve()
				gateway := w.agent("gateway", machine.UDP, nil)
				gateway.answer = func(m *sip.Message) []string {
					uri, err := sip.ParseURI(m.RequestURI())
					if err != nil {
						return nil
					}
					return bounce(gateway, "sip:"+uri.User+"@example.test")(m)
				}
				for i := range test.count {
					var contacts []any
					for _, aim := range test.aims(i) {
						if home == "reflected" {
							contacts = append(contacts, binding("sip:"+users[aim]+"@198.51.100.7:5060", 1000))
							continue
						}
						contacts = append(contacts, binding(fmt.Sprintf(home, users[aim]), 1000))
					}
					w.bound(users[i], contacts...)
				}
				asked := alice.ask(invite("sip:"+users[0]+"@example.test", "call"))
				if err := w.quiet(); err != nil {
					t.Fatal(err)
				}
				invites, all := 0, w.sentTo("", 0)
				for _, arrow := range w.Ladder().Arrows {
					if w.Ladder().Name(arrow.From) == "server" && strings.HasPrefix(arrow.Label, "INVITE") {
						invites++
					}
				}
				most := 60
				if home == "reflected" && test.count == 8 {
					most = 8 * 8 // each of the eight INVITEs comes back, and gets 100, a final response and an ACK
				}
				if asked.code() < 400 || invites > 16 || all > most {
					t.Errorf("%s by %s: got %d after %d INVITEs, %d messages\n%s", test.reason, home, asked.code(), invites, all, w.Ladder().DrawPlain())
				}
			})
		}
	}
}

// TestTrustHeaders: what only trusted hops may say does not reach the far side, however it
// is spelled, in requests and in responses.
func TestTrustHeaders(t *testing.T) {
	spellings := trustSpellings()
	if len(spellings) < 200 {
		t.Fatalf("only %d spellings", len(spellings))
	}
	trusted := func(name string) bool {
		name = strings.ToLower(name)
		return strings.HasPrefix(name, "p-") || strings.HasPrefix(name, "x-") || name == "remote-party-id" || name == "diversion" || name == "history-info"
	}
	w, alice, bob := pair(sim.New(sim.Config{}), sim.Behaviour{Code: 486})
	refused := 0
	for i, spelling := range spellings {
		call := alice.CallWith(bobsAddress, sim.CallOptions{Fields: []string{spelling}})
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		if call.FinalCode == 400 {
			refused++
			continue
		}
		if call.FinalCode != 486 {
			t.Errorf("%q: got %d", spelling, call.FinalCode)
		}
		l := w.Ladder()
		for _, arrow := range slices.Backward(l.Arrows) {
			if l.Name(arrow.To) != "bob" || !strings.HasPrefix(arrow.Text, "INVITE") {
				continue
			}
			m, err := sip.Parse(arrow.Text)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range m.Fields() {
				if trusted(name) && (name != "P-Asserted-Identity" || value != "<sip:alice@example.test>") || strings.Contains(value, "evil") {
					t.Errorf("%q reached bob as %s: %s", spelling, name, value)
				}
			}
			break
		}
		if i%50 == 49 {
			_ = w.RunFor(time.Minute)
		}
	}
	if refused > 40 {
		t.Errorf("%d of %d spellings were refused: most are well-formed", refused, len(spellings))
	}
	_ = bob
}

// trustSpellings is fields that a trusted hop might believe, in many spellings.
func trustSpellings() (fields []string) {
	names := []string{
		"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info", "P-Charging-Vector",
		"P-Access-Network-Info", "P-Called-Party-ID", "P-Served-User", "X-Authenticated-User", "X-Asterisk-Account", "P-Asserted-Service",
	}
	value := "<sip:evil@example.test>"
	for _, name := range names {
		alternating := []byte(name)
		for i := 0; i < len(name); i += 2 {
			alternating[i] = strings.ToLower(name)[i]
		}
		for _, spelled := range []string{name, strings.ToLower(name), strings.ToUpper(name), string(alternating)} {
			for _, form := range []string{
				"%s: %s", "%s:%s", "%s : %s", "%s\t:\t%s", "%s:\r\n %s", "%s \t :\r\n\t %s", "%s: \"Evil\" %s", "%s: %s, %s",
			} {
				fields = append(fields, strings.ReplaceAll(strings.Replace(form, "%s", spelled, 1), "%s", value))
			}
		}
		// Twice, and hidden behind another field's folds.
		fields = append(fields,
			name+": "+value+"\r\n"+name+": "+value, "Subject: hello\r\n\t there\r\n"+name+": "+value,
			name+";x: "+value, "\x00"+name+": "+value, name+"\r\n : "+value)
	}
	return fields
}

// TestTrustHeadersOfResponses: a phone can't speak for the domain in its responses either.
func TestTrustHeadersOfResponses(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
	alice := w.agent("alice", machine.UDP, nil)
	w.serve()
	w.agent("bob", machine.UDP, func(m *sip.Message) []string {
		return []string{respond(m, 200, "bob", "P-Asserted-Identity: <sip:evil@example.test>", "p-asserted-identity : <sip:evil@example.test>", "X-Evil: evil", "Server: bob")}
	})
	w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
	asked := alice.ask(outside("MESSAGE", bobsAddress, "call", 1))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(asked.final.Text(), "evil") || asked.final.Header(sip.HeaderServer) != "bob" {
		t.Errorf("got\n%s", asked.final.Text())
	}
}

// TestDigestLeaks: a callee who challenges gets no answer to a challenge for our realm.
func TestDigestLeaks(t *testing.T) {
	for _, challenge := range []string{
		`401 WWW-Authenticate: Digest realm="example.test", nonce="evil", algorithm=MD5, qop="auth"`,
		`407 Proxy-Authenticate: Digest realm="example.test", nonce="evil", algorithm=MD5, qop="auth"`,
		`401 WWW-Authenticate: Digest realm="EXAMPLE.test", nonce="evil", algorithm=MD5`,
		`407 Proxy-Authenticate: Digest nonce="evil", realm="example\.test", algorithm=SHA-256, qop="auth"`,
	} {
		for _, transport := range []machine.Transport{machine.UDP, machine.TCP} {
			w := newWorld(sim.New(sim.Config{}))
			alice := w.phone("alice")
			w.serve()
			bob := w.agent("bob", transport, func(m *sip.Message) []string {
				if m.Method() == sip.ACK {
					return nil
				}
				return []string{respond(m, int(challenge[0]-'0')*100+int(challenge[2]-'0'), "bob", challenge[4:])}
			})
			contact := "sip:bob@192.0.2.2:5060"
			if transport == machine.TCP {
				contact += ";transport=tcp"
			}
			w.bound("bob", binding(contact, 1000))
			call := alice.Call(bobsAddress)
			if err := w.RunFor(time.Minute); err != nil {
				t.Fatal(err)
			}
			if len(bob.got) == 0 || call.FinalCode == 0 {
				t.Errorf("%s: bob was asked %d times, and alice got %d", challenge, len(bob.got), call.FinalCode)
			}
			for _, m := range bob.got {
				if strings.Contains(strings.ToLower(m.Text()), "response=") {
					t.Errorf("%s: bob harvested\n%s", challenge, m.Text())
				}
			}
		}
	}
}

// TestReflection: nothing is kept for, repeated to or sent elsewhere because of somebody
// who has shown nothing: one packet out for one in at most, all to where it came from.
func TestReflection(t *testing.T) {
	for _, guests := range []bool{false, true} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Guests = guests })
		w.serve()
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		victim := addresses["mallory"]
		in, bytesIn := 0, 0
		challenges, rest := 0, 0
		for i, method := range []string{"REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "BYE", "CANCEL", "ACK", "UPDATE", "REFER", "PUBLISH", "NOTIFY", "PRACK", "INFO", "FROB"} {
			for j, more := range []string{"", "Max-Forwards: 0", "Proxy-Require: foo", "To: <sip:bob@example.test>;tag=1", "Route: <sip:192.0.2.10;lr>, <sip:192.0.2.2;lr>", "Contact: garbage"} {
				for k, from := range []string{"alice@example.test", "eve@elsewhere.invalid"} {
					if guests && k == 1 {
						continue // a guest who may call has shown what he can
					}
					text := strings.Join([]string{
						method + " sip:bob@example.test SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK%d.%d.%d;rport", i, j, k),
						"Max-Forwards: 70", "From: <sip:" + from + ">;tag=1", "To: <sip:bob@example.test>", fmt.Sprintf("Call-ID: %d.%d.%d", i, j, k),
						"CSeq: 1 " + method, "Contact: <sip:192.0.2.2:5060>", "User-Agent: something with a name",
					}, "\r\n")
					if name, _, _ := strings.Cut(more, ":"); strings.Contains(text, "\r\n"+name+":") {
						line := text[strings.Index(text, "\r\n"+name+":")+2:]
						text = strings.Replace(text, strings.SplitN(line, "\r\n", 2)[0], more, 1)
					} else if more != "" {
						text += "\r\n" + more
					}
					text += "\r\nContent-Length: 0\r\n\r\n"
					since := len(w.Ladder().Arrows)
					w.Inject(victim, serverAddress, text)
					in++
					bytesIn += len(text)
					if err := w.RunFor(40 * time.Second); err != nil {
						t.Fatal(err)
					}
					l := w.Ladder()
					out := 0
					for _, arrow := range l.Arrows[since:] {
						if l.Name(arrow.From) != "server" {
							continue
						}
						out++
						if l.Name(arrow.To) != "203.0.113.66:5060" || strings.HasPrefix(arrow.Label, "100") {
							t.Errorf("%s %s from %s: %s to %s", method, more, from, arrow.Label, l.Name(arrow.To))
						}
						growth := float64(len(arrow.Text)) / float64(len(text))
						challenge := strings.HasPrefix(arrow.Label, "401") || strings.HasPrefix(arrow.Label, "407")
						if challenge {
							challenges += len(arrow.Text)
						} else {
							rest += len(arrow.Text) - len(text)
						}
						if challenge && growth > 3 || !challenge && growth > 1 {
							t.Errorf("%s %s from %s: %d octets in, %d out: %s", method, more, from, len(text), len(arrow.Text), arrow.Label)
						}
					}
					if out > 1 {
						t.Errorf("%s %s from %s: %d messages out for one in", method, more, from, out)
					}
				}
			}
		}
		if servers, clients, spent, _ := w.domain().Proxy().Pending(); servers+clients+spent != 0 {
			t.Errorf("%d, %d and %d transactions are kept for nobody", servers, clients, spent)
		}
	}
}

// TestGuests: who is of another domain reaches our users, and nothing else.
func TestGuests(t *testing.T) {
	for _, test := range []struct {
		reason, uri string
		lines       []string
		want        int
		arrives     bool
	}{
		{"a user who is there", "sip:bob@example.test", nil, 486, true},
		{"by our address", "sip:bob@192.0.2.10", nil, 486, true},
		{"a user who is away", "sip:carol@example.test", nil, 480, false},
		{"a user whom there is not, who looks the same", "sip:nobody@example.test", nil, 480, false},
		{"another domain", "sip:far@198.51.100.7:5060", nil, 403, false},
		{"another domain by a route of ours", "sip:far@198.51.100.7:5060", []string{"Route: <sip:192.0.2.10;lr>"}, 403, false},
		{"a user of ours by way of another hop", "sip:bob@example.test", []string{"Route: <sip:192.0.2.10;lr>, <sip:198.51.100.7;lr>"}, 403, false},
		{"a strict hop", "sip:bob@example.test", []string{"Route: <sip:198.51.100.7>"}, 403, false},
		{"a telephone number by way of another hop", "tel:+4930123456", []string{"Route: <sip:198.51.100.7;lr>"}, 403, false},
		{"a telephone number", "tel:+4930123456", nil, 480, false},
		{"our maddr on another domain", "sip:far@198.51.100.7;maddr=192.0.2.10", nil, 403, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Guests = true })
			guest := w.agent("mallory", machine.UDP, nil)
			w.serve()
			bob := w.phone("bob", incoming(sim.Busy()))
			gateway := w.agent("gateway", machine.UDP, says(200))
			w.bound("bob", bob)
			text := strings.NewReplacer("192.0.2.1:5060", guest.address, "<sip:alice@example.test>", "<sip:guest@elsewhere.invalid>").
				Replace(invite(test.uri, "call", test.lines...))
			asked := guest.ask(text)
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			if asked.code() != test.want || len(bob.Calls()) == 1 != test.arrives || len(gateway.got) != 0 {
				t.Errorf("%s: got %d; bob was called %d times, the gateway got %d\n%s",
					test.reason, asked.code(), len(bob.Calls()), len(gateway.got), w.Ladder().DrawPlain())
			}
			if calls := bob.Calls(); len(calls) == 1 && strings.Contains(w.lastTo(t, "bob"), "P-Asserted-Identity") {
				t.Error("nobody vouches for a guest")
			}
		})
	}
}

// lastTo is the text of the last INVITE that somebody got.
func (w *world) lastTo(t *testing.T, name string) string {
	t.Helper()
	l := w.Ladder()
	for _, arrow := range slices.Backward(l.Arrows) {
		if l.Name(arrow.To) == name && arrow.Kind == ladder.Message && strings.HasPrefix(arrow.Text, "INVITE") {
			return arrow.Text
		}
	}
	t.Fatalf("%s got no INVITE", name)
	return ""
}

// TestGuestsCantAim: a guest in a call with our user can't make the server send elsewhere.
func TestGuestsCantAim(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Guests = true })
	guest := w.agent("mallory", machine.UDP, says(200))
	w.serve()
	bob := w.phone("bob")
	gateway := w.agent("gateway", machine.UDP, says(200))
	w.bound("bob", bob)
	to := strings.NewReplacer("192.0.2.1:5060", guest.address, "<sip:alice@example.test>", "<sip:guest@elsewhere.invalid>")
	asked := guest.ask(to.Replace(invite(bobsAddress, "call")))
	_ = w.RunFor(time.Second)
	if asked.code() != 200 {
		t.Fatalf("got %d", asked.code())
	}
	within := func(method, uri string, sequence int, more ...string) string {
		return lines(append([]string{
			method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bKwithin%d", guest.address, sequence), "Max-Forwards: 70",
			"From: <sip:guest@elsewhere.invalid>;tag=alice", "To: " + asked.final.To(), "Call-ID: call", fmt.Sprintf("CSeq: %d %s", sequence, method),
		}, more...)...)
	}
	route := "Route: " + asked.final.Header(sip.HeaderRecordRoute)
	guest.send(within("ACK", bob.ContactURI(), 1, route))
	guest.ask(within("MESSAGE", "sip:victim@198.51.100.7:5060", 2, route))
	guest.ask(within("MESSAGE", bob.ContactURI(), 3, route+", <sip:198.51.100.7:5060;lr>"))
	guest.send(within("ACK", "sip:victim@198.51.100.7:5060", 1, route))
	_ = w.RunFor(40 * time.Second)
	if len(gateway.got) != 0 {
		t.Errorf("%d requests went where the guest aimed\n%s", len(gateway.got), w.Ladder().DrawPlain())
	}
	bye := guest.ask(within("BYE", bob.ContactURI(), 9, route))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if bye.code() != 200 || bob.LastCall().State() != sim.Ended {
		t.Errorf("the call itself works: got %d", bye.code())
	}
}
