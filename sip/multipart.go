package sip

import (
	"errors"
	"strings"
)

// Limits of a multipart body.
const (
	MaxMultipartDepth = 4  // of multiparts within multiparts
	MaxParts          = 16 // in all, multiparts among them counted
	maxBoundary       = 70 // octets (RFC 2046 §5.1.1)
)

// Mistakes in multipart bodies.
var (
	ErrMultipart      = errors.New("malformed multipart body")
	ErrMultipartLimit = errors.New("multipart body with more than 16 parts or deeper than 4")
)

// Part is one part of a body that is no multipart itself; every field is a piece of the
// body it came from.
type Part struct {
	Type    MediaType // text/plain where the part does not say (RFC 2046 §5.1)
	Headers string    // the part's own header fields as they stand
	Body    string
	Depth   int // 0 for a body without multipart
}

// ParseBody gives the parts of a body in their order, those of inner multiparts in place
// of these (RFC 3261 §7.4, RFC 2046 §5.1). A body of any other type is one part. A part
// may be empty. Lines end in CR LF.
func ParseBody(contentType MediaType, body string) ([]Part, error) {
	if !equalFold(contentType.Type, "multipart") {
		return []Part{{Type: contentType, Body: body}}, nil
	}
	seen := 0
	return appendParts(nil, Part{Type: contentType, Body: body}, &seen)
}

// appendParts adds the parts of a multipart.
func appendParts(parts []Part, whole Part, seen *int) ([]Part, error) {
	boundary, _ := whole.Type.Params.Get("boundary")
	if boundary == "" || len(boundary) > maxBoundary || strings.ContainsAny(boundary, "\r\n\x00") || boundary[len(boundary)-1] == ' ' {
		return nil, ErrMultipart
	}
	if whole.Depth == MaxMultipartDepth {
		return nil, ErrMultipartLimit
	}
	_, rest, found := cutBoundary("\r\n"+whole.Body, boundary)
	for found {
		if strings.HasPrefix(rest, "--") {
			return parts, nil // the close-delimiter; an epilogue says nothing
		}
		start, ok := boundaryLine(rest)
		if !ok {
			return nil, ErrMultipart
		}
		if *seen++; *seen > MaxParts {
			return nil, ErrMultipartLimit
		}
		// The line end before a part belongs to the delimiter, and so does the one after it.
		var text string
		if text, rest, found = cutBoundary(rest[start-2:], boundary); !found {
			return nil, ErrMultipart
		}
		part, err := parsePart(text, whole.Depth+1)
		if err != nil {
			return nil, err
		}
		if !equalFold(part.Type.Type, "multipart") {
			parts = append(parts, part)
			continue
		}
		if parts, err = appendParts(parts, part, seen); err != nil {
			return nil, err
		}
	}
	return nil, ErrMultipart
}

// cutBoundary finds CR LF "--" boundary at the beginning of a line: what is before it,
// and what follows the boundary.
func cutBoundary(s, boundary string) (before, after string, found bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], "\r\n--")
		if i < 0 {
			return s, "", false
		}
		from += i
		if rest := s[from+4:]; strings.HasPrefix(rest, boundary) {
			// A longer boundary that begins like this one is another's.
			if rest = rest[len(boundary):]; strings.HasPrefix(rest, "--") || rest != "" && isSpace(rest[0]) {
				return s[:from], rest, true
			}
		}
		from += 4
	}
}

// boundaryLine is the index after the rest of a delimiter's line: white space and CR LF.
func boundaryLine(s string) (int, bool) {
	i := skip(classBlank, s, 0)
	return i + 2, strings.HasPrefix(s[i:], "\r\n")
}

// parsePart reads header fields and body of a part, which begins with the line end before
// it. Without an empty line there is no body.
func parsePart(text string, depth int) (Part, error) {
	part := Part{Type: MediaType{Type: "text", Subtype: "plain"}, Depth: depth}
	if headers, body, split := strings.Cut(text, "\r\n\r\n"); split {
		part.Headers, part.Body = strings.TrimPrefix(headers, "\r\n"), body
	} else {
		part.Headers = strings.TrimPrefix(text, "\r\n")
	}
	value, ok := part.Field("Content-Type")
	if !ok {
		return part, nil
	}
	kind, err := ParseContentType(value)
	if err != nil {
		return part, ErrMultipart
	}
	part.Type = kind
	return part, nil
}

// Field is the value of a header field of the part, folds undone; its name is compared
// without case, in full or compact.
func (p Part) Field(name string) (value string, ok bool) {
	wanted := HeaderByName(name)
	for rest := p.Headers; rest != ""; {
		end := 0
		for {
			i := strings.Index(rest[end:], "\r\n")
			if i < 0 {
				end = len(rest)
				break
			}
			end += i + 2
			if end == len(rest) || classes[rest[end]]&classBlank == 0 {
				break
			}
		}
		line := rest[:end]
		rest = rest[end:]
		have, value, found := strings.Cut(line, ":")
		if have = trim(have); found && (equalFold(have, name) || wanted != UnknownHeader && HeaderByName(have) == wanted) {
			if value = trim(value); strings.Contains(value, "\r\n") {
				value = unfold(value)
			}
			return value, true
		}
	}
	return "", false
}
