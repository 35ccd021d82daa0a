package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/digest"
	"hookflash/machine"
)

// The widest networks that may be trusted, in bits.
const (
	widestIPv4 = 8
	widestIPv6 = 16
)

// findings gathers what validation says.
type findings struct{ problems []Problem }

func (f *findings) wrong(path, what, remedy string) {
	f.problems = append(f.problems, Problem{Path: path, What: what, Remedy: remedy})
}

func (f *findings) warn(path, what, remedy string) {
	f.problems = append(f.problems, Problem{Path: path, What: what, Remedy: remedy, Warning: true})
}

// Validate says everything that is wrong with a configuration, whoever made it; nil when
// nothing is. Places are not filled in: Parse does that. Problems with Warning set don't
// keep it from being served.
func (c *Config) Validate() []Problem {
	var found findings
	c.checkDomain(&found)
	c.checkListeners(&found)
	c.checkHTTP(&found)
	c.checkTLS(&found)
	c.checkOrigins(&found)
	c.checkClick(&found)
	if c.Data == "" {
		found.wrong("data", "is empty", "name a folder, such as ./data")
	}
	c.checkTrusted(&found)
	checkAlgorithms(&found, "digest", c.Digest)
	if len(c.Digest) == 0 {
		found.wrong("digest", "is an empty list, so nobody could sign in", "write [SHA-256, MD5]")
	}
	c.checkUsers(&found)
	c.checkMusic(&found)
	c.checkRouting(&found)
	c.checkMenus(&found)
	c.checkTrunks(&found)
	c.checkNumbers(&found)
	c.checkCodes(&found)
	c.checkInCall(&found)
	c.checkMedia(&found)
	c.checkVoicemail(&found)
	c.checkPark(&found)
	c.checkRooms(&found)
	c.checkRecording(&found)
	c.checkRedial(&found)
	c.checkTimes(&found)
	c.checkResolver(&found)
	if c.Limits.ContactsPerUser < 1 || c.Limits.ContactsPerUser > maxContacts {
		found.wrong("limits.contacts-per-user", fmt.Sprintf("%d is not from 1 to %d", c.Limits.ContactsPerUser, maxContacts),
			"choose how many phones one user may register")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		found.wrong("log.level", quote(c.Log.Level)+" is no level", "use debug, info, warn or error")
	}
	return found.problems
}

// maxContacts bounds the bindings of one user, each of which a call may fork to.
const maxContacts = 100

func (c *Config) checkListeners(found *findings) {
	if len(c.Listen.SIP) == 0 {
		found.wrong("listen.sip", "is missing, so no phone could reach the server", "write [udp:192.0.2.10:5060, tcp:192.0.2.10:5060] with your address")
	}
	for i, listener := range c.Listen.SIP {
		path := fmt.Sprintf("listen.sip[%d]", i)
		address := listener.Address.Addr()
		switch {
		case listener.Transport < machine.UDP || listener.Transport > machine.WSS || !listener.Address.IsValid():
			found.wrong(path, "is not a listener", "write udp:192.0.2.10:5060")
			continue
		case address.IsMulticast():
			found.wrong(path, quote(listener.String())+" is a multicast address", "use an address of this machine")
		case c.Demonstration && !address.IsLoopback():
			found.wrong(path, quote(listener.String())+" is reachable from outside, and everybody knows the demo's passwords",
				"write a configuration of your own")
		}
		for j, other := range c.Listen.SIP[:i] {
			if (listener.Transport == machine.UDP) == (other.Transport == machine.UDP) && overlap(listener.Address, other.Address) {
				found.wrong(path, fmt.Sprintf("%s takes the same port as listen.sip[%d], %s", listener, j, other), "keep one of the two")
				break
			}
		}
		if listener.Transport != machine.UDP && overlap(listener.Address, c.Listen.HTTP) {
			found.wrong(path, fmt.Sprintf("%s takes the same port as listen.http", listener), "give HTTP a port of its own")
		}
	}
}

// overlap tells whether two sockets can't be open at once: the same port on the same
// address, or on an address and on all of its family.
func overlap(a, b netip.AddrPort) bool {
	if !a.IsValid() || !b.IsValid() || a.Port() != b.Port() || a.Port() == 0 {
		return false
	}
	one, other := a.Addr(), b.Addr()
	return one == other || one.Is4() == other.Is4() && (one.IsUnspecified() || other.IsUnspecified())
}

func (c *Config) checkHTTP(found *findings) {
	address := c.Listen.HTTP
	switch {
	case !address.IsValid() || address.Addr().IsLoopback():
	case c.Demonstration:
		found.wrong("listen.http", address.String()+" is reachable from outside", "the demo serves loopback only")
	default:
		found.warn("listen.http", address.String()+" is reachable from outside, and metrics and health are not encrypted and ask for no password",
			"use 127.0.0.1, or let a firewall admit only who may read them")
	}
}

func (c *Config) checkTrusted(found *findings) { checkSenders(found, "trusted", c.Trusted) }

// checkSenders checks networks whose requests need no password.
func checkSenders(found *findings, list string, prefixes []netip.Prefix) {
	for i, prefix := range prefixes {
		path := fmt.Sprintf("%s[%d]", list, i)
		if !prefix.IsValid() {
			found.wrong(path, "is not a network", "write 192.0.2.0/28")
			continue
		}
		widest := widestIPv6
		if prefix.Addr().Is4() {
			widest = widestIPv4
		}
		switch {
		case prefix.Addr().Is4In6():
			found.wrong(path, prefix.String()+" is an IPv4 network in IPv6 dress, which would match nothing", "write it as IPv4")
		case prefix.Bits() < widest:
			found.wrong(path, fmt.Sprintf("%s trusts too much: %s would need no password", prefix, amount(prefix)),
				fmt.Sprintf("list the networks of your own gateways, none wider than /%d", widest))
		case prefix != prefix.Masked():
			found.wrong(path, fmt.Sprintf("%s has bits set after its length", prefix),
				fmt.Sprintf("write %s for the network or %s for the one address", prefix.Masked(), prefix.Addr()))
		}
	}
}

func amount(prefix netip.Prefix) string {
	if prefix.Bits() == 0 {
		return "the whole Internet"
	}
	return "many million addresses"
}

func checkAlgorithms(found *findings, path string, algorithms []digest.Algorithm) {
	for i, algorithm := range algorithms {
		place := fmt.Sprintf("%s[%d]", path, i)
		if !algorithm.Valid() {
			found.wrong(place, "is no digest algorithm", "use SHA-512-256, SHA-256 or MD5")
		} else if slices.Contains(algorithms[:i], algorithm) {
			found.wrong(place, algorithm.String()+" stands in the list twice", "keep the first")
		}
	}
}

// within reports a time out of its bounds.
func (f *findings) within(path string, value, from, to time.Duration) {
	if value < from || value > to {
		f.wrong(path, fmt.Sprintf("%s is not from %s to %s", brief(value), brief(from), brief(to)), "choose a value between")
	}
}

// between reports a number out of its bounds.
func (f *findings) between(path string, value, from, to int) {
	if value < from || value > to {
		f.wrong(path, fmt.Sprintf("%d is not from %d to %d", value, from, to), "choose a value between")
	}
}

const day = 24 * time.Hour

func (c *Config) checkTimes(found *findings) {
	within := found.within
	within("session.minimum", c.Session.Minimum, 90*time.Second, day) // RFC 4028 §5
	within("session.expires", c.Session.Expires, 90*time.Second, day)
	if c.Session.Expires < c.Session.Minimum {
		found.wrong("session.expires", fmt.Sprintf("%s is below session.minimum, %s", brief(c.Session.Expires), brief(c.Session.Minimum)), "raise it")
	}
	within("registration.minimum", c.Registration.Minimum, time.Second, time.Hour) // RFC 3261 §10.3: no 423 above an hour
	within("registration.maximum", c.Registration.Maximum, time.Second, 7*day)
	within("registration.default", c.Registration.Default, time.Second, 7*day)
	if c.Registration.Maximum < c.Registration.Minimum {
		found.wrong("registration.maximum", fmt.Sprintf("%s is below registration.minimum, %s", brief(c.Registration.Maximum), brief(c.Registration.Minimum)), "raise it")
	}
	if c.Registration.Default < c.Registration.Minimum || c.Registration.Default > c.Registration.Maximum {
		found.wrong("registration.default", fmt.Sprintf("%s is not between registration.minimum, %s, and registration.maximum, %s",
			brief(c.Registration.Default), brief(c.Registration.Minimum), brief(c.Registration.Maximum)), "choose a value between")
	}
	within("shutdown.drain", c.Shutdown.Drain, 0, day)
	within("timer-c", c.TimerC, time.Second, time.Hour)
	if c.TimerC < 3*time.Minute {
		found.warn("timer-c", brief(c.TimerC)+" ends calls that ring for less than three minutes (RFC 3261 section 16.6)", "use 3m or more")
	}
}

// brief is a duration without its zero parts: 30m, not 30m0s.
func brief(value time.Duration) string {
	text := value.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
