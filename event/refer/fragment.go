package refer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hookflash/sip"
)

// Names of the package. RFC 3515 §2.4.5: each NOTIFY has a body of this type.
const (
	Package     = "refer"
	ContentType = "message/sipfrag;version=2.0"
)

// Limits.
const (
	MaxOctets = 16 << 10
	MaxFields = 64 // more are not looked at
)

// Errors of Parse.
var (
	ErrLimit    = errors.New("refer: fragment beyond the limits")
	ErrFragment = errors.New("refer: fragment without a status line")
)

// Fragment is what a NOTIFY tells of the request that a REFER caused: its status line, and,
// to a referrer who may know, the header fields of the response that name the dialog.
type Fragment struct {
	Code   int    // 100 to 699
	Reason string // phrase as written
	// Values as they stand in the response; "" where the fragment has none.
	From, To, CallID, Contact string
}

// Trying is what the first NOTIFY says before anything came back (RFC 3515 §2.4.5).
var Trying = Fragment{Code: 100, Reason: "Trying"}

// Status is a fragment of a status line alone, with the usual reason phrase.
func Status(code int) Fragment { return Fragment{Code: code, Reason: sip.Reason(code)} }

// Of is the fragment for a response that came. Identifiers adds From, To, Call-ID and
// Contact, with which a dialog can be taken over: only for a referrer who was
// authenticated (RFC 3515 §5.3).
func Of(response *sip.Message, identifiers bool) Fragment {
	fragment := Fragment{Code: response.StatusCode(), Reason: response.Reason()}
	if identifiers {
		fragment.From, fragment.To = response.From(), response.To()
		fragment.CallID, fragment.Contact = response.CallID(), response.TopValue(sip.HeaderContact)
	}
	return fragment
}

// Final tells whether the request is over: the NOTIFY with it ends the subscription.
func (f Fragment) Final() bool { return f.Code >= 200 }

// Success tells whether the referred request was accepted.
func (f Fragment) Success() bool { return f.Code/100 == 2 }

// Replaces names the dialog of a fragment with identifiers, as its callee knows it: for an
// INVITE that takes it over from there (RFC 3891 §3). ok is false without identifiers.
func (f Fragment) Replaces() (id sip.DialogID, ok bool) {
	from, err := sip.ParseAddress(f.From)
	if err != nil {
		return id, false
	}
	to, err := sip.ParseAddress(f.To)
	if err != nil {
		return id, false
	}
	id = sip.DialogID{CallID: f.CallID, LocalTag: to.Tag(), RemoteTag: from.Tag()}
	return id, f.CallID != "" && id.LocalTag != "" && id.RemoteTag != ""
}

// Append prints the fragment. A value ends at its first CR, LF or NUL.
func (f Fragment) Append(b []byte) []byte {
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(f.Code), 10)
	b = append(append(b, ' '), oneLine(f.Reason)...)
	b = append(b, "\r\n"...)
	b = appendField(b, "From", f.From)
	b = appendField(b, "To", f.To)
	b = appendField(b, "Call-ID", f.CallID)
	return appendField(b, "Contact", f.Contact)
}

func appendField(b []byte, name, value string) []byte {
	if value = oneLine(value); value == "" {
		return b
	}
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}

func oneLine(value string) string {
	if end := strings.IndexAny(value, "\r\n\x00"); end >= 0 {
		return value[:end]
	}
	return value
}

// Parse reads a fragment: its first line must be a status line; where CRLF is missing or
// bare it reads what is there. The header fields end at the first empty line or the first
// one that is none. Each string is a piece of the body.
func Parse(body string) (Fragment, error) {
	if len(body) > MaxOctets {
		return Fragment{}, fmt.Errorf("%w: %d octets", ErrLimit, len(body))
	}
	line, rest := cutLine(strings.TrimLeft(body, "\r\n"))
	fragment, ok := parseStatus(line)
	if !ok {
		return Fragment{}, fmt.Errorf("%w: %q", ErrFragment, clip(line))
	}
	for range MaxFields {
		line, rest = cutLine(rest)
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			break
		}
		fragment.set(sip.HeaderByName(strings.TrimRight(name, " \t")), strings.Trim(value, " \t"))
	}
	return fragment, nil
}

func (f *Fragment) set(header sip.Header, value string) {
	var field *string
	switch header {
	case sip.HeaderFrom:
		field = &f.From
	case sip.HeaderTo:
		field = &f.To
	case sip.HeaderCallID:
		field = &f.CallID
	case sip.HeaderContact:
		field = &f.Contact
	default:
		return
	}
	if *field == "" { // the first one counts, whatever follows
		*field = value
	}
}

// parseStatus: RFC 3261 §7.2; the reason phrase, and the space before it, may be missing.
func parseStatus(line string) (Fragment, bool) {
	version, rest, _ := strings.Cut(line, " ")
	if !strings.EqualFold(version, "SIP/2.0") {
		return Fragment{}, false
	}
	code, reason, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if len(code) != 3 || code[0] < '1' || code[0] > '6' {
		return Fragment{}, false
	}
	number, err := strconv.ParseUint(code, 10, 16)
	if err != nil || !utf8.ValidString(reason) {
		return Fragment{}, false
	}
	return Fragment{Code: int(number), Reason: strings.TrimSpace(reason)}, true
}

func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

func clip(text string) string { return text[:min(len(text), 60)] }
