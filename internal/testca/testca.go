// Package testca makes certificates for tests: an authority of their own and what it
// signs. Nothing is read from outside and nothing is kept.
//
// Limits: ECDSA on P-256 only; no revocation.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates. It may be used by several tests at once.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Wish is what a certificate is to say. The zero value is good for the host 127.0.0.1
// and for an hour.
type Wish struct {
	Names  []string // domain names, IP addresses and sip: URIs of the subjectAltName; 127.0.0.1 and ::1 if empty
	From   time.Time
	Until  time.Time
	Usages []x509.ExtKeyUsage // server and client if empty
	// Unknown are further key usages by their numbers, such as that of RFC 5924.
	Unknown []asn1.ObjectIdentifier
}

// Certificate is one with its key.
type Certificate struct {
	tls.Certificate
	CertificatePEM, KeyPEM []byte
}

// New makes an authority.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(encoded); err != nil {
		t.Fatal(err)
	}
	return a
}

// Pool is the authority as the only one to believe.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Issue makes and signs a certificate.
func (a *Authority) Issue(t testing.TB, wish Wish) Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	encoded, err := x509.CreateCertificate(rand.Reader, wish.template(t, serial), a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	made := Certificate{
		CertificatePEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded}),
		KeyPEM:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
	if made.Certificate, err = tls.X509KeyPair(made.CertificatePEM, made.KeyPEM); err != nil {
		t.Fatal(err)
	}
	return made
}

func (w Wish) template(t testing.TB, serial *big.Int) *x509.Certificate {
	t.Helper()
	if len(w.Names) == 0 {
		w.Names = []string{"127.0.0.1", "::1"}
	}
	if w.From.IsZero() {
		w.From = time.Now().Add(-time.Hour)
	}
	if w.Until.IsZero() {
		w.Until = time.Now().Add(time.Hour)
	}
	if len(w.Usages) == 0 && len(w.Unknown) == 0 {
		w.Usages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: w.Names[0]}, NotBefore: w.From, NotAfter: w.Until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: w.Usages, UnknownExtKeyUsage: w.Unknown,
	}
	for _, name := range w.Names {
		uri, err := url.Parse(name)
		switch address := net.ParseIP(name); {
		case address != nil:
			template.IPAddresses = append(template.IPAddresses, address)
		case err == nil && uri.Scheme != "":
			template.URIs = append(template.URIs, uri)
		default:
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return template
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Write puts the certificate and its key into files of a folder and names them.
func (c Certificate) Write(t testing.TB, folder, name string) (certificate, key string) {
	t.Helper()
	certificate, key = filepath.Join(folder, name+".pem"), filepath.Join(folder, name+"-key.pem")
	write(t, certificate, c.CertificatePEM)
	write(t, key, c.KeyPEM)
	return certificate, key
}

// Write puts the authority's certificate into a file of a folder and names it.
func (a *Authority) Write(t testing.TB, folder, name string) (path string) {
	t.Helper()
	path = filepath.Join(folder, name+".pem")
	write(t, path, a.PEM())
	return path
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
