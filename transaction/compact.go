package transaction

import (
	"bytes"
	"strconv"

	"hookflash/machine"
	"hookflash/sip"
)

// A spent transaction keeps of its last message only what doesn't come again with the
// retransmission that asks for it: for seconds after each call that is most of the memory.

// compact appends what is left of a final response without the fields that tie it to its
// request: code, tag of To and reason phrase, each with a zero octet behind, and the other
// fields with the body. What stands in nearly every response is left out, and of a 200 to
// BYE, the most frequent of all, everything else: it says that the call is over.
func compact(b []byte, request *sip.Message, response Response) []byte {
	line, rest, _ := bytes.Cut(response.Data, crlf)
	b = append(strconv.AppendUint(b, uint64(response.Code), 10), 0)
	if request.ToTag() == "" {
		b = append(b, tagOf(rest)...)
	}
	b = append(b, 0)
	if reason := line[min(len(statusPrefix), len(line)):]; string(reason) != sip.Reason(response.Code) {
		b = append(b, reason...)
	}
	b = append(b, 0)
	if request.Method() == sip.BYE && response.Code == 200 {
		return b
	}
	others := len(b)
	if b = appendOthers(b, rest); string(b[others:]) == emptyEnd {
		b = b[:others]
	}
	return b
}

const (
	statusPrefix = "SIP/2.0 200 "
	emptyEnd     = "Content-Length: 0\r\n\r\n"
)

var crlf, colon = []byte("\r\n"), []byte(":")

// tied tells whether a field of a response is that of its request, but for the tag of To.
func tied(line []byte) bool {
	name, _, _ := bytes.Cut(line, colon)
	switch sip.HeaderByName(string(bytes.TrimRight(name, " \t"))) {
	case sip.HeaderVia, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID, sip.HeaderCSeq:
		return true
	}
	return false
}

// appendOthers appends the fields that are not tied, and what follows them.
func appendOthers(b, text []byte) []byte {
	for skip := false; len(text) > 0; {
		end := bytes.IndexByte(text, '\n') + 1
		if end <= len(crlf) {
			return append(b, text...) // the empty line and the body
		}
		if text[0] != ' ' && text[0] != '\t' { // a folded line goes with the one before
			skip = tied(text[:end])
		}
		if !skip {
			b = append(b, text[:end]...)
		}
		text = text[end:]
	}
	return b
}

// tagOf finds the tag of To in the fields of a response.
func tagOf(text []byte) string {
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n') + 1
		if end <= len(crlf) {
			return ""
		}
		name, value, _ := bytes.Cut(text[:end], colon)
		if sip.HeaderByName(string(bytes.TrimRight(name, " \t"))) == sip.HeaderTo {
			for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
				next := bytes.IndexByte(text[end:], '\n') + 1
				value = append(append([]byte(nil), value...), text[end:end+next]...)
				end += next
			}
			address, _ := sip.ParseAddress(string(bytes.ReplaceAll(value, crlf, nil)))
			return address.Tag()
		}
		text = text[end:]
	}
	return ""
}

// again makes the final response that compact was given, for a retransmission of its
// request.
func again(p machine.Packet, payload []byte) []byte {
	var parts [3][]byte
	for i := range parts {
		parts[i], payload, _ = bytes.Cut(payload, []byte{0})
	}
	code, _ := strconv.Atoi(string(parts[0]))
	answer := sip.Answer{Code: code, ToTag: string(parts[1]), Reason: string(parts[2])}
	response := sip.NewResponse(p.Message, p.Flow.Remote, answer).Empty()
	if len(payload) == 0 {
		return response
	}
	return append(response[:len(response)-len(emptyEnd)], payload...)
}

// compactACK appends what an ACK has from its INVITE and not from the response: the
// Request-URI and the routes.
func compactACK(b []byte, invite *sip.Message) []byte {
	b = append(append(b, invite.RequestURI()...), 0)
	for route := range invite.FieldValues(sip.HeaderRoute) {
		b = append(append(b, route...), 0)
	}
	return b
}

// acknowledgeAgain makes the ACK to a final response that comes again.
func acknowledgeAgain(response *sip.Message, payload []byte) []byte {
	uri, routes, _ := bytes.Cut(payload, []byte{0})
	b := sip.NewRequest(sip.ACK, string(uri))
	via := response.TopVia()
	top := response.TopValue(sip.HeaderVia)
	b.Add(sip.HeaderVia, top[:len(top)-len(via.Params)]+string(via.Params.Without("received", "rport")))
	b.AddNumber(sip.HeaderMaxForwards, 70)
	for len(routes) > 0 {
		var route []byte
		route, routes, _ = bytes.Cut(routes, []byte{0})
		b.Add(sip.HeaderRoute, string(route))
	}
	b.Copy(response, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID)
	return b.AddSequence(response.CSeq(), sip.ACK).Empty()
}
