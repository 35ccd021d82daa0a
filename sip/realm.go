package sip

import "strings"

// MentionsRealm tells whether the value of an Authorization or Proxy-Authorization field
// names a realm, compared without case so that no spelling slips through.
func MentionsRealm(credentials, realm string) bool {
	credentials = trim(credentials)
	scheme := span(classToken, credentials, 0)
	for rest, more := credentials[scheme:], true; more; {
		var item string
		item, rest, more, _ = cut(rest, ',')
		name, value, _ := strings.Cut(item, "=")
		if equalFold(trim(name), "realm") && equalFold(Unquote(trim(value)), realm) {
			return true
		}
	}
	return false
}
