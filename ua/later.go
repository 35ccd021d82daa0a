package ua

import (
	"strings"

	"hookflash/dialog"
	"hookflash/sip"
)

// Later is where a refusal says that the callee can be waited for.
type Later struct {
	Contact string // of the phone that refused, "" without one
	// Monitor is the URI with purpose=call-completion in Call-Info (RFC 6910 §6.1), "" without one, and Mode its parameter
	// m: BS, NR or NL.
	Monitor, Mode string
}

// laterOf reads a final response.
func laterOf(m *sip.Message) (l Later) {
	if m.StatusCode() < 400 {
		return l
	}
	l.Contact = dialog.ContactOf(m)
	for value := range m.Values(sip.HeaderCallInfo) {
		info, err := sip.ParseInfo(value)
		if err != nil {
			continue
		}
		purpose, _ := info.Params.Get("purpose")
		uri, err := sip.ParseURI(info.URI)
		if err != nil || !uri.IsSIP() || sip.Lower(purpose) != "call-completion" {
			continue
		}
		mode, _ := info.Params.Get("m")
		l.Monitor, l.Mode = strings.Clone(info.URI), strings.Clone(mode)
		return l
	}
	return l
}
