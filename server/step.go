package server

import (
	"errors"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// packet steps the machine that a message is for. The error is for what is no message:
// neither a request that can be answered, were it by a refusal, nor a response.
func (b *batch) packet(now time.Time, text string, flow machine.Flow) error {
	message, err := sip.Parse(text)
	if err != nil {
		return b.malformed(message, flow, err)
	}
	b.server.sawIn(now, flow, message.Text())
	p := machine.Packet{Message: message, Flow: flow}
	if message.IsRequest() && flow.Transport == machine.UDP {
		p.Flow.Remote = message.AnswerTo(flow.Remote)
		p.Named = p.Flow.Remote != flow.Remote
	}
	switch {
	case !message.IsRequest():
		b.stepCall(now, p, identity.Identity{})
	case b.server.registers(message):
		b.stepRegister(now, p)
	default:
		b.stepRequest(now, p)
	}
	return nil
}

// malformed answers what can be answered. Of anything else, malformed responses are
// dropped (RFC 4475 §3.1.2.19), and an error comes back about the rest.
func (b *batch) malformed(message *sip.Message, flow machine.Flow, err error) error {
	b.server.metrics.malformed.Inc()
	var problem *sip.StatusError
	switch {
	case errors.Is(err, sip.ErrNotSIP), errors.Is(err, sip.ErrNoVia), errors.Is(err, sip.ErrTooLong):
		return err
	case message == nil || !errors.As(err, &problem):
		return nil
	}
	shard := b.server.callShardOf(message.CallID())
	shard.mutex.Lock()
	shard.machine.Refuse(machine.Packet{Message: message, Flow: flow}, problem, &b.out)
	b.close(shard.gate.draw(), shard.gate, shard)
	shard.mutex.Unlock()
	return nil
}

// stepRequest: credentials are looked at by the shard of the user they name, and only
// when the request is no retransmission; then the call's shard goes on.
func (b *batch) stepRequest(now time.Time, p machine.Packet) {
	method := p.Message.Method()
	if method == sip.ACK || method == sip.CANCEL {
		b.stepCall(now, p, identity.Identity{})
		return
	}
	settings := b.server.current().identity
	user, signed := settings.Shard(p)
	_, names := proxy.Named(p)
	if !signed && !names {
		b.stepCall(now, p, settings.Unsigned(p, b.server.directory))
		return
	}
	shard := b.server.callShardOf(p.Message.CallID())
	shard.mutex.Lock()
	absorbed := shard.machine.Absorb(now, p, &b.out)
	b.close(shard.gate.draw(), shard.gate, shard)
	shard.mutex.Unlock()
	if absorbed {
		return
	}
	var who identity.Identity
	if signed {
		who = b.identify(now, user, p)
	} else {
		who = settings.Unsigned(p, b.server.directory)
	}
	b.stepCall(now, p, b.judge(now, p, who))
}

func (b *batch) identify(now time.Time, user string, p machine.Packet) identity.Identity {
	shard := b.server.userShardOf(user)
	shard.mutex.Lock()
	who := shard.identifier.Identify(now, p, b.server.directory, &b.out)
	b.close(shard.gate.draw(), shard.gate, nil)
	shard.mutex.Unlock()
	if who.Kind == identity.User {
		b.server.guard.Vouch(now, p.Flow.Remote, now.Add(vouchFor))
	}
	return who
}

// vouchFor is how long a source that has authenticated is no stranger.
const vouchFor = time.Hour

func (b *batch) stepCall(now time.Time, p machine.Packet, who identity.Identity) {
	shard := b.server.callShardOf(p.Message.CallID())
	found, picks := b.pickUp(p, who)
	shard.mutex.Lock()
	before := len(b.out.Events)
	if picks {
		shard.machine.Pick(found)
	}
	shard.machine.Receive(now, p, who, &b.out)
	b.close(shard.gate.draw(), shard.gate, shard)
	shard.mutex.Unlock()
	b.warrant(now, b.out.Events[before:])
}

func (b *batch) stepRegister(now time.Time, p machine.Packet) {
	var who identity.Identity
	if user, signed := b.server.current().identity.Shard(p); signed {
		who = b.identify(now, user, p)
	} else {
		who = b.server.current().identity.Unsigned(p, b.server.directory)
	}
	shard := b.server.userShardOf(b.server.addressOfRecord(p.Message))
	shard.mutex.Lock()
	before := len(b.out.Changes)
	shard.registrar.Register(now, p, who, &b.out)
	b.close(shard.gate.draw(), shard.gate, nil)
	shard.mutex.Unlock()
	b.registeredAnew(b.out.Changes[before:])
}

// addressOfRecord is the canonical address that a REGISTER is about: however it is
// written, one shard owns its record.
func (s *Server) addressOfRecord(message *sip.Message) string {
	address, _ := sip.ParseAddress(message.To()) // Parse has made sure of it
	canonical, _ := s.current().identity.AddressOfRecord(address)
	return canonical
}

// close ends a step: what it changed is staged for the store while the machine's mutex
// is held, so that the next step sees it, and agents hear of calls; what it sends gets its ticket.
func (b *batch) close(ticket uint64, gate *turnstile, owner owner) {
	for ; b.staged < len(b.out.Changes); b.staged++ {
		b.commit.stage(b.out.Changes[b.staged])
	}
	b.tell(gate, ticket)
	b.segments = append(b.segments, segment{
		gate: gate, ticket: ticket, owner: owner, end: len(b.out.Sends), changes: len(b.out.Changes), media: len(b.out.Media), jobs: len(b.out.Jobs),
	})
}
