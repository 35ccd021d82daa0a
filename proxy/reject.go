package proxy

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/dchest/siphash"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// allowed is what the server itself and phones behind it may be asked.
const allowed = "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE, REFER, INFO, UPDATE, PRACK"

// known tells whether a method is one of those in allowed.
func known(method sip.Method) bool {
	for name := range strings.SplitSeq(allowed, ", ") {
		if name == string(method) {
			return true
		}
	}
	return false
}

// retryAfter is what a 503 asks a phone to wait, in seconds: another node, or this one
// after a restart, answers by then.
const retryAfter = 5

// reject answers a request finally. Who has not shown credentials gets it without state:
// nothing is kept for strangers, and nothing is retransmitted to an address that may be
// forged. A user's request gets a transaction, as its credentials can't be checked twice.
func (m *Machine) reject(now time.Time, r *request, problem *sip.StatusError, out *machine.Output) {
	m.counts.Rejected++
	signed := r.p.Message.Has(sip.HeaderProxyAuthorization) || r.p.Message.Has(sip.HeaderAuthorization)
	switch {
	case r.who.Trusted:
		out.Sends = append(out.Sends, machine.Send{To: r.p.Flow, Data: m.errorResponse(r.p, problem)})
		return
	case !signed || r.who.Kind != identity.User:
		m.replyError(r.p, problem, out)
		return
	}
	server := m.table.Begin(now, r.p)
	if server == nil {
		m.reply(r.p, 503, "Too Many Requests Waiting", out)
		return
	}
	m.table.Respond(now, server, transaction.Response{Code: problem.Code, Data: m.errorResponse(r.p, problem)}, out)
}

// challenge answers 407, or 401 to a registration for somebody else's domain, without
// keeping anything (RFC 3261 §22.3).
func (m *Machine) challenge(now time.Time, r *request, out *machine.Output) {
	m.counts.Challenged++
	out.Sends = append(out.Sends, machine.Send{To: r.p.Flow, Data: m.settings.Challenge(now, r.p, r.who)})
}

// reply answers without state.
func (m *Machine) reply(p machine.Packet, code int, reason string, out *machine.Output) {
	m.replyError(p, &sip.StatusError{Code: code, Reason: reason}, out)
}

// replyError refuses a datagram with no more than it brought: its source may be forged.
func (m *Machine) replyError(p machine.Packet, problem *sip.StatusError, out *machine.Output) {
	data := m.errorResponse(p, problem)
	if problem.Code >= 400 && !p.Flow.Transport.Reliable() {
		data = m.fit(p, problem, data)
	}
	out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: data})
}

// fit makes a response no longer than its request, even without what it should say
// besides its code; nil when that does not do.
func (m *Machine) fit(p machine.Packet, status *sip.StatusError, response []byte) []byte {
	most := len(p.Message.Text())
	if response = sip.Terse(response, most); response != nil {
		return response
	}
	return sip.Terse(m.begun(p, status).Empty(), most)
}

// begun is a response with nothing in it but what ties it to its request.
func (m *Machine) begun(p machine.Packet, problem *sip.StatusError) *sip.Builder {
	return sip.NewResponse(p.Message, p.Flow.Remote, sip.Answer{Code: problem.Code, Reason: problem.Reason, ToTag: m.localTag(p.Message)})
}

func (m *Machine) errorResponse(p machine.Packet, problem *sip.StatusError) []byte {
	b := m.begun(p, problem)
	switch problem.Code {
	case 405, 501:
		b.Add(sip.HeaderAllow, allowed)
	case 420:
		b.Add(sip.HeaderUnsupported, problem.Unsupported)
	case 503:
		b.AddNumber(sip.HeaderRetryAfter, retryAfter)
	case 302:
		b.Add(sip.HeaderContact, "<"+problem.Contact+">")
	case 422:
		b.AddNumber(sip.HeaderMinSE, uint64(m.settings.SessionMinimum/time.Second))
	}
	if problem.ErrorInfo != "" {
		b.Add(sip.HeaderErrorInfo, "<"+problem.ErrorInfo+">")
	}
	if problem.CallInfo != "" {
		b.Add(sip.HeaderCallInfo, problem.CallInfo)
	}
	if problem.RetryAfter > 0 {
		b.AddNumber(sip.HeaderRetryAfter, uint64(problem.RetryAfter))
	}
	return b.Empty()
}

// localTag is the To tag of our own responses: the same for a retransmission, and
// nothing that has to be kept.
func (m *Machine) localTag(request *sip.Message) string {
	m.value = append(append(append(m.value[:0], request.CallID()...), 0), request.FromTag()...)
	m.value = binary.BigEndian.AppendUint32(m.value, request.CSeq())
	var octets [8]byte
	binary.BigEndian.PutUint64(octets[:], siphash.Hash(m.hashKey[0], m.hashKey[1], m.value))
	return string(sip.AppendOpaque(nil, octets[:]))
}

// informTag is a To tag of a provisional response of our own, another one for each kind.
func (m *Machine) informTag(request *sip.Message, kind int) string {
	return m.localTag(request) + strconv.Itoa(kind)
}

// answerForServer answers what is asked of the server itself.
func (m *Machine) answerForServer(now time.Time, r *request, out *machine.Output) {
	if method := r.p.Message.Method(); method != sip.OPTIONS {
		code := 405
		if !known(method) {
			code = 501 // RFC 3261 §21.5.2
		}
		m.reject(now, r, &sip.StatusError{Code: code, Reason: sip.Reason(code)}, out)
		return
	}
	b := sip.NewResponse(r.p.Message, r.p.Flow.Remote, sip.Answer{Code: 200, ToTag: m.localTag(r.p.Message)})
	b.Add(sip.HeaderAllow, allowed).Add(sip.HeaderAccept, "application/sdp").Add(sip.HeaderSupported, "path, gruu, outbound, timer")
	data := b.Empty()
	if r.unproven() {
		data = m.fit(r.p, &sip.StatusError{Code: 200}, data)
	}
	out.Sends = append(out.Sends, machine.Send{To: r.p.Flow, Data: data})
}
