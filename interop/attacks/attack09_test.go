//go:build interop

package attacks

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/guard/guess"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

const (
	timedTries  = 10_000
	mostTimeGap = 5 * time.Microsecond
)

// TestAttack09Enumeration: users are found out by asking for them.
//
// Anchor: SIPVicious svwar, on REGISTER, INVITE and OPTIONS. Must: the same answer and the
// same digest work for a user that is known, registered or unknown.
//
// Figure: 0 found; the median time of answers differs by less than 5 µs over 10,000 tries
// each (measured at the full size).
func TestAttack09Enumeration(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		registered := newPhone(t, s, "carol")
		registered.register(t)
		registered.forget()
		for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "BYE"} {
			for _, password := range []string{"", "wrong"} {
				for _, place := range []string{"from", "to", "both"} {
					var answers []string
					// Registered, known, and unknown; all of one length.
					for _, name := range []string{"carol", "alice", "carox"} {
						answers = append(answers, enumerated(t, s, method, place, name, password))
					}
					if answers[0] != answers[2] || answers[1] != answers[2] {
						t.Errorf("%s with password %q, asked for in %s: the answers differ:\n%s", method, password, place, strings.Join(answers, "\n"))
					}
				}
			}
		}
		if got := registered.received(""); len(got) > 0 {
			t.Errorf("the phone that was asked for heard of it:\n%s", got[0].Text())
		}
		if full {
			timeAnswers(t, s)
		}
	})
}

var unlike = []*regexp.Regexp{regexp.MustCompile(`nonce="[^"]*"`), regexp.MustCompile(`tag=[a-z0-9A-Z_-]+`), regexp.MustCompile(`branch=[^;\r]+`), regexp.MustCompile(`Call-ID: [^\r]+`), regexp.MustCompile(`CSeq: [0-9]+`), regexp.MustCompile(`127\.[0-9.]+(:|=)[0-9]+`), regexp.MustCompile(`(received|rport)=[0-9.]+`)}

// enumerated is the answer to a request about a name, without what differs anyhow.
func enumerated(t *testing.T, s *server, method, place, name, password string) string {
	t.Helper()
	attacker := newSocket(t)
	defer attacker.packets.Close()
	from, to := addressOf("dave1"), addressOf("dave2")
	if place != "to" {
		from = addressOf(name)
	}
	if place != "from" {
		to = addressOf(name)
	}
	r := newRequest(method, from, to)
	if method == "REGISTER" {
		r.uri = "sip:" + domain
	}
	response := attacker.ask(s.address, r, 5)
	if response == nil {
		return "silence"
	}
	all := response.Text()
	field, asked := "Proxy-Authorization", sip.HeaderProxyAuthenticate
	if method == "REGISTER" {
		field, asked = "Authorization", sip.HeaderWWWAuthenticate
	}
	if challenge, err := digest.ParseChallenge(response.Header(asked)); err == nil && password != "" {
		user, _, _ := strings.Cut(strings.TrimPrefix(from, "sip:"), "@")
		if method == "REGISTER" {
			user, _, _ = strings.Cut(strings.TrimPrefix(to, "sip:"), "@")
		}
		value, err := digest.NewSession(challenge, user, password).Answer(nil, digest.Outgoing{Method: method, URI: r.uri, CNonce: word()})
		if err != nil {
			t.Fatal(err)
		}
		next := r.again()
		next.fields = []string{field + ": " + string(value)}
		if response = attacker.ask(s.address, next, 5); response != nil {
			all += response.Text()
		}
	}
	for _, pattern := range unlike {
		all = pattern.ReplaceAllString(all, "*")
	}
	return strings.ReplaceAll(all, name, "NAME")
}

// timeAnswers compares the median times of answers, asked for turn about from many addresses.
func timeAnswers(t *testing.T, s *server) {
	t.Helper()
	sockets := make([]*socket, 100)
	for i := range sockets {
		sockets[i] = newSocketAt(t, freePort(t, attackerAddress(i)))
	}
	for _, method := range []string{"REGISTER", "INVITE", "OPTIONS"} {
		times := map[string][]time.Duration{}
		for i := range timedTries {
			names := []string{"carol", "carox"}
			if i%2 == 1 {
				slices.Reverse(names) // who asks right after another is answered sooner
			}
			for _, name := range names {
				r := newRequest(method, addressOf(name), addressOf(name))
				if method == "REGISTER" {
					r.uri = "sip:" + domain
				}
				from := sockets[i%len(sockets)]
				text := r.text("UDP", from.local.String())
				from.take()
				began := time.Now()
				from.send(s.address, text)
				if from.reply(r, timerT1) != nil {
					times[name] = append(times[name], time.Since(began))
				}
			}
			time.Sleep(20 * time.Microsecond) // below what strangers may send
		}
		known, unknown := median(times["carol"]), median(times["carox"])
		t.Logf("%s: a known user is answered in %s, an unknown one in %s (medians of %d and %d)", method, known, unknown, len(times["carol"]), len(times["carox"]))
		if gap := (known - unknown).Abs(); gap >= mostTimeGap {
			t.Errorf("%s: the median times of known and unknown users differ by %s, less than %s is right", method, gap, mostTimeGap)
		}
	}
}

func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// TestAttack09DigestWork: a wrong password of a known user costs what one of an unknown
// user costs. The limit of guesses is lifted, else hardly any would be evaluated.
func TestAttack09DigestWork(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	nonces := digest.NewNonces(digest.Key{1}, digest.Lifetime)
	free := guess.Pace{Free: 1 << 30, First: time.Nanosecond, Longest: time.Nanosecond, Forgive: time.Nanosecond}
	settings := &identity.Settings{
		Domains: []string{domain}, Digest: []digest.Algorithm{digest.SHA256, digest.MD5}, Nonces: &nonces, Key: digest.Key{2},
		Guess: guess.Limits{User: free, Prefix: free, Good: free, UnprovenBurst: 1 << 30, UnprovenEvery: time.Nanosecond},
	}
	identifier := identity.New(settings)
	view := people{"carol": &directory.User{Name: "carol", HA1: map[digest.Algorithm]digest.HA1{
		digest.SHA256: digest.NewHA1(digest.SHA256, "carol", domain, "right"), digest.MD5: digest.NewHA1(digest.MD5, "carol", domain, "right"),
	}}}
	for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.MD5} {
		for _, method := range []string{"REGISTER", "INVITE", "OPTIONS"} {
			times := map[string][]time.Duration{}
			counts := map[string]guess.Counts{}
			allocated := map[string]float64{}
			for range sized(50, timedTries) {
				for _, name := range []string{"carol", "carox"} {
					p := wrongPacket(t, settings, now, method, name, algorithm)
					var out machine.Output
					before := identifier.Guesses()
					began := time.Now()
					who := identifier.Identify(now, p, view, &out)
					times[name] = append(times[name], time.Since(began))
					after := identifier.Guesses()
					if who.Kind != identity.Nobody || who.Outcome != identity.Wrong {
						t.Fatalf("%s of %s with a wrong password: %+v", method, name, who)
					}
					counts[name] = guess.Counts{Allowed: after.Allowed - before.Allowed, Failed: after.Failed - before.Failed}
				}
			}
			for _, name := range []string{"carol", "carox"} {
				p := wrongPacket(t, settings, now, method, name, algorithm)
				var out machine.Output
				allocated[name] = testing.AllocsPerRun(100, func() { identifier.Identify(now, p, view, &out) })
			}
			if counts["carol"] != counts["carox"] || allocated["carol"] != allocated["carox"] {
				t.Errorf("%s with %s: the same work is done for both: %v, %v allocations", method, algorithm, counts, allocated)
			}
			if gap := (median(times["carol"]) - median(times["carox"])).Abs(); full && gap >= mostTimeGap {
				t.Errorf("%s with %s: median times differ by %s", method, algorithm, gap)
			}
		}
	}
}

type people map[string]*directory.User

// User implements directory.View.
func (p people) User(name string) *directory.User { return p[name] }

// wrongPacket is a request with a wrong password and a good nonce.
func wrongPacket(t *testing.T, settings *identity.Settings, now time.Time, method, name string, algorithm digest.Algorithm) machine.Packet {
	t.Helper()
	flow := machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.7:5060")}
	r := newRequest(method, addressOf(name), addressOf("bob00"))
	field := "Proxy-Authorization: "
	if method == "REGISTER" {
		r.uri, r.to, field = "sip:"+domain, "<"+addressOf(name)+">", "Authorization: "
	}
	asked, err := sip.Parse(r.text("UDP", "192.0.2.7:5060"))
	if err != nil {
		t.Fatal(err)
	}
	challenged, err := sip.Parse(string(settings.Challenge(now, machine.Packet{Message: asked, Flow: flow}, identity.Identity{Offer: []digest.Algorithm{algorithm}})))
	if err != nil {
		t.Fatal(err)
	}
	header := sip.HeaderProxyAuthenticate
	if method == "REGISTER" {
		header = sip.HeaderWWWAuthenticate
	}
	challenge, err := digest.ParseChallenge(challenged.Header(header))
	if err != nil {
		t.Fatal(err)
	}
	value, err := digest.NewSession(challenge, name, "wrong").Answer(nil, digest.Outgoing{Method: method, URI: r.uri, CNonce: word()})
	if err != nil {
		t.Fatal(err)
	}
	next := r.again()
	next.fields = []string{field + string(value)}
	message, err := sip.Parse(next.text("UDP", "192.0.2.7:5060"))
	if err != nil {
		t.Fatal(err)
	}
	return machine.Packet{Message: message, Flow: flow}
}
