package directory

import (
	"fmt"
	"strings"
)

// TargetKind says what a Target is.
type TargetKind uint8

// The kinds of target, with their text forms.
const (
	TargetNone         TargetKind = iota
	TargetPhones                  // "phones": the user's own
	TargetName                    // "carol": a user or group of the domain
	TargetURI                     // "sip:carol@elsewhere.test": an address of another domain
	TargetNumber                  // "+4930123456", "0301234": dialled under the user's permissions
	TargetVoicemail               // "voicemail": the user's own mailbox, "voicemail:carol": somebody's
	TargetMenu                    // "menu:main"
	TargetAnnouncement            // "announcement:closed"
)

// Target is where a call goes. It is comparable; its zero value is nowhere.
type Target struct {
	Kind  TargetKind
	Value string // name, URI or number; "" where the kind says it all
}

// IsZero tells that there is no target.
func (t Target) IsZero() bool { return t.Kind == TargetNone }

// String is the text form.
func (t Target) String() string {
	switch t.Kind {
	case TargetPhones:
		return "phones"
	case TargetVoicemail:
		if t.Value == "" {
			return "voicemail"
		}
		return "voicemail:" + t.Value
	case TargetMenu:
		return "menu:" + t.Value
	case TargetAnnouncement:
		return "announcement:" + t.Value
	case TargetNone, TargetName, TargetURI, TargetNumber:
	}
	return t.Value
}

// ParseTarget reads a text form. Whether the name exists is for Catalogue to say.
func ParseTarget(text string) (Target, error) {
	head, rest, divided := strings.Cut(text, ":")
	switch {
	case text == "" || len(text) > MaxText:
		return Target{}, fmt.Errorf("a target has 1 to %d characters: a name, a number, a SIP URI, voicemail, menu:NAME or announcement:NAME", MaxText)
	case strings.ContainsFunc(text, unprintable):
		return Target{}, fmt.Errorf("%q is no target: it holds a space or a control character", text)
	case text == "phones":
		return Target{Kind: TargetPhones}, nil
	case text == "voicemail":
		return Target{Kind: TargetVoicemail}, nil
	case divided && strings.EqualFold(head, "tel"):
		if number := Digits(rest); number != "" {
			return Target{TargetNumber, number}, nil
		}
		return Target{}, fmt.Errorf("%q is no target: behind tel: stands a number", text)
	case divided && (strings.EqualFold(head, "sip") || strings.EqualFold(head, "sips")):
		return parseTargetURI(text)
	case divided:
		return parseNamedTarget(text, head, rest)
	case strings.ContainsRune(text, '@'):
		return parseTargetURI("sip:" + text)
	}
	if number := Digits(text); number != "" {
		return Target{TargetNumber, number}, nil
	}
	if fault := nameFault(text); fault != "" {
		return Target{}, fmt.Errorf("%q is no target: write a name, a number, a SIP URI, voicemail, menu:NAME or announcement:NAME", text)
	}
	return Target{TargetName, text}, nil
}

// parseTargetURI reads a SIP URI. Header fields in it would be a way to make others' phones send
// anything.
func parseTargetURI(text string) (Target, error) {
	if _, _, ok := splitURI(text); !ok || len(text) > MaxText {
		return Target{}, fmt.Errorf("%q is no target: a SIP URI is written sip:name@domain", text)
	}
	if strings.ContainsRune(text, '?') {
		return Target{}, fmt.Errorf("%q is no target: a SIP URI stands without header fields here, so end it before the question mark", text)
	}
	return Target{TargetURI, text}, nil
}

// parseNamedTarget reads what stands behind a colon.
func parseNamedTarget(text, head, name string) (Target, error) {
	kinds := map[string]TargetKind{"voicemail": TargetVoicemail, "menu": TargetMenu, "announcement": TargetAnnouncement}
	kind, known := kinds[head]
	if !known {
		return Target{}, fmt.Errorf("%q is no target: before a colon stands sip, sips, tel, voicemail, menu or announcement", text)
	}
	if nameFault(name) != "" {
		return Target{}, fmt.Errorf("%q is no target: behind %s: stands a name, of letters, digits, . _ - +", text, head)
	}
	return Target{kind, name}, nil
}

// Digits is a number without the marks that people write between its digits, "" when the text
// is no number. A plus stays in front; * and # are digits of a telephone.
func Digits(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9' || c == '*' || c == '#' || c == '+' && b.Len() == 0:
			b.WriteRune(c)
		case c == '-' || c == '.' || c == '(' || c == ')' || c == ' ' || c == '/':
		default:
			return ""
		}
	}
	if number := b.String(); number != "+" {
		return number
	}
	return ""
}

func unprintable(c rune) bool { return c <= ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 }

// MarshalText implements encoding.TextMarshaler.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Target) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*t = Target{}
		return nil
	}
	*t, err = ParseTarget(string(text))
	return err
}
