//go:build interop

package interop

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kamailio is a running Kamailio with the configuration kamailio.cfg.
type kamailio struct {
	*process
	address netip.AddrPort
}

// startKamailio starts one before, beside or behind a server.
func startKamailio(t testing.TB, beside *server) *kamailio {
	t.Helper()
	text, err := os.ReadFile("kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	k := &kamailio{address: freeAddress(t)}
	configuration := filepath.Join(t.TempDir(), "kamailio.cfg")
	filled := strings.NewReplacer("HOST", k.address.Addr().String(), "SELF", k.address.String(), "HOOKFLASH", beside.address.String()).Replace(string(text))
	if err := os.WriteFile(configuration, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	k.process = start(t, "kamailio", exec.Command("kamailio", "-f", configuration, "-DD", "-E", "-m", "32", "-M", "4",
		"-Y", t.TempDir()))
	eventually(t, "Kamailio listens", func() bool {
		if !k.running() {
			t.Fatalf("Kamailio ended at its start: %v", k.err)
		}
		return portIsTaken(k.address)
	})
	return k
}

// TestKamailio: Kamailio stands before the caller as its outbound proxy, behind the server as
// next hop of the callee, who registered through it with Path, or on both sides. It
// records its route, so re-INVITE and BYE pass it too.
func TestKamailio(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, place := range []string{"caller", "callee", "caller and callee"} {
			for _, hangsUp := range []string{"caller", "callee"} {
				t.Run(transport+"/at the "+place+"/the "+hangsUp+" hangs up", func(t *testing.T) {
					s := serve(t, setting{users: everybody()})
					k := startKamailio(t, s)
					at := func(party string) netip.AddrPort {
						if strings.Contains(place, party) {
							return k.address
						}
						return s.address
					}
					bob := s.phone(t, account{user: "bob", transport: transport, tone: bobTone, outbound: at("callee")})
					alice := s.phone(t, account{user: "alice", transport: transport, tone: aliceTone, outbound: at("caller")})
					talk(t, alice, bob)
					wantIdentity(t, bob, "alice")
					first, other := alice, bob
					if hangsUp == "callee" {
						first, other = bob, alice
					}
					hold(t, first, other)
					hangUp(t, first, other)
					k.logged(t, "the call goes through Kamailio", "routed within a call: INVITE")
					k.logged(t, "to its end", "routed within a call: BYE")
				})
			}
		}
	}
}

// TestForeignDomain: a user of ours calls one of a domain that Kamailio serves, given by IP
// address, and is called from there, as far as guests are let in.
func TestForeignDomain(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport+"/a user calls out", func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			k := startKamailio(t, s)
			dave := k.phone(t, s, account{user: "dave", transport: transport, tone: bobTone})
			alice := s.phone(t, account{user: "alice", transport: transport, tone: aliceTone})
			for _, hangsUp := range []string{"caller", "callee"} {
				dial(t, alice, dave, "sip:dave@"+k.address.String())
				wantIdentity(t, dave, "alice")
				first, other := alice, dave
				if hangsUp == "callee" {
					first, other = dave, alice
				}
				hold(t, first, other)
				hangUp(t, first, other)
			}
		})
		t.Run(transport+"/a guest calls in", func(t *testing.T) {
			s := serve(t, setting{users: everybody(), more: "guests: true\n"})
			k := startKamailio(t, s)
			dave := k.phone(t, s, account{user: "dave", transport: transport, tone: bobTone})
			alice := s.phone(t, account{user: "alice", transport: transport, tone: aliceTone})
			for _, hangsUp := range []string{"caller", "callee"} {
				dial(t, dave, alice, "sip:alice@"+domain)
				if invite := alice.newest(false, "INVITE "); strings.Contains(invite.text, "P-Asserted-Identity") {
					t.Errorf("nobody vouches for a guest:\n%s", invite.text)
				}
				first, other := dave, alice
				if hangsUp == "callee" {
					first, other = alice, dave
				}
				hold(t, first, other)
				hangUp(t, first, other)
			}
		})
	}
	t.Run("no guests", func(t *testing.T) {
		s := serve(t, setting{users: everybody()})
		k := startKamailio(t, s)
		dave := k.phone(t, s, account{user: "dave", tone: bobTone})
		s.phone(t, account{user: "alice", tone: aliceTone})
		dave.do(t, "dial", "sip:alice@"+domain)
		closed := dave.expect(t, "a stranger is kept out", "CALL_CLOSED")
		if !strings.HasPrefix(closed.Param, "403") && !strings.HasPrefix(closed.Param, "407") && !strings.HasPrefix(closed.Param, "Authentication") {
			t.Errorf("a stranger is asked for credentials, or refused: %q", closed.Param)
		}
	})
}

// phone starts a baresip of a user of Kamailio's own domain.
func (k *kamailio) phone(t testing.TB, beside *server, a account) *phone {
	t.Helper()
	a.domain, a.outbound, a.password = k.address.String(), k.address, "unused"
	return beside.phone(t, a)
}
