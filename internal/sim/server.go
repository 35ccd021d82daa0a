package sim

import (
	"net/netip"
	"strconv"

	"hookflash/machine"
	"hookflash/sip"
)

// serverTransaction is a request that came (RFC 3261 §17.2).
type serverTransaction struct {
	phone  *Phone
	key    string
	packet machine.Packet
	tag    string // of our To
	last   string // the latest response
	final  int    // its code once it is final
	call   *Call
	resend func()
	expire *alarm
	acked  bool // the ACK of a final response other than 2xx came
}

// serverKey is RFC 3261 §17.2.3: branch, sent-by and method, where ACK and CANCEL can
// ask for that of INVITE.
func serverKey(m *sip.Message, method sip.Method) string {
	via := m.TopVia()
	return via.Branch() + " " + via.Host + ":" + strconv.Itoa(int(via.Port)) + " " + string(method)
}

// receiveRequest finds the transaction of a request, or opens one.
func (p *Phone) receiveRequest(packet machine.Packet) {
	m := packet.Message
	if m.Method() == sip.ACK {
		p.receiveACK(m)
		return
	}
	key := serverKey(m, m.Method())
	if s := p.servers[key]; s != nil {
		if s.last != "" && !(m.Method() == sip.INVITE && s.final >= 200 && s.final < 300) {
			p.send(s.back(), s.last, 0) // RFC 6026 §7.1: a 2xx repeats by itself
		}
		return
	}
	p.inspect(packet)
	s := &serverTransaction{phone: p, key: key, packet: packet, tag: p.token(), resend: func() {}}
	p.servers[key] = s
	switch dialog := p.find(m); {
	case m.Method() == sip.CANCEL:
		p.receiveCancel(s)
	case dialog != nil:
		dialog.receive(s)
	case m.ToTag() != "":
		s.respond(481, nil, "")
	case p.merged(s):
		s.respond(482, nil, "")
	default:
		p.receiveOutside(s)
	}
}

// inspect looks for what a proxy before us must not have done.
func (p *Phone) inspect(packet machine.Packet) {
	m := packet.Message
	if !m.Has(sip.HeaderMaxForwards) {
		p.complain("%s without Max-Forwards", m.Method())
	}
	if branch := m.Branch(); len(branch) <= len(sip.MagicCookie) || branch[:len(sip.MagicCookie)] != sip.MagicCookie {
		p.complain("%s with the branch %q", m.Method(), branch)
	}
	if m.Has(sip.HeaderRoute) {
		p.complain("%s with a Route left over: %s", m.Method(), m.Header(sip.HeaderRoute))
	}
	if m.Method() == sip.INVITE && !m.Has(sip.HeaderContact) {
		p.complain("INVITE without Contact")
	}
	for value := range m.Values(sip.HeaderRecordRoute) {
		if !loose(value) {
			p.complain("%s with a Record-Route without lr: %s", m.Method(), value)
		}
	}
	if packet.Flow.Transport != p.config.Transport || m.TopVia().Transport != p.config.Transport.String() {
		p.complain("%s over %s has %s in Via", m.Method(), packet.Flow.Transport, m.TopVia().Transport)
	}
}

// merged finds a request that came by two ways (RFC 3261 §8.2.2.2).
func (p *Phone) merged(s *serverTransaction) bool {
	m := s.packet.Message
	for key, other := range p.servers {
		o := other.packet.Message
		if key != s.key && o.CallID() == m.CallID() && o.FromTag() == m.FromTag() && o.CSeq() == m.CSeq() && o.Method() == m.Method() {
			return true
		}
	}
	return false
}

// receiveOutside takes a request outside any dialog.
func (p *Phone) receiveOutside(s *serverTransaction) {
	switch m := s.packet.Message; m.Method() {
	case sip.INVITE:
		p.receiveInvite(s)
	case sip.MESSAGE:
		p.Messages = append(p.Messages, m.Body())
		s.respond(200, nil, "")
	case sip.OPTIONS:
		s.respond(200, []string{"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, UPDATE"}, "")
	case sip.BYE, sip.INFO, sip.UPDATE, sip.NOTIFY, sip.PRACK:
		s.respond(481, nil, "")
	default:
		s.respond(405, []string{"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, UPDATE"}, "")
	}
}

// receiveACK ends the repetition of a final response, of either kind.
func (p *Phone) receiveACK(m *sip.Message) {
	if s := p.servers[serverKey(m, sip.INVITE)]; s != nil && s.final >= 300 {
		if !s.acked {
			s.acked = true
			s.resend()
			s.linger(s.terminate, true)
		}
		return
	}
	if dialog := p.find(m); dialog != nil {
		dialog.receiveACK(m)
	}
}

// receiveCancel is RFC 3261 §9.2.
func (p *Phone) receiveCancel(s *serverTransaction) {
	invite := p.servers[serverKey(s.packet.Message, sip.INVITE)]
	if invite == nil {
		s.respond(481, nil, "")
		return
	}
	s.tag = invite.tag
	s.respond(200, nil, "")
	if invite.call != nil {
		invite.call.cancelled()
	}
}

// respond sends a response and moves the transaction on.
func (s *serverTransaction) respond(code int, fields []string, body string) {
	if s.final != 0 {
		return
	}
	p := s.phone
	s.last = p.response(s, code, fields, body)
	p.send(s.back(), s.last, 0)
	if code < 200 {
		return
	}
	s.final = code
	if s.packet.Message.Method() == sip.INVITE && code >= 300 {
		if !s.packet.Flow.Transport.Reliable() {
			s.resend = p.repeat(timerT1, timerT2, func() { p.send(s.back(), s.last, 0) })
		}
		s.linger(func() {
			s.terminate()
			p.complain("no ACK to our %d", code)
		}, false)
		return
	}
	s.linger(s.terminate, false)
}

// linger keeps the transaction for 64 T1 (timers H, J and L), or T4 (timer I).
func (s *serverTransaction) linger(then func(), short bool) {
	s.phone.stop(s.expire)
	wait := timeout
	if short {
		wait = timerT4
	}
	s.expire = s.phone.after(wait, then)
}

func (s *serverTransaction) terminate() {
	s.resend()
	s.phone.stop(s.expire)
	delete(s.phone.servers, s.key)
}

// back is where responses go (RFC 3261 §18.2.2, RFC 3581 §4).
func (s *serverTransaction) back() machine.Flow {
	flow := s.packet.Flow
	via := s.packet.Message.TopVia()
	if flow.Transport.Reliable() || via.Params.Has("rport") {
		return flow
	}
	port := via.Port
	if port == 0 {
		port = 5060
	}
	flow.Remote = netip.AddrPortFrom(flow.Remote.Addr(), port)
	return flow
}
