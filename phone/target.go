package phone

import (
	"fmt"
	"strings"

	"hookflash/sip"
)

// Target makes a URI of what somebody typed: a URI stays as it is, USER@HOST gets its scheme, and a
// bare name or number is a user of the domain.
func Target(text, domain string) (string, error) {
	uri := strings.TrimSuffix(strings.TrimPrefix(text, "<"), ">")
	switch lower := sip.Lower(uri); {
	case strings.HasPrefix(lower, "sip:"), strings.HasPrefix(lower, "sips:"):
	case strings.Contains(uri, "@"):
		uri = "sip:" + uri
	default:
		uri = "sip:" + sip.EscapeUser(uri) + "@" + domain
	}
	if parsed, err := sip.ParseURI(uri); err != nil || !parsed.IsSIP() {
		return "", fmt.Errorf("%w: nobody can be called %q; write a name, a number, NAME@DOMAIN or sip:NAME@DOMAIN", ErrUsage, text)
	}
	return uri, nil
}

// Number is what stands before the @ of a URI, as a person knows it.
func Number(uri string) string {
	parsed, err := sip.ParseURI(uri)
	if err != nil || parsed.User == "" {
		return uri
	}
	return sip.Unescape(parsed.User)
}
