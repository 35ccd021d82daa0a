package sim

import (
	"slices"
	"strconv"
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// request is what a phone asks; every attempt at it is a transaction of its own.
type request struct {
	method   sip.Method
	uri      string
	route    []string // values of Route, with brackets
	strict   bool     // the Request-URI is a strict router
	from, to string   // with tags
	callID   string
	sequence *uint32 // the owner's counter, raised at each attempt
	number   uint32  // the CSeq of the latest attempt
	fields   []string
	body     string // SDP, or "" for none
	answered int    // challenges answered
	stopped  bool   // no further attempts

	credentials []string // fields of the latest attempt
	branch      string   // of the latest attempt
	flow        machine.Flow
	// done learns every response but the challenges that are answered; nil stands for
	// none in time, and code says 408 or 503 then.
	done func(response *sip.Message, code int)
}

// aim sets Request-URI and Route by the route set (RFC 3261 §12.2.1.1).
func (r *request) aim(target string, route []string) {
	r.uri, r.route = target, slices.Clone(route)
	if len(route) == 0 || loose(route[0]) {
		return
	}
	r.uri, r.strict = between(route[0]), true
	r.route = append(r.route[1:], "<"+target+">")
}

// hop is the URI of the next hop (RFC 3261 §8.1.2, §12.2.1.1).
func (r *request) hop() string {
	if len(r.route) > 0 && !r.strict {
		return between(r.route[0])
	}
	return r.uri
}

func loose(route string) bool {
	uri, err := sip.ParseURI(between(route))
	return err == nil && uri.Params.Has("lr")
}

// between is what stands between the brackets.
func between(value string) string {
	if open := strings.IndexByte(value, '<'); open >= 0 {
		if end := strings.IndexByte(value[open:], '>'); end >= 0 {
			return value[open+1 : open+end]
		}
	}
	return value
}

// text prints the request for its latest attempt.
func (r *request) text(p *Phone) string {
	var b strings.Builder
	line := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
		b.WriteString("\r\n")
	}
	line(string(r.method), " ", r.uri, " SIP/2.0")
	line("Via: SIP/2.0/", p.config.Transport.String(), " ", p.config.Address.String(), ";branch=", r.branch, ";rport")
	for _, route := range r.route {
		line("Route: ", route)
	}
	line("Max-Forwards: 70")
	line("From: ", r.from)
	line("To: ", r.to)
	line("Call-ID: ", r.callID)
	line("CSeq: ", strconv.FormatUint(uint64(r.number), 10), " ", string(r.method))
	for _, field := range r.credentials {
		line(field)
	}
	for _, field := range r.fields {
		line(field)
	}
	if r.body != "" {
		line("Content-Type: application/sdp")
	}
	line("Content-Length: ", strconv.Itoa(len(r.body)))
	line()
	b.WriteString(r.body)
	return b.String()
}

// ack prints the ACK of a final response other than 2xx (RFC 3261 §17.1.1.3).
func (r *request) ack(p *Phone, response *sip.Message) string {
	ack := *r
	ack.method, ack.to, ack.fields, ack.body, ack.credentials = sip.ACK, response.To(), nil, "", nil
	return ack.text(p)
}

// cancel makes the CANCEL of an INVITE (RFC 3261 §9.1).
func (r *request) cancel() *request {
	return &request{
		method: sip.CANCEL, uri: r.uri, route: r.route, strict: r.strict, from: r.from, to: r.to, callID: r.callID,
		number: r.number, branch: r.branch, flow: r.flow, done: func(*sip.Message, int) {},
	}
}

// start sends a request in a new transaction.
func (p *Phone) start(r *request) {
	*r.sequence++
	r.number = *r.sequence
	r.branch = sip.MagicCookie + p.token()
	r.credentials = p.knownCredentials(r)
	if r.flow = p.flowTo(r.hop()); len(r.route) == 0 && !strings.Contains(r.to, ";tag=") && p.config.Proxy.IsValid() {
		r.flow.Remote = p.config.Proxy // outside a dialog everything goes there
	}
	p.begin(r)
}

// response prints a response to a request that came.
func (p *Phone) response(s *serverTransaction, code int, fields []string, body string) string {
	m := s.packet.Message
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\r\n") }
	line("SIP/2.0 " + strconv.Itoa(code) + " " + sip.Reason(code))
	top := true
	for value := range m.FieldValues(sip.HeaderVia) {
		if top {
			first := m.TopValue(sip.HeaderVia)
			value = stamp(first, s.packet.Flow) + strings.TrimPrefix(value, first)
			top = false
		}
		line("Via: " + value)
	}
	line("From: " + m.From())
	to := m.To()
	if m.ToTag() == "" && code > 100 {
		to += ";tag=" + s.tag
	}
	line("To: " + to)
	line("Call-ID: " + m.CallID())
	line("CSeq: " + strconv.FormatUint(uint64(m.CSeq()), 10) + " " + string(m.Method()))
	if m.Method() == sip.INVITE && code > 100 && code < 300 {
		for value := range m.FieldValues(sip.HeaderRecordRoute) {
			line("Record-Route: " + value)
		}
		line("Contact: <" + p.dialogContact() + ">")
	}
	for _, field := range fields {
		line(field)
	}
	if body != "" {
		line("Content-Type: application/sdp")
	}
	line("Content-Length: " + strconv.Itoa(len(body)))
	return b.String() + "\r\n" + body
}

// stamp notes where a request came from (RFC 3261 §18.2.1, RFC 3581 §4).
func stamp(value string, flow machine.Flow) string {
	via, err := sip.ParseVia(value)
	if err != nil {
		return value
	}
	address := flow.Remote.Addr().String()
	if port, asked := via.Params.Get("rport"); asked && port == "" {
		params := string(via.Params.Without("rport", "received"))
		head := value[:len(value)-len(via.Params)]
		return head + params + ";rport=" + strconv.Itoa(int(flow.Remote.Port())) + ";received=" + address
	}
	if via.Host != address {
		return value + ";received=" + address
	}
	return value
}
