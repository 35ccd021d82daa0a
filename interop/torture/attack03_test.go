//go:build interop

package torture

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"hookflash/sip"
)

// mostPerByte bounds what reading a body may allocate, in bytes per byte of it.
const mostPerByte = 16

// TestAttack03MultipartNesting: bodies within bodies, parts without end or without
// anything in them.
//
// Anchor: three stacks in the summer of 2026. Must: at most 4 deep, at most 16 parts, an empty
// part is legal, and a proxy passes on what it does not read.
//
// Figure: 0 panics, work in proportion to the octets; each reaches the far side as it was sent.
func TestAttack03MultipartNesting(t *testing.T) {
	for _, b := range bodies(t) {
		readNested(t, b)
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRun(t, k)
			for _, b := range bodies(t) {
				r.passNested(b)
			}
			r.finish()
		})
	}
}

// nested is a body and what becomes of it where it is read.
type nested struct {
	reason, boundary, body string
	parts                  int // -1: refused
}

func bodies(t *testing.T) []nested {
	t.Helper()
	mpart, err := sip.Parse(read(t, rfc4475("mpart01")))
	if err != nil {
		t.Fatal(err)
	}
	part := func(content string) string { return "--b\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n" }
	return []nested{
		{"mpart01 of RFC 4475", "7a9cbec02ceef655", mpart.Body(), 2},
		{"an empty part", "b", "--b\r\n\r\n--b--\r\n", 1},
		{"an empty part between two others", "b", part("one") + "--b\r\n\r\n" + part("two") + "--b--", 3},
		{"a part of header fields alone", "b", "--b\r\nContent-Type: text/plain\r\n--b--\r\n", 1},
		{"as many empty parts as there may be", "b", strings.Repeat("--b\r\n\r\n", 16) + "--b--", 16},
		{"one more", "b", strings.Repeat("--b\r\n\r\n", 17) + "--b--", -1},
		{"thousands", "b", strings.Repeat("--b\r\n\r\n", 8000) + "--b--", -1},
		{"as deep as it may be", "b0", within(4), 1},
		{"deeper", "b0", within(5), -1},
		{"hundreds deep", "b0", within(500), -1},
		{"one within itself", "b", "--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--", -1},
		{"no part", "b", "--b--", 0},
		{"no end", "b", part("one"), -1},
		{"nothing", "b", "", -1},
		{"boundaries that only begin alike", "b", strings.Repeat("--bb\r\n\r\n", 8000), -1},
		{"hyphens", "b", strings.Repeat("\r\n--", 15_000), -1},
		{"a boundary that is longer than one may be", strings.Repeat("b", 71), "--" + strings.Repeat("b", 71) + "--", -1},
		{"octets that are no text", "b", "--b\r\n\r\n\x00\xff\r\n\r\n\r\n--b--", 1},
	}
}

// within is a body with a depth of multiparts.
func within(depth int) string {
	var open, close strings.Builder
	for i := range depth {
		kind := "text/plain"
		if i < depth-1 {
			kind = fmt.Sprintf("multipart/mixed;boundary=b%d", i+1)
		}
		fmt.Fprintf(&open, "--b%d\r\nContent-Type: %s\r\n\r\n", i, kind)
		fmt.Fprintf(&close, "\r\n--b%d--", depth-1-i)
	}
	return open.String() + "x" + close.String()
}

// readNested reads a body as whoever is meant by it does.
func readNested(t *testing.T, b nested) {
	t.Helper()
	kind, err := sip.ParseContentType("multipart/mixed;boundary=" + b.boundary)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	parts, err := sip.ParseBody(kind, b.body)
	runtime.ReadMemStats(&after)
	if b.parts < 0 && err == nil || b.parts >= 0 && (err != nil || len(parts) != b.parts) {
		t.Errorf("%s: %d parts (%v), want %d", b.reason, len(parts), err, b.parts)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(mostPerByte*len(b.body)+8<<10) {
		t.Errorf("%s: %d bytes allocated for %d", b.reason, used, len(b.body))
	}
}

// passNested sends a body through the server.
func (r *run) passNested(b nested) {
	r.t.Helper()
	for _, method := range []string{"MESSAGE", "INVITE"} {
		server := r.servers["example.com"]
		w := r.kind.dial(r.t, server, trustedAddress())
		m := newRequest(method, "sip:user@example.com")
		m.lines = []string{"Content-Type: multipart/mixed;boundary=" + b.boundary, "MIME-Version: 1.0", "Contact: <sip:caller@203.0.113.9>"}
		text := strings.Replace(m.text(w), "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(b.body), b.body), 1)
		a := attempt{name: fmt.Sprintf("%s with %s over %s", method, b.reason, r.kind.name), place: home, server: server, wire: w, sent: text, want: forward}
		w.send(text)
		answers, _ := r.answers(a)
		requests := r.far.take()
		if r.checkAnswers(a, answers); len(requests) != 1 {
			r.errorf("%s: reached the far side %d times", a.name, len(requests))
		} else {
			r.checkPassage(verdict{}, a, requests[0])
		}
		w.closer.Close()
	}
}
