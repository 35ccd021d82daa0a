package phone

import (
	"errors"
	"math/rand/v2"
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transport"
)

// readDatagrams is the goroutine of the UDP socket.
func (p *Phone) readDatagrams() {
	// It ends when the socket is closed, which Close does.
	_ = p.udp.Receive(transport.NewBatch(), func(received *transport.Batch) {
		for i := range received.Len() {
			data, source := received.Datagram(i)
			// What is no message gets silence.
			_ = p.receive(string(data), machine.Flow{Transport: machine.UDP, Remote: source})
		}
	})
}

// receive steps the agent with a message. The error is for what is no message: neither a request
// that can be answered, were it by a refusal, nor a response.
func (p *Phone) receive(text string, flow machine.Flow) error {
	message, err := sip.Parse(text)
	if err != nil {
		return p.malformed(message, flow, err)
	}
	packet := machine.Packet{Message: message, Flow: p.known(flow)}
	if message.IsRequest() && flow.Transport == machine.UDP {
		packet.Flow.Remote = message.AnswerTo(flow.Remote)
		packet.Named = packet.Flow.Remote != flow.Remote
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ended {
		return nil
	}
	now := time.Now()
	if p.settings.Trace != nil {
		p.settings.Trace(now, false, packet.Flow, text)
	}
	p.arriving = packet.Flow
	p.agent.Receive(now, packet, &p.out)
	p.finish(now)
	return nil
}

// known replaces the connection that we opened to the server by the flow to the server, whichever
// connection that is: the agent knows its server by it.
func (p *Phone) known(flow machine.Flow) machine.Flow {
	if outbound := p.settings.outbound(); outbound.Dialled(flow) {
		return outbound
	}
	return flow
}

// malformed answers a request that can't be taken but be answered, without any state. Malformed responses
// are dropped (RFC 4475 §3.1.2.19).
func (p *Phone) malformed(message *sip.Message, flow machine.Flow, err error) error {
	var problem *sip.StatusError
	switch {
	case errors.Is(err, sip.ErrNotSIP), errors.Is(err, sip.ErrNoVia), errors.Is(err, sip.ErrTooLong):
		return err
	case message == nil || !errors.As(err, &problem) || !message.IsRequest() || message.Method() == sip.ACK:
		return nil
	}
	refusal := sip.NewResponse(message, flow.Remote, sip.Answer{Code: problem.Code, Reason: problem.Reason}).Empty()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.ended {
		p.out.Sends = append(p.out.Sends, machine.Send{To: flow, Data: refusal})
		p.finish(time.Now())
	}
	return nil
}

// streamHandler takes what arrives on streams.
type streamHandler struct{ phone *Phone }

// Messages implements transport.Handler.
func (h *streamHandler) Messages(batch []transport.Incoming) error {
	for _, incoming := range batch {
		if err := h.phone.receive(incoming.Text, incoming.Flow); err != nil {
			return err
		}
	}
	return nil
}

// Malformed answers a message whose end nobody can tell; the connection ends with it.
func (h *streamHandler) Malformed(flow machine.Flow, doubt *transport.FramingError) []byte {
	message, _ := sip.Parse(doubt.Head)
	if message == nil || !message.IsRequest() || message.Method() == sip.ACK {
		return nil
	}
	return sip.NewResponse(message, flow.Remote, sip.Answer{Code: doubt.Status}).Empty()
}

// Unsent tells the agent that a request did not leave.
func (h *streamHandler) Unsent(_ machine.Flow, ticket uint64, err error) {
	p := h.phone
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.unsent = err
	if p.agent != nil && !p.ended {
		now := time.Now()
		p.agent.SendFailed(now, ticket, &p.out)
		p.finish(now)
	}
}

// Closed registers anew when the connection to the server ended: it was how the server reached us.
func (h *streamHandler) Closed(flow machine.Flow, _ error) {
	p := h.phone
	if !p.settings.outbound().Dialled(flow) {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ended || p.person.leaving || p.settings.Direct || !p.answered || p.registered != nil {
		return
	}
	p.agentStep(time.Now(), func() { p.reconnect(p.agent.Now()) })
}

// Waits before a connection that ended is opened again (RFC 5626 §4.5): each the double of the one before, until
// one has lasted as long as the longest.
const (
	reconnectSoon   = time.Second
	reconnectSeldom = 5 * time.Minute
)

// reconnect registers over a new connection after a while, within a step.
func (p *Phone) reconnect(now time.Time) {
	p.retry.Stop() // nil and one that ended don't mind
	if now.Sub(p.reconnected) > 2*reconnectSeldom {
		p.wait = 0
	}
	p.wait = min(max(2*p.wait, reconnectSoon), reconnectSeldom)
	wait := p.wait/2 + rand.N(p.wait/2)
	p.retry = p.agent.Go("reconnect", func(t *task.Task) {
		t.Sleep(wait)
		p.reconnected = p.agent.Now()
		p.agent.Register(nil)
	})
}
