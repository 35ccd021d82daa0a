package server

import (
	"crypto/tls"
	"fmt"

	"hookflash/config"
	"hookflash/transport"
)

// securityOf reads the certificates that a configuration names.
func securityOf(c *config.Config) (*transport.Security, error) {
	loaded, err := c.TLS.Load()
	if err != nil {
		return nil, fmt.Errorf("reading the certificates: %w", err)
	}
	security := &transport.Security{Origins: transport.Origins{Listed: c.Origins, Hosts: []string{c.Domain}}}
	var own *tls.Certificate
	if len(loaded.Own.Certificate) > 0 {
		own = &loaded.Own
		security.Server = transport.ServerTLS(loaded.Own, loaded.ClientCA, c.TLS.Minimum)
		security.Web = transport.ServerTLS(loaded.Own, nil, c.TLS.Minimum) // browsers have no certificates
	}
	security.Client = transport.ClientTLS(loaded.ServerCA, own, c.TLS.Minimum)
	return security, nil
}
