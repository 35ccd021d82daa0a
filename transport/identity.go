package transport

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// peerName is who a dialled peer must be: the domain of the URI that led there, before
// any look-up (RFC 5922 §7.3), or an IP address.
type peerName struct {
	authorities *x509.CertPool // nil: those of the system
	name        string
}

var errNoCertificate = errors.New("the peer showed no certificate")

// verify accepts a certificate that is signed, in time, meant for SIP or servers, and
// names the peer.
func (p peerName) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errNoCertificate
	}
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		between.AddCert(certificate)
	}
	options := x509.VerifyOptions{Roots: p.authorities, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := leaf.Verify(options); err != nil {
		return err
	}
	if !forServers(leaf) {
		return fmt.Errorf("the certificate of %s is not meant for servers", p.name)
	}
	if !p.among(leaf) {
		return fmt.Errorf("the certificate is not of %s", p.name)
	}
	return nil
}

// sipDomain is id-kp-sipDomain (RFC 5924 §4).
var sipDomain = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20}

func forServers(leaf *x509.Certificate) bool {
	if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) ||
		slices.ContainsFunc(leaf.UnknownExtKeyUsage, sipDomain.Equal)
}

// among: RFC 5922 §7.1 and §7.2: the hosts of sip URIs without a user, or without any such
// the DNS names; whole, without wildcards. An address is found among addresses only.
func (p peerName) among(leaf *x509.Certificate) bool {
	if address, err := netip.ParseAddr(p.name); err == nil {
		for _, listed := range leaf.IPAddresses {
			if found, ok := netip.AddrFromSlice(listed); ok && found.Unmap() == address.Unmap() {
				return true
			}
		}
		return false
	}
	var domains []string
	for _, uri := range leaf.URIs {
		// A sip URI without a user: scheme and host, no slashes, maybe port and parameters.
		if host, _, _ := strings.Cut(uri.Opaque, ";"); strings.EqualFold(uri.Scheme, "sip") && !strings.Contains(host, "@") {
			domain, _, _ := strings.Cut(host, ":")
			domains = append(domains, domain)
		}
	}
	if len(domains) == 0 {
		domains = leaf.DNSNames
	}
	name := strings.TrimSuffix(p.name, ".")
	return slices.ContainsFunc(domains, func(domain string) bool {
		return !strings.Contains(domain, "*") && strings.EqualFold(domain, name)
	})
}
