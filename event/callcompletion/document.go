package callcompletion

import (
	"errors"
	"fmt"
	"strings"

	"hookflash/sip"
)

// Names of the package.
const (
	Package     = "call-completion"
	ContentType = "application/call-completion"
)

// Limits.
const (
	MaxOctets = 8 << 10
	MaxLines  = 64
)

// Errors of Parse.
var (
	ErrLimit    = errors.New("callcompletion: body beyond the limits")
	ErrDocument = errors.New("callcompletion: not a call-completion document")
)

// State is where the request stands (RFC 6910 §10.1).
type State uint8

// The states. Unsaid is that of a document of a subscription that is over: any other has one of the others.
const (
	Unsaid State = iota
	Queued       // others are served first, or the callee is not free
	Ready        // selected: the call is to be made now
)

var states = [...]string{Unsaid: "", Queued: "queued", Ready: "ready"}

// String is the name in a document.
func (s State) String() string { return states[min(s, Ready)] }

// Document tells of one request in the queue.
type Document struct {
	State State
	// Retention: a call that fails does not lose its place in the queue (§10.2).
	Retention bool
	// URI is where the call goes, and the PUBLISH that suspends the request; "" when not said (§10.3).
	URI string
}

// Append prints the document. A URI ends at its first CR, LF or NUL.
func (d *Document) Append(b []byte) []byte {
	if d.State != Unsaid {
		b = appendLine(b, "cc-state", d.State.String())
	}
	if d.Retention {
		b = appendLine(b, "cc-service-retention", "true")
	}
	if d.URI != "" {
		b = appendLine(b, "cc-URI", d.URI)
	}
	return b
}

func appendLine(b []byte, name, value string) []byte {
	if end := strings.IndexAny(value, "\r\n\x00"); end >= 0 {
		value = value[:end]
	}
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

// Parse reads a document as header fields are read (§10): names in any case, lines that go on in a line that begins with
// white space, unknown lines left out; line ends may be LF alone. A line that says what another one said already, and a
// cc-state that is not known, are errors: nobody is called because of a guess.
func Parse(body string) (Document, error) {
	if len(body) > MaxOctets || strings.Count(body, "\n") > MaxLines {
		return Document{}, ErrLimit
	}
	var d Document
	said := map[string]bool{}
	for line := range strings.SplitSeq(unfold(body), "\n") {
		name, value, ok := strings.Cut(line, ":")
		name, value = sip.Lower(strings.Trim(name, " \t")), strings.Trim(value, " \t")
		if !ok || name != "cc-state" && name != "cc-service-retention" && name != "cc-uri" {
			continue
		}
		if said[name] {
			return Document{}, fmt.Errorf("%w: %s stands there twice", ErrDocument, name)
		}
		said[name] = true
		if err := d.set(name, value); err != nil {
			return Document{}, err
		}
	}
	if len(said) == 0 && strings.Trim(body, " \t\r\n") != "" {
		return Document{}, fmt.Errorf("%w: it says nothing", ErrDocument)
	}
	return d, nil
}

// unfold joins lines that go on (RFC 3261 §7.3.1), and makes all line ends LF.
func unfold(body string) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	return strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(body)
}

func (d *Document) set(name, value string) error {
	switch name {
	case "cc-state":
		switch {
		case strings.EqualFold(value, "queued"):
			d.State = Queued
		case strings.EqualFold(value, "ready"):
			d.State = Ready
		default:
			return fmt.Errorf("%w: cc-state is %.32q", ErrDocument, value)
		}
	case "cc-service-retention":
		d.Retention = strings.EqualFold(value, "true")
	case "cc-uri":
		text := value
		if address, err := sip.ParseAddress(value); err == nil && strings.HasPrefix(value, "<") {
			text = address.Text // in brackets, as some write it
		}
		uri, err := sip.ParseURI(text)
		if err != nil || !uri.IsSIP() {
			return fmt.Errorf("%w: cc-URI is no SIP URI", ErrDocument)
		}
		d.URI = text
	}
	return nil
}
