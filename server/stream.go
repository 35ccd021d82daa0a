package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"hookflash/guard"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transport"
)

// streamHandler takes what arrives on streams. Its methods run on the goroutine of the
// connection.
type streamHandler struct{ server *Server }

// Messages steps the machines with everything that one read brought, up to what is no
// message: behind it nobody knows where messages begin.
func (h *streamHandler) Messages(incoming []transport.Incoming) (err error) {
	b := h.server.takeBatch()
	now := time.Now()
	for i := range incoming {
		beginning := []byte(incoming[i].Text[:min(len(incoming[i].Text), guardLooks)])
		if h.server.guard.Admit(now, incoming[i].Flow.Remote, beginning) != guard.Admitted {
			continue
		}
		if err = b.packet(now, incoming[i].Text, incoming[i].Flow); err != nil {
			break
		}
	}
	b.flush(now)
	h.server.returnBatch(b)
	return err
}

// Malformed answers a message whose end nobody can tell; the connection ends with it.
func (h *streamHandler) Malformed(flow machine.Flow, doubt *transport.FramingError) []byte {
	h.server.metrics.malformed.Inc()
	message, _ := sip.Parse(doubt.Head)
	if message == nil || !message.IsRequest() || message.Method() == sip.ACK {
		return nil
	}
	return sip.NewResponse(message, flow.Remote, sip.Answer{Code: doubt.Status}).Empty()
}

// Unsent tells the machine whose request it was; only one of them knows the ticket.
func (h *streamHandler) Unsent(_ machine.Flow, ticket uint64, _ error) {
	b := h.server.takeBatch()
	for _, shard := range h.server.calls {
		b.failed = append(b.failed, origin{ticket: ticket, owner: shard})
	}
	b.flush(time.Now())
	h.server.returnBatch(b)
}

// Closed has nothing to undo: transactions and registrations do not own the connection.
func (h *streamHandler) Closed(flow machine.Flow, err error) {
	if logger := h.server.logger; logger.Enabled(context.Background(), slog.LevelDebug) && !errors.Is(err, io.EOF) {
		logger.Debug("a connection ended", "transport", flow.Transport.String(), "remote", flow.Remote, "reason", err)
	}
}

func (s *Server) takeBatch() *batch {
	if b, ok := s.batches.Get().(*batch); ok {
		return b
	}
	return s.newBatch()
}

func (s *Server) returnBatch(b *batch) { s.batches.Put(b) }

// guardLooks is how much of a message the guard looks at, in octets: it tells keep-alives
// from messages.
const guardLooks = 8
