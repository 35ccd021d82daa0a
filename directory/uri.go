package directory

import "strings"

// splitURI takes a SIP URI apart into user, without escapes and parameters, and host, without
// port (RFC 3261 §19.1.1). ok is false for what cannot be one.
func splitURI(text string) (user, host string, ok bool) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") || !uriCharacters(rest) {
		return "", "", false
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, rest = rest[:at], rest[at+1:]
		if user == "" || strings.ContainsRune(user, '@') {
			return "", "", false
		}
		user, _, _ = strings.Cut(user, ":")
		user, _, _ = strings.Cut(user, ";")
		user = unescape(user)
	}
	if end := strings.IndexAny(rest, ";?"); end >= 0 {
		rest = rest[:end]
	}
	host = rest
	if end := strings.IndexByte(rest, ']'); strings.HasPrefix(rest, "[") && end > 1 {
		return user, rest[:end+1], end+1 == len(rest) || rest[end+1] == ':' && port(rest[end+2:])
	}
	if name, digits, found := strings.Cut(rest, ":"); found {
		host = name
		ok = port(digits)
	}
	host = strings.TrimSuffix(host, ".")
	return user, host, ok && host != "" && hostCharacters(host)
}

// uriCharacters tells whether a text holds only what may stand in a SIP URI (RFC 3261 §25.1).
func uriCharacters(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '%':
			if i+2 >= len(text) || hexValue(text[i+1]) < 0 || hexValue(text[i+2]) < 0 {
				return false
			}
			i += 2
		case letterOrDigit(c) || strings.IndexByte("-_.!~*'()&=+$,;?/:@[]", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func hostCharacters(host string) bool {
	for i := range len(host) {
		if c := host[i]; !letterOrDigit(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func port(digits string) bool {
	if digits == "" || len(digits) > 5 {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// unescape reads %41 as A. The escapes were checked.
func unescape(text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' {
			b = append(b, byte(hexValue(text[i+1])<<4|hexValue(text[i+2])))
			i += 2
			continue
		}
		b = append(b, text[i])
	}
	return string(b)
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
