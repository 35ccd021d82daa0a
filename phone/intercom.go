package phone

import (
	"strings"

	"hookflash/sip"
)

// answersItself tells whether an INVITE asks the phone to answer by itself (RFC 5373 §4, and Call-Info as phones have it). Nobody is
// believed in it but the server, which lets only those through whom the user lets.
func answersItself(invite *sip.Message) bool {
	if invite == nil {
		return false
	}
	if mode, ok := invite.HeaderNamed("Answer-Mode"); ok {
		mode, _, _ = strings.Cut(mode, ";")
		if strings.EqualFold(strings.TrimSpace(mode), "auto") {
			return true
		}
	}
	for value := range invite.Values(sip.HeaderCallInfo) {
		if info, err := sip.ParseInfo(value); err == nil {
			if after, ok := info.Params.Get("answer-after"); ok && after == "0" {
				return true
			}
		}
	}
	return false
}
