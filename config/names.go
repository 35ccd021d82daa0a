package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// maxName bounds a user's name and a label of a host name (RFC 1035 §2.3.4).
const (
	maxName   = 63
	maxDomain = 253
)

func (c *Config) checkDomain(found *findings) {
	domain := c.Domain
	const remedy = "write a host name such as example.com"
	switch {
	case domain == "":
		found.wrong("domain", "is missing: it is the part after @ in your users' addresses", remedy)
	case strings.HasPrefix(domain, "sip:") || strings.HasPrefix(domain, "sips:") || strings.Contains(domain, "@"):
		found.wrong("domain", quote(domain)+" is an address, not a host name", "write what stands after the @")
	case isAddress(domain):
	case strings.Contains(domain, ":"):
		found.wrong("domain", quote(domain)+" holds a colon", "leave ports to listen.sip")
	default:
		if what := hostFault(domain); what != "" {
			found.wrong("domain", quote(domain)+" is not a host name: "+what, remedy)
		}
	}
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// hostFault says why a text is no host name (RFC 1123 §2.1); empty when it is one.
func hostFault(host string) string {
	if len(host) > maxDomain {
		return fmt.Sprintf("it is longer than %d characters", maxDomain)
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		switch {
		case label == "":
			return "there is nothing before, after or between two dots"
		case len(label) > maxName:
			return fmt.Sprintf("a part is longer than %d characters", maxName)
		case label[0] == '-' || label[len(label)-1] == '-':
			return "a part begins or ends with a hyphen"
		}
		if at := strings.IndexFunc(label, func(c rune) bool { return !alphanumeric(c) && c != '-' }); at >= 0 {
			return "it " + contains(label[at:])
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "its last part is a number"
	}
	return ""
}

func alphanumeric(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// contains names the first character of rest.
func contains(rest string) string {
	for _, character := range rest {
		switch {
		case character == ' ':
			return "contains a space"
		case character == '_':
			return "contains an underscore"
		default:
			return "contains " + quote(string(character))
		}
	}
	return ""
}

func (c *Config) checkUsers(found *findings) {
	names := make(map[string]int, len(c.Users))
	for i, user := range c.Users {
		path := fmt.Sprintf("users[%d]", i)
		if what := nameFault(user.Name); what != "" {
			found.wrong(path+".name", what, "use letters, digits, . _ -")
		} else if first, taken := names[strings.ToLower(user.Name)]; taken {
			found.wrong(path+".name", fmt.Sprintf("%s is the same as users[%d], %s", quote(user.Name), first, quote(c.Users[first].Name)),
				"give each user a name of its own; case alone does not count")
		} else {
			names[strings.ToLower(user.Name)] = i
		}
		checkAlgorithms(found, path+".digest", user.Digest)
		c.checkAssistants(found, path+".assistants", user)
		if len(user.HA1) == 0 && user.Name != "" {
			found.wrong(path+".password", "is missing", "add password: and something long and random")
		}
	}
}

// checkAssistants: an assistant is a user, and not oneself.
func (c *Config) checkAssistants(found *findings, path string, of User) {
	for i, name := range of.Assistants {
		known := slices.ContainsFunc(c.Users, func(user User) bool { return strings.EqualFold(user.Name, name) })
		switch {
		case !known:
			found.wrong(fmt.Sprintf("%s[%d]", path, i), quote(name)+" is no user", "name one of users")
		case strings.EqualFold(name, of.Name):
			found.wrong(fmt.Sprintf("%s[%d]", path, i), quote(name)+" is the user itself", "remove it: everybody may do that with their own calls")
		}
	}
}

// nameFault says why a text can't name a user; empty when it can.
func nameFault(name string) string {
	if name == "" {
		return "is missing"
	}
	if len(name) > maxName {
		return fmt.Sprintf("%s is longer than %d characters", quote(name), maxName)
	}
	at := strings.IndexFunc(name, func(c rune) bool { return !alphanumeric(c) && !strings.ContainsRune("._-+", c) })
	if at >= 0 {
		return quote(name) + " " + contains(name[at:])
	}
	return ""
}
