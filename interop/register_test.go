//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestRegister: baresip registers with digest over each transport.
func TestRegister(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, c := range []struct{ reason, digest, user string }{
			{"MD5 in the domain", "[MD5]", user("alice", "")},
			{"MD5 for this user", "[SHA-256]", user("alice", "[MD5]")},
		} {
			t.Run(transport+"/"+c.reason, func(t *testing.T) {
				s := serve(t, setting{digest: c.digest, users: []string{c.user}})
				s.phone(t, account{user: "alice", transport: transport})
				wantBindings(t, s, 1)
			})
		}
	}
}

// TestRegisterList: baresip 1.0 knows MD5 alone and gives up when it is offered a list. It comes back
// without credentials, after 30 to 60 seconds that nothing can shorten, is offered MD5 alone,
// and registers. So do phones over each transport, at the same time; then they call each other.
func TestRegisterList(t *testing.T) {
	const retry = 75 * time.Second
	type pair struct {
		*server
		alice, bob *phone
	}
	var pairs []pair
	for _, list := range []string{byDefault, "[SHA-256, MD5]", "[MD5, SHA-256]"} {
		s := serve(t, setting{digest: list, users: everybody()})
		pairs = append(pairs, pair{
			s,
			s.startPhone(t, account{user: "alice", transport: "udp", tone: aliceTone}),
			s.startPhone(t, account{user: "bob", transport: "tcp", tone: bobTone}),
		})
	}
	for _, p := range pairs {
		for _, phone := range []*phone{p.alice, p.bob} {
			phone.logged(t, "baresip 1.0 knows MD5 alone", gaveUp)
			phone.registered(t, retry)
		}
		wantBindings(t, p.server, 2)
		p.loggedTimes(t, "the log says so, once for each device", downgraded, 2)
		talk(t, p.alice, p.bob)
		hangUp(t, p.alice, p.bob)
		if got := strings.Count(p.text(), downgraded); got != 2 {
			t.Errorf("the log says so once for each device: %d times for two", got)
		}
	}
}

// TestRegisterListSIPp: SIPp 3.6 knows MD5 alone, too. Each run is another call, so only one
// that comes later than a phone starts its calls side by side says that the list was not understood.
func TestRegisterListSIPp(t *testing.T) {
	const later = 15 * time.Second
	s := serve(t, setting{digest: byDefault, users: everybody()})
	refused := 0
	within(t, later, "SIPp is offered MD5 alone", func() bool {
		if registration(t, s, "u1", "alice", 5060).wait(t, patience) == nil {
			return true
		}
		refused++
		return false
	})
	if refused == 0 {
		t.Error("SIPp 3.6 fails on a list")
	}
	wantBindings(t, s, 1)
}

// downgraded is part of what the server logs when it offers MD5 alone to a device.
const downgraded = "MD5 alone"

func wantBindings(t testing.TB, s *server, want float64) {
	t.Helper()
	if got := s.metric(t, "hookflash_registered"); got != want {
		t.Errorf("%v phones are registered: the server counts %v", want, got)
	}
}

// TestRegisterRefused: a wrong password, and a user nobody knows, get in nowhere.
func TestRegisterRefused(t *testing.T) {
	s := serve(t, setting{digest: "[MD5]", users: everybody()})
	for _, c := range []struct{ reason, user, password string }{
		{"a wrong password", "alice", "guessed"},
		{"no such user", "mallory", "guessed"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			p := startPhone(t, account{user: c.user, password: c.password, domain: domain, outbound: s.address})
			p.logged(t, "the phone is refused", "SIP/2.0 401")
			p.loggedTimes(t, "the phone tries its password", "Authorization: Digest", 1)
			p.loggedTimes(t, "and is refused again", "SIP/2.0 401", 2)
			if strings.Contains(p.text(), "SIP/2.0 200") {
				t.Error("the phone got in")
			}
		})
	}
	wantBindings(t, s, 0)
}

// TestRegisterSIPp: SIPp 3.6 knows MD5 alone, like baresip.
func TestRegisterSIPp(t *testing.T) {
	for _, transport := range []string{"u1", "t1"} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, setting{digest: "[MD5]", users: everybody()})
			sipp(t, scenario{
				name: "register", transport: transport, remote: s.address, calls: 3, rate: 10,
				rows: []string{credentials("alice"), credentials("bob"), credentials("carol")},
				keys: map[string]string{"port": "5060"},
			}).succeeds(t, "each user registers", patience)
			wantBindings(t, s, 3)
		})
	}
}

// credentials are the first two fields of a row: the user, and how SIPp authenticates.
func credentials(name string) string {
	return fmt.Sprintf("%s;[authentication username=%s password=%s]", name, name, password(name))
}
