package ua

import (
	"cmp"
	"slices"
	"strings"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// Handlers are what an agent does about requests that are not its own business to decide. What is
// not there is refused, and neither Allow nor Supported mention it.
type Handlers struct {
	// Invite gets a call that came in. It rings, answers or refuses, now or later.
	Invite func(c *Call)
	// Replace gets a call that is to take the place of another (RFC 3891), Join one that is to join
	// the conversation of another (RFC 3911). The sender may; the handler answers or refuses.
	Replace func(c, old *Call)
	Join    func(c, with *Call)
	// ReplaceFar and JoinFar get a call that names the far end of one of ours instead: the agent does it in the place of a
	// telephone that knows neither. The tags can mean no other end. Without them such a call gets 481.
	ReplaceFar func(c, old *Call)
	JoinFar    func(c, with *Call)
	// Refer gets a REFER that may be followed.
	Refer func(r *Referral)
	// Message gets a MESSAGE (RFC 3428) and gives the code of the response.
	Message func(m Letter) int
	// Subscribe gets a SUBSCRIBE, by event package.
	Subscribe map[string]func(s *Subscription)
	// Authorize tells whether who sent a request may replace, join, refer or subscribe; nil: only
	// who is vouched for by our server.
	Authorize func(p machine.Packet) bool
	// Unsolicited gets a NOTIFY without subscription, by event package (message-summary).
	Unsolicited map[string]func(m *sip.Message)
	// Publish gets a state that somebody keeps at us, by event package, and gives the code of the response.
	Publish map[string]func(p Published) int
	// Info gets the digits of an INFO (RFC 6086 §D.1 calls that legacy usage).
	Info func(c *Call, m *sip.Message) int
	// NoUpdate has the agent take no UPDATE, nor say that it does (RFC 3311 §4).
	NoUpdate bool
	// Address gives the URI of the Contact that answers an OPTIONS to one of the agent's addresses, by its Request-URI;
	// "" or nil: the agent's own.
	Address func(target string) string
}

// Handle sets what the agent does about requests. It is called before the first step.
func (a *Agent) Handle(h Handlers) {
	a.handlers = h
	a.methods, a.tags = h.methods(), h.optionTags()
}

// Handlers are those set.
func (a *Agent) Handlers() Handlers { return a.handlers }

// request takes a request that arrived.
func (a *Agent) request(p machine.Packet) {
	m := p.Message
	if a.table.Request(a.now, p, a.out) == transaction.Absorbed {
		return
	}
	switch m.Method() {
	case sip.ACK:
		a.acknowledged(p)
		return
	case sip.CANCEL:
		a.cancelled(p)
		return
	}
	server := a.table.Begin(a.now, p)
	if server == nil {
		a.transmit(p.Flow, sip.NewResponse(m, p.Flow.Remote, sip.Answer{Code: 503, ToTag: a.token()}).Empty())
		return
	}
	// A stranger's address may be forged: nobody is to be flooded with our refusals.
	server.Unproven = a.settings.Outbound.Valid() && !a.trusted(p) && p.Flow.Transport == machine.UDP
	if m.Method() != sip.INVITE && (m.Has(sip.HeaderReplaces) || m.Has(sip.HeaderJoin)) {
		a.respond(server, sip.Answer{Code: 400, Reason: "Replaces and Join go with INVITE only"}) // RFC 3891 §3, RFC 3911 §4
		return
	}
	if m.ToTag() != "" {
		a.within(p, server)
		return
	}
	a.outside(p, server)
}

// outside takes a request that belongs to no dialog.
func (a *Agent) outside(p machine.Packet, server *transaction.Server) {
	m := p.Message
	if !a.acceptable(m, server) {
		return
	}
	switch m.Method() {
	case sip.INVITE:
		a.invited(p, server)
	case sip.OPTIONS:
		a.options(server)
	case sip.MESSAGE:
		a.letter(p, server)
	case sip.REFER:
		a.referred(p, server, nil)
	case sip.SUBSCRIBE:
		a.subscribed(p, server)
	case sip.PUBLISH:
		a.published(p, server)
	case sip.NOTIFY:
		a.notified(p, server)
	default: // BYE, UPDATE, PRACK, INFO
		a.respond(server, sip.Answer{Code: 481})
	}
}

// acceptable refuses a method and extensions that nothing here handles (RFC 3261 §8.2.1, §8.2.2.3).
func (a *Agent) acceptable(m *sip.Message, server *transaction.Server) bool {
	if !slices.Contains(a.methods, m.Method()) {
		a.respond(server, sip.Answer{Code: 405}, field{sip.HeaderAllow, a.allow()})
		return false
	}
	if unknown := a.unknown(m); unknown != "" {
		a.respond(server, sip.Answer{Code: 420}, field{sip.HeaderUnsupported, unknown})
		return false
	}
	return true
}

// within takes a request that names a dialog.
func (a *Agent) within(p machine.Packet, server *transaction.Server) {
	m := p.Message
	u := a.dialogs[dialog.Of(m)]
	if u == nil && m.Method() == sip.NOTIFY {
		a.notified(p, server) // it may come before the 200 to its SUBSCRIBE (RFC 6665 §4.1.4)
		return
	}
	if u == nil {
		a.respond(server, sip.Answer{Code: 481})
		return
	}
	if u.call != nil && a.strays(u.call, p) {
		a.respond(server, sip.Answer{Code: 481}) // and the sequence of the other side stays as it was
		return
	}
	if problem := u.dialog.Receive(m); problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code})
		return
	}
	a.touchDialog(u.dialog)
	if !a.acceptable(m, server) {
		return
	}
	switch {
	case m.Method() == sip.NOTIFY:
		a.notified(p, server)
	case m.Method() == sip.SUBSCRIBE:
		a.subscribed(p, server)
	case m.Method() == sip.OPTIONS:
		a.options(server)
	case m.Method() == sip.MESSAGE:
		a.letter(p, server)
	case u.call == nil:
		a.respond(server, sip.Answer{Code: 481})
	default:
		a.ofCall(u, p, server)
	}
}

// ofCall takes a request within the dialog of a call.
func (a *Agent) ofCall(u *usage, p machine.Packet, server *transaction.Server) {
	c := u.call
	switch p.Message.Method() {
	case sip.BYE:
		c.hungUp(p.Message, server)
	case sip.INVITE, sip.UPDATE:
		c.modified(u.dialog, p, server)
	case sip.PRACK:
		c.provisionallyAcknowledged(p.Message, server)
	case sip.REFER:
		a.referred(p, server, c)
	case sip.INFO:
		c.informed(p.Message, server)
	default:
		a.respond(server, sip.Answer{Code: 481})
	}
}

// respond answers a request. Contact, where it belongs, is among the fields. What needs a tag and
// was given none gets a new one (RFC 3261 §8.2.6.2).
func (a *Agent) respond(server *transaction.Server, answer sip.Answer, fields ...field) {
	a.respondDescribed(server, answer, "", fields...)
}

// respondDescribed is respond with a session description, "" for none.
func (a *Agent) respondDescribed(server *transaction.Server, answer sip.Answer, description string, fields ...field) {
	if answer.ToTag == "" && answer.Code > 100 && server.Request.ToTag() == "" {
		answer.ToTag = a.token()
	}
	b := sip.NewResponse(server.Request, server.Flow.Remote, answer)
	if answer.Code > 100 {
		b.Copy(server.Request, sip.HeaderRecordRoute)
	}
	for _, f := range fields {
		b.Add(f.header, f.value)
	}
	b.Add(sip.HeaderServer, a.settings.UserAgent)
	data := b.Body(typeOf(description), description)
	a.table.Respond(a.now, server, transaction.Response{Code: answer.Code, Data: data}, a.out)
}

// trusted tells whether a request came from our server, which vouches for what it asserts.
func (a *Agent) trusted(p machine.Packet) bool {
	return p.Flow.SamePeer(a.settings.Outbound) || a.settings.Outbound.Dialled(p.Flow)
}

// strays tells whether a request of a call whose route leads through our server came past it: from
// somebody who learned the call's identifiers.
func (a *Agent) strays(c *Call, p machine.Packet) bool {
	return !c.direct && len(c.dialog.Route) > 0 && a.settings.Outbound.Valid() && !a.trusted(p) && !a.connects(p)
}

// connects tells whether a request came by a connection that the host of our server has opened: it was started again, and we
// have yet to connect to it. Nobody else can forge that address; it vouches for nothing else.
func (a *Agent) connects(p machine.Packet) bool {
	server := a.settings.Outbound
	return p.Flow.Transport.Reliable() && p.Flow.Transport == server.Transport && p.Flow.Remote.Addr() == server.Remote.Addr()
}

// Vouched is who sent a request, and whether our server vouches for it: for Handlers.Authorize.
func (a *Agent) Vouched(p machine.Packet) (who Party, ok bool) {
	who = a.party(p.Message, a.trusted(p))
	return who, who.Asserted
}

// authorized tells whether who sent a request may have a say in our calls.
func (a *Agent) authorized(p machine.Packet) bool {
	if a.handlers.Authorize != nil {
		return a.handlers.Authorize(p)
	}
	return a.trusted(p) && a.party(p.Message, true).Asserted
}

// methods are those that something here handles, for Allow: NOTIFY ends what our own REFER and
// SUBSCRIBE begin.
func (h *Handlers) methods() []sip.Method {
	methods := []sip.Method{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.PRACK}
	if !h.NoUpdate {
		methods = append(methods, sip.UPDATE)
	}
	methods = append(methods, sip.NOTIFY)
	if h.Info != nil {
		methods = append(methods, sip.INFO)
	}
	if h.Refer != nil {
		methods = append(methods, sip.REFER)
	}
	if h.Message != nil {
		methods = append(methods, sip.MESSAGE)
	}
	if len(h.Subscribe) > 0 {
		methods = append(methods, sip.SUBSCRIBE)
	}
	if len(h.Publish) > 0 {
		methods = append(methods, sip.PUBLISH)
	}
	return methods
}

func (a *Agent) allow() string {
	var names []string
	for _, method := range a.methods {
		names = append(names, string(method))
	}
	return strings.Join(names, ", ")
}

// optionTags are the extensions that something here handles, for Supported (RFC 3261 §19.2).
func (h *Handlers) optionTags() []string {
	tags := []string{"100rel", "timer", "gruu", "outbound", "199", "norefersub"}
	if h.Refer != nil {
		tags = append(tags, "tdialog", "nosub")
	}
	if h.Replace != nil {
		tags = append(tags, "replaces")
	}
	if h.Join != nil {
		tags = append(tags, "join")
	}
	return tags
}

// unknown are the option tags that a request requires and nothing here handles.
func (a *Agent) unknown(m *sip.Message) string {
	var unknown []string
	for tag := range m.Values(sip.HeaderRequire) {
		if !slices.Contains(a.tags, sip.Lower(tag)) {
			unknown = append(unknown, tag)
		}
	}
	return strings.Join(unknown, ", ")
}

// abilities are the header fields that say what the agent can.
func (a *Agent) abilities() []field {
	fields := []field{{sip.HeaderAllow, a.allow()}, {sip.HeaderSupported, strings.Join(a.tags, ", ")}}
	if packages := a.packages(); packages != "" {
		fields = append(fields, field{sip.HeaderAllowEvents, packages})
	}
	return fields
}

func (a *Agent) packages() string {
	var names []string
	for name := range a.handlers.Subscribe {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// options answers an OPTIONS as an INVITE would be (RFC 3261 §11.2).
func (a *Agent) options(server *transaction.Server) {
	uri := ""
	if a.handlers.Address != nil {
		uri = a.handlers.Address(server.Request.RequestURI())
	}
	fields := append(a.abilities(), field{sip.HeaderAccept, "application/sdp, message/sipfrag"}, field{sip.HeaderContact, a.contactOf(cmp.Or(uri, a.ContactURI()), "")})
	a.respond(server, sip.Answer{Code: 200}, fields...)
}

// contact is the value of Contact: the GRUU where there is one (RFC 5627 §4.3).
func (a *Agent) contact(extra string) string { return a.contactOf(a.ContactURI(), extra) }

func (a *Agent) contactOf(uri, extra string) string {
	return "<" + uri + ">" + a.settings.ContactParams + extra
}

func (c *Call) contact() string {
	features := ""
	if c.Focus {
		features += ";isfocus"
	}
	if c.Held {
		features += `;+sip.rendering="no"` // RFC 4235 §5.2: nobody listens here
	}
	uri := c.agent.ContactURI()
	if c.direct {
		uri = c.agent.contactAddress() // a GRUU leads to the server (RFC 5627 §4.3)
	}
	uri = cmp.Or(c.Address, uri)
	if rest, plain := strings.CutPrefix(uri, "sip:"); plain && c.dialog.Secure {
		uri = "sips:" + rest // RFC 3261 §12.1.1
	}
	return c.agent.contactOf(uri, features)
}
