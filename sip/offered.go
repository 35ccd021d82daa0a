package sip

import "strings"

// Offered finds the call that a text offers to take over (RFC 5359 §2.6): its first word that is a sip or
// sips URI with a Replaces, less the brackets and punctuation round it. ok is false without one.
func Offered(text string) (uri string, id DialogID, ok bool) {
	for word := range strings.FieldsSeq(text) {
		if !strings.Contains(word, "?") {
			continue
		}
		word = strings.Trim(word, "<>\"'(),.!")
		parsed, err := ParseURI(word)
		if err != nil || !parsed.IsSIP() {
			continue
		}
		if id, there, err := parsed.Replaces(); there && err == nil {
			return word, id, true
		}
	}
	return "", DialogID{}, false
}
