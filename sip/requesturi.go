package sip

import "strings"

// RequestURI is a URI as it may stand in a Request-URI or Route: a sip or sips URI without
// header fields and the method parameter (RFC 3261 §19.1.1 table 1, §16.6 step 2). Any other
// text stays as it is.
func RequestURI(text string) string {
	if strings.IndexByte(text, '?') < 0 && !mentionsMethod(text) {
		return text
	}
	uri, err := ParseURI(text)
	if err != nil || !uri.IsSIP() {
		return text
	}
	if uri.Headers != "" {
		text, uri.Headers = text[:len(text)-len(uri.Headers)-1], ""
	}
	if uri.Params.Has("method") {
		uri.Params = uri.Params.Without("method")
		return uri.String()
	}
	return text
}

// mentionsMethod finds ";method" in any case; what it finds may still be another thing.
func mentionsMethod(text string) bool {
	const name = ";method"
	for from := 0; ; from++ {
		i := strings.IndexByte(text[from:], ';')
		if i < 0 {
			return false
		}
		if from += i; len(text)-from >= len(name) && equalFold(text[from:from+len(name)], name) {
			return true
		}
	}
}
