package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/phone"
	"hookflash/sdp"
	"hookflash/transport"
)

// demoServer is where the demo domain is served.
func demoServer() netip.AddrPort { return config.Demo().Listen.SIP[0].Address }

// settings makes a phone's settings, but for what must be read or looked up.
func (o *phoneOptions) settings() (phone.Settings, error) {
	s := phone.Settings{Codecs: phone.Codecs(), AutoAnswer: o.autoAnswer, DoNotDisturb: o.doNotDisturb, Intercom: o.intercom, Display: o.name}
	user, domain, whole := strings.Cut(strings.TrimPrefix(o.as, "sip:"), "@")
	if !whole {
		domain = config.Demo().Domain
	}
	s.User, s.Domain = user, domain
	if user == "" {
		return s, errors.New("who are you? write --as NAME, or --as NAME@DOMAIN")
	}
	if o.server == "" && domain != config.Demo().Domain {
		return s, fmt.Errorf("where is %s served? write --server HOST:PORT", domain)
	}
	if s.Display == "" {
		s.Display = strings.ToUpper(user[:1]) + user[1:]
	}
	transports := map[string]machine.Transport{"udp": machine.UDP, "tcp": machine.TCP, "tls": machine.TLS}
	policies := map[string]sdp.Policy{"no": sdp.None, "none": sdp.None, "optional": sdp.Optional, "required": sdp.Required}
	var known bool
	if s.Transport, known = transports[strings.ToLower(o.transport)]; !known {
		return s, fmt.Errorf("--transport %s: write udp, tcp or tls", o.transport)
	}
	if s.Secure, known = policies[strings.ToLower(o.secure)]; !known {
		return s, fmt.Errorf("--secure %s: write no, optional or required", o.secure)
	}
	s.Accept, s.Pickup = listed(o.accept), listed(o.pickup)
	if o.mailbox != "" {
		var err error
		if s.Mailbox, err = phone.Target(o.mailbox, domain); err != nil {
			return s, fmt.Errorf("--mailbox %s: write your name, or NAME@DOMAIN", o.mailbox)
		}
	}
	var err error
	if s.Music, err = o.source(domain); err != nil {
		return s, err
	}
	if o.local != "" {
		var err error
		if s.Local, err = localAddress(o.local); err != nil {
			return s, fmt.Errorf("--local %s: write an address of this machine, such as 127.0.0.1 or 127.0.0.1:5070", o.local)
		}
	}
	return s, nil
}

// source is the music that those hear whom the phone holds: what is named, else that of the demo domain's server.
func (o *phoneOptions) source(domain string) (uri string, err error) {
	music := o.music
	if music == "" && o.server == "" && domain == config.Demo().Domain {
		music = "music"
	}
	if music == "" || music == "none" {
		return "", nil
	}
	if uri, err = phone.Target(music, domain); err != nil {
		return "", fmt.Errorf("--music %s: write music, the URI of another music source, or none", o.music)
	}
	return uri, nil
}

// listed are the parts of a list with commas.
func listed(list string) (parts []string) {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func localAddress(text string) (netip.AddrPort, error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both, nil
	}
	address, err := netip.ParseAddr(text)
	return netip.AddrPortFrom(address, 0), err
}

// complete reads and looks up what settings leaves out.
func (o *phoneOptions) complete(ctx context.Context) (phone.Settings, error) {
	s, err := o.settings()
	if err != nil {
		return s, err
	}
	if s.Server, s.ServerName, err = phoneServer(ctx, o.server, s); err != nil {
		return s, err
	}
	if s.Password, err = o.secret(s); err != nil {
		return s, err
	}
	if s.Transport == machine.TLS {
		s.TLS, err = clientTLS(o.authority)
	}
	return s, err
}

// phoneServer looks the server up. Over TLS it must prove to be the domain (RFC 5922 §7.3).
func phoneServer(ctx context.Context, text string, s phone.Settings) (netip.AddrPort, string, error) {
	if text == "" {
		return demoServer(), "", nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, "5060"
		if s.Transport == machine.TLS {
			port = "5061"
		}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return netip.AddrPort{}, "", fmt.Errorf("--server %s: the port is a number from 1 to 65535, as in 192.0.2.1:5060", text)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return netip.AddrPort{}, "", fmt.Errorf("--server %s: %w\nCheck the name, or write the server's address", text, err)
	}
	return netip.AddrPortFrom(addresses[0].Unmap(), uint16(number)), "", nil
}

// secret finds the password. Those of the demo are public, and good for the demo alone.
func (o *phoneOptions) secret(s phone.Settings) (string, error) {
	switch {
	case o.password != "" && o.passwordFile != "":
		return "", errors.New("--password or --password-file, not both")
	case o.password != "":
		return o.password, nil
	case o.passwordFile != "":
		text, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return "", unreadable(o.passwordFile, err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimSuffix(first, "\r"), nil
	case os.Getenv("HOOKFLASH_PASSWORD") != "":
		return os.Getenv("HOOKFLASH_PASSWORD"), nil
	}
	if s.Domain == config.Demo().Domain && s.Server.Addr().IsLoopback() {
		for _, user := range config.DemoUsers() {
			if user.Name == s.User {
				return user.Password, nil
			}
		}
	}
	return "", nil // a server may trust this machine
}

func clientTLS(file string) (*tls.Config, error) {
	if file == "" {
		return transport.ClientTLS(nil, nil, tls.VersionTLS12), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--authority %s: there is no certificate in it; it wants PEM, beginning with -----BEGIN CERTIFICATE-----", file)
	}
	return transport.ClientTLS(pool, nil, tls.VersionTLS12), nil
}
