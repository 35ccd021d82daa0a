package sip

// Privacy is what a Privacy header field asks for (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044
// §5.1), one bit each.
type Privacy uint8

// The kinds of privacy. A value that is none of them sets PrivacyOther.
const (
	PrivacyHeader   Privacy = 1 << iota // hide Via, Contact and the like
	PrivacySession                      // hide the media addresses
	PrivacyUser                         // hide what names the user
	PrivacyNone                         // hide nothing, whatever is configured
	PrivacyCritical                     // refuse the request when it can't be had
	PrivacyID                           // keep P-Asserted-Identity among the trusted
	PrivacyHistory                      // keep History-Info among the trusted
	PrivacyOther
)

var privacyNames = [...]struct {
	name string
	kind Privacy
}{
	{"header", PrivacyHeader},
	{"session", PrivacySession},
	{"user", PrivacyUser},
	{"none", PrivacyNone},
	{"critical", PrivacyCritical},
	{"id", PrivacyID},
	{"history", PrivacyHistory},
}

// ParsePrivacy parses the value of a Privacy header field: values with semicolons, or
// commas, between them.
func ParsePrivacy(s string) (Privacy, error) {
	var privacy Privacy
	for i := 0; ; i++ {
		i = skip(classSpace, s, i)
		end := span(classToken, s, i)
		if end == i {
			return 0, ErrValue
		}
		kind := PrivacyOther
		for _, known := range privacyNames {
			if equalFold(s[i:end], known.name) {
				kind = known.kind
			}
		}
		privacy |= kind
		if i = skip(classSpace, s, end); i == len(s) {
			break
		}
		if s[i] != ';' && s[i] != ',' {
			return 0, ErrValue
		}
	}
	// RFC 3323 §4.2: none stands alone.
	if privacy&PrivacyNone != 0 && privacy != PrivacyNone {
		return 0, ErrValue
	}
	return privacy, nil
}

// Append prints the value; PrivacyOther has no name to print.
func (p Privacy) Append(b []byte) []byte {
	start := len(b)
	for _, known := range privacyNames {
		if p&known.kind == 0 {
			continue
		}
		if len(b) > start {
			b = append(b, ';')
		}
		b = append(b, known.name...)
	}
	return b
}
