//go:build interop

package attacks

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"

	"hookflash/sip"
)

// request is one request that a phone or an attacker sends.
type request struct {
	method, uri string
	via         string // the whole Via value but for the branch; "": the sender's own address
	branch      string
	from, to    string // whole values, tags and all
	callID      string
	cseq        int
	contact     string   // "" for none
	fields      []string // further lines
	first       []string // lines before From
	body        string
}

// word is random, fit for a tag, a branch or a Call-ID.
func word() string { return strconv.FormatUint(rand.Uint64(), 36) }

func addressOf(user string) string { return "sip:" + user + "@" + domain }

// newRequest is one outside a dialog.
func newRequest(method, from, uri string) *request {
	return &request{
		method: method, uri: uri, branch: "z9hG4bK" + word(), callID: word() + word(), cseq: 1 + rand.IntN(1000),
		from: "<" + from + ">;tag=" + word(), to: "<" + uri + ">",
	}
}

// again is the same request as a new transaction.
func (r *request) again() *request {
	next := *r
	next.branch = "z9hG4bK" + word()
	next.cseq++
	next.fields = nil
	for _, field := range r.fields {
		if !strings.HasPrefix(field, "Authorization:") && !strings.HasPrefix(field, "Proxy-Authorization:") {
			next.fields = append(next.fields, field)
		}
	}
	return &next
}

// text is the request as it leaves from a place over a transport (UDP or TCP).
func (r *request) text(transport, place string) string {
	var b strings.Builder
	via := r.via
	if via == "" {
		via = "SIP/2.0/" + transport + " " + place + ";rport"
	}
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: %s;branch=%s\r\n", r.method, r.uri, via, r.branch)
	for _, field := range r.first {
		b.WriteString(field + "\r\n")
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n", r.from, r.to, r.callID, r.cseq, r.method)
	if r.contact != "" {
		fmt.Fprintf(&b, "Contact: %s\r\n", r.contact)
	}
	for _, field := range r.fields {
		b.WriteString(field + "\r\n")
	}
	switch {
	case strings.Contains(b.String(), "\r\nContent-Type:"):
	case strings.HasPrefix(r.body, "v=0"):
		b.WriteString("Content-Type: application/sdp\r\n")
	case r.body != "":
		b.WriteString("Content-Type: text/plain\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.body), r.body)
	return b.String()
}

// answer is a response to a received request, with the tag and further lines given.
func answer(request *sip.Message, status, tag string, fields ...string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	for name, value := range request.Fields() {
		switch sip.HeaderByName(name) {
		case sip.HeaderVia, sip.HeaderFrom, sip.HeaderCallID, sip.HeaderCSeq, sip.HeaderRecordRoute:
			b.WriteString(name + ": " + value + "\r\n")
		case sip.HeaderTo:
			if request.ToTag() == "" && tag != "" {
				value += ";tag=" + tag
			}
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	for _, field := range fields {
		b.WriteString(field + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.String()
}

// uriIn is the URI of an address value.
func uriIn(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return ""
	}
	return address.Text
}

// routesBack is the route set of a caller, from the answer to his INVITE (RFC 3261 §12.1.2).
func routesBack(response *sip.Message) []string {
	var routes []string
	for value := range response.Values(sip.HeaderRecordRoute) {
		routes = append([]string{"Route: " + value}, routes...)
	}
	return routes
}

// offer describes a session at a place where nobody listens.
func offer(place netip.Addr) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n", place, place)
}
