package recall

import (
	"strconv"

	"hookflash/directory"
	"hookflash/sip"
)

// addressOf is an address of record as it can be compared.
func addressOf(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return ""
	}
	return "sip:" + uri.AddressOfRecord()
}

func sameAddress(one, other string) bool { return addressOf(one) == addressOf(other) }

// modeOf is the mode of call completion that a URI says (RFC 6910 §7.1), "" for none.
func modeOf(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return ""
	}
	mode, _ := uri.Params.Get("m")
	if !sip.IsToken(mode) || len(mode) > 8 {
		return ""
	}
	return string([]byte(mode))
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// blocked tells whether a callee's phone would not even ring (RFC 6910 §11).
func (s *Service) blocked(callee, caller, uri string) bool {
	u := s.Users.User(callee)
	if u == nil || u.Routing == nil {
		return false
	}
	subject := directory.Subject{Name: caller, Address: addressOf(uri)[len("sip:"):]}
	if c := s.Users.User(caller); c != nil && c.Routing != nil && len(c.Routing.Numbers) > 0 {
		subject.Number = c.Routing.Numbers[0]
	}
	for _, pattern := range u.Routing.Block {
		if pattern.Fits(subject) {
			return true
		}
	}
	return false
}
