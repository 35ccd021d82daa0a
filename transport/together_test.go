package transport

import (
	"errors"
	"net"
	"testing"

	"hookflash/machine"
)

var streamTransports = []machine.Transport{machine.TCP, machine.TLS, machine.WS, machine.WSS}

// TestSendAll: messages of two connections, mixed, arrive whole and in order on each, also
// when the peers read late.
func TestSendAll(t *testing.T) {
	for _, transport := range streamTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{QueueBytes: 4 << 20})
			var peers []*peerConn
			var flows []machine.Flow
			for range 2 {
				p := open(t, transport, local, authority)
				write(t, p, p.encode(numbered(0)))
				peers, flows = append(peers, p), append(flows, r.want(t, "a message", "messages").flow)
			}
			for _, length := range []int{100, 60_000} {
				var messages []Message
				for i := range 2 * 20 {
					messages = append(messages, Message{Flow: flows[i%2], Data: []byte(long(length + i)), Ticket: uint64(i + 1)})
				}
				if failed := s.SendAll(messages); failed != 0 {
					t.Fatalf("%d were not taken: %v", failed, messages[0].Err)
				}
				for i := range messages {
					if got := peers[i%2].receive(t, length+i); got != long(length+i) {
						t.Fatalf("message %d of %d bytes: %d came", i, length+i, len(got))
					}
				}
			}
			r.wantSilence(t, "nothing is unsent")
			if unsent := s.Counts().Unsent; unsent != 0 {
				t.Errorf("%d bytes are accounted as unsent", unsent)
			}
		})
	}
}

// TestSendAllFails: each that was not taken, or not written in the end, is told once.
func TestSendAllFails(t *testing.T) {
	for _, transport := range streamTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{QueueBytes: 300_000})
			p := open(t, transport, local, authority)
			write(t, p, p.encode(numbered(0)))
			flow := r.want(t, "a message", "messages").flow
			gone := flow
			gone.Connection += 100
			told := map[uint64]bool{}
			messages := []Message{{Flow: gone, Data: []byte("x"), Ticket: 1000}, {Flow: gone, Data: []byte("x"), Ticket: 1001}}
			for i := range 800 {
				messages = append(messages, Message{Flow: flow, Data: []byte(long(20_000)), Ticket: uint64(i + 2000)})
			}
			failed := s.SendAll(messages)
			if !errors.Is(messages[0].Err, ErrGone) || !errors.Is(messages[1].Err, ErrGone) || !errors.Is(messages[801].Err, ErrQueueFull) {
				t.Fatalf("why not: %v, %v, %v", messages[0].Err, messages[1].Err, messages[801].Err)
			}
			_ = p.socket.(*net.TCPConn).SetLinger(0)
			_ = p.socket.Close()
			for {
				h := <-r.happened
				if h.what == "closed" {
					break
				}
				if h.what != "unsent" || told[h.ticket] {
					t.Fatalf("each is told once: %+v", h)
				}
				told[h.ticket] = true
			}
			count := 0
			for i := range messages {
				if messages[i].Err != nil {
					count++
					if told[messages[i].Ticket] {
						t.Errorf("what was not taken is not told again: %d", messages[i].Ticket)
					}
				}
			}
			if count != failed || len(told) == 0 {
				t.Errorf("%d not taken, %d said; %d told later", count, failed, len(told))
			}
		})
	}
}
