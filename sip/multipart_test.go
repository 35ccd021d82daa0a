package sip

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseContentType(t *testing.T) {
	for _, c := range []struct{ why, text, is, params string }{
		{"RFC 3261 §20.15", "application/sdp", "application/sdp", ""},
		{"RFC 3261 §20.15: a parameter", "text/html; charset=ISO-8859-4", "text/html", "; charset=ISO-8859-4"},
		{"without case", "Application/SDP", "application/sdp", ""},
		{"white space round the slash", " multipart / mixed ;boundary=\"a b\"", "multipart/mixed", ";boundary=\"a b\""},
	} {
		m, err := ParseContentType(c.text)
		if err != nil || !m.Is(c.is) || string(m.Params) != c.params {
			t.Errorf("%s: got %+v, %v", c.why, m, err)
		}
		again, err := ParseContentType(string(m.Append(nil)))
		if err != nil || again != m {
			t.Errorf("%s: prints %q", c.why, m.Append(nil))
		}
	}
	for _, text := range []string{"", "application", "application/", "/sdp", "a/b/c", "a/b c", "a/b;", "a/b;x=", "a b/c", "a/\"b\""} {
		if m, err := ParseContentType(text); err == nil {
			t.Errorf("%q parses: %+v", text, m)
		}
	}
	if m, _ := ParseContentType("application/sdp"); m.Is("application/sd") || m.Is("text/sdp") || m.Is("application") {
		t.Error("a type is not another")
	}
}

func mixed(t *testing.T, boundary string) MediaType {
	t.Helper()
	m, err := ParseContentType("multipart/mixed;boundary=" + boundary)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseBody(t *testing.T) {
	inner := func(boundary, content string) string {
		return "Content-Type: multipart/alternative; boundary=" + boundary + "\r\n\r\n--" + boundary + content + "\r\n--" + boundary + "--"
	}
	for _, c := range []struct{ why, body, want string }{
		{"RFC 2046 §5.1.1: preamble, two parts, epilogue", "pre\r\n--b\r\nContent-Type: text/html\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue", "1 text/html one|1 text/plain two"},
		{"the delimiter comes first", "--b\r\n\r\none\r\n--b--", "1 text/plain one"},
		{"an empty part", "--b\r\n\r\n\r\n--b--", "1 text/plain "},
		{"a part without even an empty line", "--b\r\n--b--", "1 text/plain "},
		{"header fields without a body", "--b\r\nc: text/html\r\n--b--", "1 text/html "},
		{"white space behind the delimiter", "--b \t\r\n\r\none\r\n--b--", "1 text/plain one"},
		{"line ends belong to the body, the last to the delimiter", "--b\r\n\r\n\r\none\r\n\r\n--b--", "1 text/plain \r\none\r\n"},
		{"a longer line is no delimiter", "--b\r\n\r\n--bx\r\n--b--", "1 text/plain --bx"},
		{"a delimiter inside a line is none", "--b\r\n\r\nx --b y\r\n--b--", "1 text/plain x --b y"},
		{"bare LF ends no line", "--b\r\n\r\nx\n--b\n\r\n--b--", "1 text/plain x\n--b\n"},
		{"binary octets", "--b\r\n\r\n\x00\xff\r\r\n--b--", "1 text/plain \x00\xff\r"},
		{"an inner multipart stands as its parts", "--b\r\n" + inner("c", "\r\n\r\none") + "\r\n--b\r\n\r\ntwo\r\n--b--", "2 text/plain one|1 text/plain two"},
		{"an inner boundary that begins like the outer", "--b\r\n" + inner("bb", "\r\n\r\none") + "\r\n--b--", "2 text/plain one"},
		{"as deep as the limit", "--b\r\n" + inner("c", "\r\n"+inner("d", "\r\n"+inner("e", "\r\n\r\ndeep"))) + "\r\n--b--", "4 text/plain deep"},
		{"as many parts as the limit", strings.Repeat("--b\r\n\r\n\r\n", MaxParts) + "--b--", strings.TrimSuffix(strings.Repeat("1 text/plain |", MaxParts), "|")},
		{"no part at all", "--b--", ""},
	} {
		parts, err := ParseBody(mixed(t, "b"), c.body)
		var got []string
		for _, p := range parts {
			got = append(got, fmt.Sprintf("%d %s/%s %s", p.Depth, p.Type.Type, p.Type.Subtype, p.Body))
		}
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.why, got, err, c.want)
		}
	}
	for _, c := range []struct {
		why, boundary, body string
		want                error
	}{
		{"nothing", "b", "", ErrMultipart},
		{"no delimiter", "b", "text", ErrMultipart},
		{"no close-delimiter", "b", "--b\r\n\r\none", ErrMultipart},
		{"text behind a delimiter", "b", "--b \tx\r\n\r\none\r\n--b--", ErrMultipart},
		{"a malformed type", "b", "--b\r\nContent-Type: text\r\n\r\none\r\n--b--", ErrMultipart},
		{"an empty boundary", `""`, "--\r\n\r\none\r\n----", ErrMultipart},
		{"a boundary longer than the limit", strings.Repeat("b", 71), "--" + strings.Repeat("b", 71) + "--", ErrMultipart},
		{"a boundary that ends in space", `"b "`, "--b --", ErrMultipart},
		{"an inner multipart that is not closed", "b", "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\none\r\n--b--", ErrMultipart},
		{"an inner multipart without a boundary", "b", "--b\r\nContent-Type: multipart/mixed\r\n\r\n--c--\r\n--b--", ErrMultipart},
		{"more parts than the limit", "b", strings.Repeat("--b\r\n\r\n\r\n", MaxParts+1) + "--b--", ErrMultipartLimit},
		{"deeper than the limit", "b", "--b\r\n" + inner("c", "\r\n"+inner("d", "\r\n"+inner("e", "\r\n"+inner("f", "\r\n\r\nx")))) + "\r\n--b--", ErrMultipartLimit},
	} {
		if parts, err := ParseBody(mixed(t, c.boundary), c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.why, parts, err, c.want)
		}
	}
	if _, err := ParseBody(MediaType{Type: "multipart", Subtype: "mixed"}, "--b--"); err == nil {
		t.Error("a multipart without a boundary parses")
	}
}

func TestParseBodyOfMessages(t *testing.T) {
	m := mustParse(t, readTorture(t, "testdata/rfc4475/mpart01.dat"))
	kind, err := ParseContentType(m.Header(HeaderContentType))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := ParseBody(kind, m.Body())
	if err != nil || len(parts) != 2 || parts[0].Body != "Hello" || len(parts[1].Body) == 0 {
		t.Fatalf("RFC 4475 §3.1.1.11: %v, %v", parts, err)
	}
	if encoding, ok := parts[1].Field("content-transfer-encoding"); !ok || encoding != "binary" {
		t.Errorf("a part's own header field: %q, %v", encoding, ok)
	}
	single, err := ParseBody(MediaType{Type: "application", Subtype: "sdp"}, "v=0")
	if err != nil || len(single) != 1 || single[0].Body != "v=0" || single[0].Depth != 0 {
		t.Errorf("a body without multipart is one part: %v, %v", single, err)
	}
	folded := Part{Headers: "X: y\r\nContent-Disposition: session;\r\n handling=required\r\ni: 5"}
	if value, _ := folded.Field("Content-Disposition"); value != "session; handling=required" {
		t.Errorf("a folded field of a part: %q", value)
	}
	if value, ok := folded.Field("Call-ID"); !ok || value != "5" {
		t.Errorf("a compact name in a part: %q", value)
	}
}
