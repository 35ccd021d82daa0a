package transport

import (
	"crypto/tls"
	"crypto/x509"

	"hookflash/machine"
)

// Security is what connections over TLS and WebSocket go by. It never changes once
// Streams have it.
type Security struct {
	Server  *tls.Config // of connections accepted over TLS, from ServerTLS; nil: they are closed
	Web     *tls.Config // the same over WSS
	Client  *tls.Config // of dialled connections, from ClientTLS; nil: none is dialled over TLS
	Origins Origins
}

// Secure changes what new connections go by. Those that are open stay.
func (s *Streams) Secure(security Security) { s.security.Store(&security) }

// ciphers are those of TLS 1.2 that encrypt and authenticate in one (AEAD) with an
// ephemeral key; TLS 1.3 has no others (RFC 8446 §4.1.1).
var ciphers = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// ServerTLS is how connections are accepted: with this certificate, at least this version
// (tls.VersionTLS12 or tls.VersionTLS13), and where clients is not nil only from who shows
// a certificate that these authorities signed for clients.
func ServerTLS(certificate tls.Certificate, clients *x509.CertPool, minimum uint16) *tls.Config {
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: max(minimum, tls.VersionTLS12), CipherSuites: ciphers,
		DynamicRecordSizingDisabled: true, // a message leaves in one piece
	}
	if clients != nil {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, clients
		config.SessionTicketsDisabled = true // who is let in is decided each time
	}
	return config
}

// ClientTLS is how connections are dialled: to peers whose certificate these authorities
// signed, nil for those the system believes, and which names them (see Flow.Name). Where
// certificate is not nil it is shown to peers that ask for one.
func ClientTLS(authorities *x509.CertPool, certificate *tls.Certificate, minimum uint16) *tls.Config {
	config := &tls.Config{
		RootCAs: authorities, MinVersion: max(minimum, tls.VersionTLS12), CipherSuites: ciphers,
		ClientSessionCache: tls.NewLRUClientSessionCache(maxSessions), DynamicRecordSizingDisabled: true,
	}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	return config
}

// maxHandshakes is how many TLS handshakes compute at once: one core's worth.
const maxHandshakes = 1

// maxSessions is how many peers' sessions are kept for a shorter handshake.
const maxSessions = 64

// secured tells whether TLS is above the socket.
func secured(transport machine.Transport) bool {
	return transport == machine.TLS || transport == machine.WSS
}

// handshake puts TLS above the connection's socket. At most one runs at a time, but for
// the time it waits for its peer, so that a storm of them leaves the other cores alone.
func (c *connection) handshake(security *Security) (*tls.Conn, error) {
	var layer *tls.Conn
	switch config := c.tlsConfig(security); {
	case config == nil:
		return nil, ErrNoSecurity
	case c.accepted:
		layer = tls.Server((*wire)(c), config)
	default:
		layer = tls.Client((*wire)(c), config)
	}
	c.stage = handshaking
	c.streams.handshakes <- struct{}{}
	err := layer.Handshake()
	<-c.streams.handshakes
	c.stage = opening
	return layer, err
}

func (c *connection) tlsConfig(security *Security) *tls.Config {
	switch {
	case security == nil:
		return nil
	case c.accepted && c.flow.Transport == machine.WSS:
		return security.Web
	case c.accepted:
		return security.Server
	case security.Client == nil:
		return nil
	}
	config := security.Client.Clone() // shares the sessions
	config.ServerName = c.flow.Name
	if config.ServerName == "" {
		config.ServerName = c.flow.Remote.Addr().String()
	}
	config.InsecureSkipVerify = true // by crypto/tls, which goes by other rules than RFC 5922
	config.VerifyConnection = peerName{authorities: config.RootCAs, name: config.ServerName}.verify
	return config
}
