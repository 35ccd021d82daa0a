package config

import (
	"fmt"
	"net/netip"
	"strings"

	"hookflash/directory"
	"hookflash/sip"
)

const (
	maxTrunks = 100
	maxHops   = 8 // of a trunk
	maxCalls  = 100_000
	maxDigits = 15 // of a number (ITU-T E.164)
)

func (r *reader) trunks(f field) {
	items := r.list(f, maxTrunks, "- {name: gateway, hops: [\"sip:gw.example.net\"]} for each trunk")
	for _, item := range items {
		var trunk Trunk
		keys := r.mapping(item, []string{
			"name", "hops", "prefixes", "sources", "username", "password", "realm", "register", "limit", "trusted",
			"emergency", "number", "strip", "prepend", "default",
		})
		r.setText(keys["name"], &trunk.Name)
		trunk.Hops = r.texts(keys["hops"], maxHops, `["sip:gw.example.net:5060"]`)
		trunk.Prefixes = forms[directory.Pattern](r, keys["prefixes"], directory.MaxPatterns, `["+49*"]`)
		trunk.Sources = r.networks(keys["sources"])
		r.setText(keys["username"], &trunk.Username)
		r.setText(keys["password"], &trunk.Password)
		r.setText(keys["realm"], &trunk.Realm)
		r.setBool(keys["register"], &trunk.Register)
		r.setInteger(keys["limit"], &trunk.Limit)
		r.setBool(keys["trusted"], &trunk.Trusted)
		r.setBool(keys["emergency"], &trunk.Emergency)
		r.setNumber(keys["number"], &trunk.Number)
		r.setInteger(keys["strip"], &trunk.Strip)
		r.setText(keys["prepend"], &trunk.Prepend)
		r.target(keys["default"], &trunk.Default)
		r.config.Trunks = append(r.config.Trunks, trunk)
	}
}

func (c *Config) checkTrunks(found *findings) {
	names := make([]string, len(c.Trunks))
	reached := len(c.Trunks) == 0 || len(c.Numbers.Emergency) == 0
	for i := range c.Trunks {
		trunk := &c.Trunks[i]
		names[i] = trunk.Name
		path := fmt.Sprintf("trunks[%d]", i)
		if len(trunk.Hops) == 0 {
			found.wrong(path+".hops", "is missing, so the trunk leads nowhere", "write the gateway's address, such as [\"sip:gw.example.net:5060\"]")
		}
		for j, hop := range trunk.Hops {
			c.checkHop(found, fmt.Sprintf("%s.hops[%d]", path, j), hop)
		}
		for j, prefix := range trunk.Prefixes {
			if !isNumberPattern(prefix) {
				found.wrong(fmt.Sprintf("%s.prefixes[%d]", path, j), quote(prefix.String())+" is no beginning of a number", `write "+49*", "+*" for all, or "_+49XX."`)
			}
		}
		checkSenders(found, path+".sources", trunk.Sources)
		trunk.checkCredentials(found, path)
		found.between(path+".limit", trunk.Limit, 0, maxCalls)
		found.between(path+".strip", trunk.Strip, 0, maxDigits+1)
		if len(trunk.Prepend) > maxDigits+1 || trunk.Prepend != "" && trunk.Prepend != "+" && directory.Digits(trunk.Prepend) != trunk.Prepend {
			found.wrong(path+".prepend", quote(trunk.Prepend)+" can't be put in front of a number", "write digits, such as 00")
		}
		reached = reached || trunk.Emergency
	}
	checkNames(found, "trunks", names)
	if !reached {
		found.warn("trunks", "none is for emergencies, so nobody answers "+strings.Join(c.Numbers.Emergency, ", "), "write emergency: true at each that reaches those who help")
	}
}

// checkHop: a gateway's URI, without anybody in it, and not our own.
func (c *Config) checkHop(found *findings, path, hop string) {
	uri, err := sip.ParseURI(hop)
	switch {
	case err != nil || !uri.IsSIP() || uri.Host == "":
		found.wrong(path, quote(hop)+" is no SIP URI", "write sip:gw.example.net, or with a port and transport sip:192.0.2.1:5060;transport=tcp")
	case strings.Contains(hop, "@"):
		found.wrong(path, quote(hop)+" names somebody at the gateway", "leave out what stands before the @: the number goes there")
	case uri.Headers != "":
		found.wrong(path, quote(hop)+" has header fields", "leave out the question mark and what follows")
	case c.isOwn(uri):
		found.wrong(path, quote(hop)+" is this server itself, so calls would turn in a circle", "name the gateway")
	}
}

// isOwn tells whether a URI leads to this domain, or to one of its sockets.
func (c *Config) isOwn(uri sip.URI) bool {
	if strings.EqualFold(uri.Host, c.Domain) && uri.Port == 0 {
		return true
	}
	address, ok := uri.Address()
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	for _, listener := range c.Listen.SIP {
		if ok && listener.Address == netip.AddrPortFrom(address, port) {
			return true
		}
	}
	return false
}

func (t *Trunk) checkCredentials(found *findings, path string) {
	switch {
	case t.Password != "" && t.Username == "":
		found.wrong(path+".username", "is missing beside a password", "write the name that the provider gave you")
	case t.Username != "" && t.Password == "":
		found.wrong(path+".password", "is missing beside a username", "write the password that the provider gave you")
	case t.Register && t.Username == "":
		found.wrong(path+".username", "is missing, and the trunk is to register", "write username and password, or remove register")
	case t.Realm != "" && t.Username == "":
		found.wrong(path+".realm", "says for whom the credentials are, and there are none", "write username and password, or remove it")
	}
}

// isNumberPattern tells whether a pattern is about numbers.
func isNumberPattern(pattern directory.Pattern) bool {
	text := pattern.String()
	if strings.HasPrefix(text, "_") || text == "+*" {
		return true
	}
	return directory.Digits(text) == text && text != "" && !strings.Contains(text, "#") && !strings.Contains(strings.TrimSuffix(text, "*"), "*")
}
