package sip

import "strings"

// Info is one value of Call-Info, Alert-Info or Error-Info (RFC 3261 §20.4, §20.9, §20.18). The
// URI comes from a stranger: it is never to be fetched for being there.
type Info struct {
	URI    string // as written between the brackets, of any scheme
	Params Params // from the first ";"
}

// ParseInfo parses one value of Call-Info, Alert-Info or Error-Info.
func ParseInfo(s string) (Info, error) {
	s = trim(s)
	end := strings.IndexByte(s, '>')
	if s == "" || s[0] != '<' || end < 0 {
		return Info{}, ErrValue
	}
	uri := s[1:end]
	if colon := span(classScheme, uri, 0); colon == 0 || colon == len(uri) || uri[colon] != ':' || len(uri) > MaxURILength || !is(classURI, uri) {
		return Info{}, ErrValue
	}
	params, err := paramsFrom(s, end+1)
	return Info{URI: uri, Params: params}, err
}

// Purpose is the purpose of a Call-Info in lower case, "" without one.
func (i Info) Purpose() string {
	purpose, _ := i.Params.Get("purpose")
	return Lower(purpose)
}

// Append prints the value.
func (i Info) Append(b []byte) []byte {
	return append(AppendRoute(b, i.URI), i.Params...)
}
