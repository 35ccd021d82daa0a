//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"hookflash/internal/testca"
)

// secured is a server that also listens over TLS and secure WebSocket.
type secured struct {
	*server
	tls, wss  netip.AddrPort
	roots     string // file of its authority
	authority *testca.Authority
}

// serveSecured starts one. inTLS is further keys of tls, more further keys.
func serveSecured(t testing.TB, inTLS string, more ...string) *secured {
	t.Helper()
	address := freeAddress(t)
	s := &secured{tls: freePort(t, address.Addr()), wss: freePort(t, address.Addr()), authority: testca.New(t)}
	folder := t.TempDir()
	s.roots = s.authority.Write(t, folder, "roots")
	certificate, key := s.authority.Issue(t, testca.Wish{Names: []string{domain, address.Addr().String()}}).Write(t, folder, "server")
	s.server = serveAt(t, address, setting{
		users: everybody(), listen: []string{"tls:" + s.tls.String(), "wss:" + s.wss.String()},
		more: fmt.Sprintf("tls: {certificate: %s, key: %s%s}\n", certificate, key, inTLS) + strings.Join(more, ""),
	})
	return s
}

// over is an account for a transport.
func (s *secured) over(a account, transport string) account {
	a.transport = transport
	if transport == "tls" {
		a.outbound = s.tls
		a.config = "sip_cafile " + s.roots + "\n"
	}
	return a
}

// TestCallOverTLS: two baresips talk, one or both over TLS. (baresip 1.0 reads the authority and
// believes any server all the same; that ours is verified is for TestBrowser to show.)
func TestCallOverTLS(t *testing.T) {
	for _, crossing := range []struct{ caller, callee string }{{"tls", "tls"}, {"tls", "udp"}, {"udp", "tls"}, {"tcp", "tls"}} {
		t.Run(crossing.caller+"-"+crossing.callee, func(t *testing.T) {
			s := serveSecured(t, "")
			bob := s.phone(t, s.over(account{user: "bob", tone: bobTone}, crossing.callee))
			alice := s.phone(t, s.over(account{user: "alice", tone: aliceTone}, crossing.caller))
			talk(t, alice, bob)
			wantIdentity(t, bob, "alice")
			invite := bob.newest(false, "INVITE ")
			if via := "Via: SIP/2.0/" + strings.ToUpper(crossing.callee) + " "; !strings.Contains(invite.text, via) {
				t.Errorf("the transport is in Via: %q is missing in\n%s", via, invite.text)
			}
			hold(t, bob, alice)
			hangUp(t, bob, alice)
		})
	}
}

// TestTLSVersions: with 1.2 allowed, or with nothing but 1.3, baresip gets in.
func TestTLSVersions(t *testing.T) {
	for _, minimum := range []string{"1.2", "1.3"} {
		s := serveSecured(t, `, minimum: "`+minimum+`"`)
		s.phone(t, s.over(account{user: "bob", tone: bobTone}, "tls"))
	}
}

// TestClientCertificate: with tls.client-ca a phone needs a certificate.
func TestClientCertificate(t *testing.T) {
	clients, folder := testca.New(t), t.TempDir()
	s := serveSecured(t, ", client-ca: "+clients.Write(t, folder, "clients"))
	issued := clients.Issue(t, testca.Wish{Names: []string{"bob." + domain}})
	issued.CertificatePEM = append(issued.CertificatePEM, issued.KeyPEM...) // baresip reads both from one file
	file, _ := issued.Write(t, folder, "bob")
	a := s.over(account{user: "bob", tone: bobTone}, "tls")
	a.config += "sip_certificate " + file + "\n"
	s.phone(t, a)
	stranger := s.startPhone(t, s.over(account{user: "alice", tone: aliceTone}, "tls"))
	eventually(t, "who shows none is refused", func() bool { return s.metric(t, "hookflash_streams_handshakes_failed_total") > 0 })
	if strings.Contains(stranger.text(), isRegistered) {
		t.Error("nobody registers without a certificate")
	}
}

// TestCertificateReload: SIGHUP takes a new certificate while a call is up over TLS. The call and the
// registrations go on, and who connects now is shown the new one.
func TestCertificateReload(t *testing.T) {
	s := serveSecured(t, "")
	bob := s.phone(t, s.over(account{user: "bob", tone: bobTone}, "tls"))
	alice := s.phone(t, s.over(account{user: "alice", tone: aliceTone}, "tls"))
	talk(t, alice, bob)
	before := s.metric(t, "hookflash_streams_open")
	other := testca.New(t)
	folder := t.TempDir()
	certificate, key := other.Issue(t, testca.Wish{Names: []string{s.tls.Addr().String()}}).Write(t, folder, "other")
	s.setting.more = fmt.Sprintf("tls: {certificate: %s, key: %s}\n", certificate, key)
	s.configure(t)
	s.reload(t)
	s.logged(t, "the certificate is read again", "reloaded")
	hold(t, alice, bob)
	hangUp(t, alice, bob)
	talk(t, alice, bob)
	if after := s.metric(t, "hookflash_streams_open"); after != before {
		t.Errorf("connections stay: %v before, %v after", before, after)
	}
	s.roots = other.Write(t, folder, "roots")
	s.phone(t, s.over(account{user: "carol", tone: aliceTone}, "tls"))
	hangUp(t, bob, alice)
}
