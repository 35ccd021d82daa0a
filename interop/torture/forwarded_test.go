//go:build interop

package torture

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// passage is one message on its way through the server, to be compared octet by octet with
// what reached the far side.
type passage struct {
	sent, reached string
	uri           string   // the Request-URI to expect
	own           []string // addresses of the server, as its Via and Record-Route name it
	gone          []string // fields that must not get through, whole
	added         []string // fields that the server must add besides the usual ones, whole
}

// cut splits a message into its start line, its header fields as they stand (folds
// included, the last line end not), and everything behind the empty line. It knows nothing of the server's parser.
func cut(text string) (start string, fields []string, body string) {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	for i, line := range strings.Split(head, "\r\n") {
		switch {
		case i == 0:
			start = line
		case line != "" && (line[0] == ' ' || line[0] == '\t') && len(fields) > 0:
			fields[len(fields)-1] += "\r\n" + line
		default:
			fields = append(fields, line)
		}
	}
	return start, fields, body
}

// nameOf is the name of a header field in full and small letters.
func nameOf(field string) string {
	name, _, _ := strings.Cut(field, ":")
	name = strings.ToLower(strings.TrimRight(name, " \t\r\n"))
	for compact, full := range map[string]string{"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "m": "contact", "c": "content-type"} {
		if name == compact {
			return full
		}
	}
	return name
}

// check tells what is wrong with what reached the far side; nil when nothing is.
func (p *passage) check() error {
	start, fields, body := cut(p.sent)
	gotStart, gotFields, gotBody := cut(p.reached)
	method, _, _ := strings.Cut(start, " ")
	if want := method + " " + p.uri + " SIP/2.0"; gotStart != want {
		return fmt.Errorf("start line %q, want %q", gotStart, want)
	}
	if want := declared(fields, body); gotBody != want {
		return fmt.Errorf("body %q, want %q", gotBody, want)
	}
	added := slices.Clone(p.added)
	topVia := true
	for _, field := range gotFields {
		// What must not get through leaves a gap.
		for len(fields) > 0 && slices.Contains(p.gone, fields[0]) && field != fields[0] {
			fields = fields[1:]
		}
		switch {
		case len(fields) > 0 && field == fields[0] && !(topVia && nameOf(field) == "via"):
			fields = fields[1:]
		case len(fields) > 0 && topVia && nameOf(fields[0]) == "via" && stampedVia(fields[0], field):
			fields, topVia = fields[1:], false
		case len(fields) > 0 && nameOf(fields[0]) == "max-forwards" && oneLess(fields[0], field):
			fields = fields[1:]
		case slices.Contains(added, field):
			added = slices.DeleteFunc(added, func(one string) bool { return one == field })
		case !p.usual(field):
			rest := "the end"
			if len(fields) > 0 {
				rest = strconv.Quote(fields[0])
			}
			return fmt.Errorf("field %q, want %s", field, rest)
		}
	}
	for len(fields) > 0 && slices.Contains(p.gone, fields[0]) {
		fields = fields[1:]
	}
	if len(fields) > 0 {
		return fmt.Errorf("field %q did not get through", fields[0])
	}
	if len(added) > 0 {
		return fmt.Errorf("field %q was not added", added)
	}
	return nil
}

// usual tells whether a field is one that a proxy adds: its own Via and Record-Route, and
// what bounds a request.
func (p *passage) usual(field string) bool {
	has := func(h string) bool {
		return slices.ContainsFunc(cutFields(p.sent), func(one string) bool { return nameOf(one) == h })
	}
	ours := slices.ContainsFunc(p.own, func(address string) bool { return strings.Contains(field, address) })
	switch name, value, _ := strings.Cut(field, ": "); name {
	case "Via":
		return ours && strings.HasPrefix(value, "SIP/2.0/") && strings.Contains(value, ";branch=z9hG4bK")
	case "Record-Route":
		return ours && strings.HasPrefix(value, "<sip:") && strings.HasSuffix(value, ";lr>")
	case "Max-Breadth", "Session-Expires", "Content-Length":
		_, err := strconv.Atoi(value)
		return err == nil && !has(strings.ToLower(name))
	case "Max-Forwards":
		return value == "70" && !has("max-forwards")
	}
	return false
}

func cutFields(text string) []string {
	_, fields, _ := cut(text)
	return fields
}

// declared is the part of a body that Content-Length speaks of, all of it without one.
func declared(fields []string, body string) string {
	for _, field := range fields {
		if nameOf(field) != "content-length" {
			continue
		}
		_, value, _ := strings.Cut(field, ":")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 && n <= len(body) {
			return body[:n]
		}
	}
	return body
}

// stampedVia tells whether a field is the topmost Via as it was sent, with where it came
// from noted in it: nothing but white space differs else.
func stampedVia(sent, got string) bool {
	squeeze := func(field string) (kept string) {
		field, rest, more := strings.Cut(field, ",") // further values of the same field
		for part := range strings.SplitSeq(strings.Join(strings.Fields(field), ""), ";") {
			if !strings.HasPrefix(part, "received=") && !strings.HasPrefix(part, "rport") {
				kept += ";" + part
			}
		}
		if more {
			kept += "," + rest
		}
		return kept
	}
	return squeeze(sent) == squeeze(got)
}

// oneLess tells whether a Max-Forwards says one less than the one that was sent.
func oneLess(sent, got string) bool {
	name, value, _ := strings.Cut(sent, ":")
	gotName, gotValue, _ := strings.Cut(got, ":")
	n, err := strconv.Atoi(strings.TrimSpace(value))
	m, gotErr := strconv.Atoi(strings.TrimSpace(gotValue))
	return err == nil && gotErr == nil && name == gotName && m == n-1
}

// lineFaults finds lines in the header block of a message that are no header fields: what
// an injected CR LF would leave, or a lone CR, LF or NUL that others read as a line end.
func lineFaults(text string) (faults []string) {
	start, fields, _ := cut(text)
	if strings.ContainsAny(start, "\r\n\x00") {
		faults = append(faults, start)
	}
	for _, field := range fields {
		name, value, found := strings.Cut(field, ":")
		name = strings.TrimRight(name, " \t")
		value = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\\\x00", "").Replace(value)
		if !found || name == "" || strings.ContainsAny(name, " \t\r\n\x00()<>@,;\\\"/[]?={}") || strings.ContainsAny(value, "\r\n\x00") {
			faults = append(faults, field)
		}
	}
	return faults
}
