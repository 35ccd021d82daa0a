package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"hookflash/machine"
)

// TLS names the files that TLS needs, relative to the working directory. They are in PEM.
type TLS struct {
	Certificate, Key string // both or neither; the certificate's file may hold those between it and its authority
	ClientCA         string // authorities of clients, each of which must show a certificate then; empty: none is asked for
	CA               string // authorities of servers that we connect to; empty: those of the system
	Minimum          uint16 // tls.VersionTLS12 or tls.VersionTLS13
}

// Credentials are what the files of a TLS hold. Fields of files that are not named are zero.
type Credentials struct {
	Own                tls.Certificate
	ClientCA, ServerCA *x509.CertPool
}

const (
	maxPEM     = 1 << 20 // bytes of a file
	expireSoon = 14 * 24 * time.Hour
)

// Load reads the files.
func (t *TLS) Load() (*Credentials, error) {
	loaded, problems := t.load()
	for _, problem := range problems {
		if !problem.Warning {
			return nil, errors.New(problem.String())
		}
	}
	return loaded, nil
}

// load reads the files and says everything that is wrong with them.
func (t *TLS) load() (*Credentials, []Problem) {
	var found findings
	loaded := &Credentials{}
	if t.Certificate != "" && t.Key != "" {
		t.loadOwn(&found, loaded)
	}
	loaded.ClientCA = loadAuthorities(&found, "tls.client-ca", t.ClientCA)
	loaded.ServerCA = loadAuthorities(&found, "tls.ca", t.CA)
	return loaded, found.problems
}

func (t *TLS) loadOwn(found *findings, loaded *Credentials) {
	certificate := readPEM(found, "tls.certificate", t.Certificate)
	key := readPEM(found, "tls.key", t.Key)
	if certificate == nil || key == nil {
		return
	}
	leaf := firstCertificate(certificate)
	if leaf == nil {
		found.wrong("tls.certificate", quote(t.Certificate)+" holds no certificate", "name a PEM file with BEGIN CERTIFICATE in it")
		return
	}
	if block := blockOf(key, "PRIVATE KEY"); block == nil {
		remedy := "name a PEM file with BEGIN PRIVATE KEY in it"
		if blockOf(key, "ENCRYPTED PRIVATE KEY") != nil {
			remedy = "decrypt it, since nobody is there to type a passphrase: openssl pkey -in FILE -out NEW"
		}
		found.wrong("tls.key", quote(t.Key)+" holds no private key that can be read", remedy)
		return
	}
	own, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		found.wrong("tls.key", fmt.Sprintf("%s is not the key of the certificate in %s", quote(t.Key), quote(t.Certificate)),
			"name the key that the certificate was made for")
		return
	}
	loaded.Own = own
	checkDates(found, leaf, t.Certificate)
}

// checkDates: phones refuse a certificate that is not in time, but some don't look, and
// the server had better run than not.
func checkDates(found *findings, leaf *x509.Certificate, file string) {
	const remedy = "get a new one; SIGHUP loads it without ending calls"
	now := time.Now()
	until := leaf.NotAfter.UTC().Format(time.DateTime)
	switch {
	case now.After(leaf.NotAfter):
		found.warn("tls.certificate", fmt.Sprintf("%s ran out at %s UTC, so phones will refuse it", quote(file), until), remedy)
	case now.Before(leaf.NotBefore):
		found.warn("tls.certificate", fmt.Sprintf("%s is not valid before %s UTC", quote(file), leaf.NotBefore.UTC().Format(time.DateTime)),
			"check the clock, or wait")
	case leaf.NotAfter.Sub(now) < expireSoon && leaf.NotAfter.Sub(leaf.NotBefore) > 2*expireSoon:
		found.warn("tls.certificate", fmt.Sprintf("%s runs out at %s UTC", quote(file), until), remedy)
	}
}

// readPEM is the content of a file, nil when it can't be read, which is reported.
func readPEM(found *findings, path, name string) []byte {
	const remedy = "name a file in PEM; paths are relative to the working directory"
	status, err := os.Stat(name)
	if err == nil && (!status.Mode().IsRegular() || status.Size() > maxPEM) {
		found.wrong(path, quote(name)+" is not a file of at most 1 MiB", remedy)
		return nil
	}
	var content []byte
	if err == nil {
		content, err = readAtMost(name, maxPEM)
	}
	switch {
	case err == nil:
		return content
	case errors.Is(err, fs.ErrNotExist):
		found.wrong(path, quote(name)+" does not exist", remedy)
	case errors.Is(err, fs.ErrPermission):
		found.wrong(path, quote(name)+" may not be read by this user", "let it: chown or chmod")
	default:
		found.wrong(path, fmt.Sprintf("%s can't be read: %v", quote(name), errors.Unwrap(err)), remedy)
	}
	return nil
}

func readAtMost(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}

func loadAuthorities(found *findings, path, name string) *x509.CertPool {
	if name == "" {
		return nil
	}
	content := readPEM(found, path, name)
	pool := x509.NewCertPool()
	if content != nil && !pool.AppendCertsFromPEM(content) {
		found.wrong(path, quote(name)+" holds no certificate of an authority", "name a PEM file with BEGIN CERTIFICATE in it")
	}
	return pool
}

func firstCertificate(content []byte) *x509.Certificate {
	block := blockOf(content, "CERTIFICATE")
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return certificate
}

// blockOf finds the first block of a type; EC and RSA PRIVATE KEY are private keys, too.
func blockOf(content []byte, kind string) *pem.Block {
	for {
		block, rest := pem.Decode(content)
		switch {
		case block == nil:
			return nil
		case block.Type == kind, kind == "PRIVATE KEY" && (block.Type == "EC PRIVATE KEY" || block.Type == "RSA PRIVATE KEY"):
			return block
		}
		content = rest
	}
}

// secured tells whether a listener needs a certificate.
func secured(transport machine.Transport) bool {
	return transport == machine.TLS || transport == machine.WSS
}

func (c *Config) checkTLS(found *findings) {
	const remedy = "write tls: {certificate: FILE, key: FILE}"
	for i, listener := range c.Listen.SIP {
		if secured(listener.Transport) && c.TLS.Certificate == "" && c.TLS.Key == "" {
			found.wrong(fmt.Sprintf("listen.sip[%d]", i), listener.String()+" needs a certificate", remedy)
			break
		}
	}
	switch {
	case c.TLS.Certificate == "" && c.TLS.Key != "":
		found.wrong("tls", "names a key and no certificate", remedy)
	case c.TLS.Certificate != "" && c.TLS.Key == "":
		found.wrong("tls", "names a certificate and no key", remedy)
	}
	if c.TLS.Minimum != tls.VersionTLS12 && c.TLS.Minimum != tls.VersionTLS13 {
		found.wrong("tls.minimum", "is no version that may be used", `write "1.3", or "1.2" for phones that know no better`)
	}
	_, problems := c.TLS.load()
	found.problems = append(found.problems, problems...)
}
