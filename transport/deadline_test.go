package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hookflash/machine"
)

var somebody = machine.Flow{Remote: netip.MustParseAddrPort("192.0.2.1:5060"), Transport: machine.TCP}

// piped are streams in virtual time, with one connection accepted from a pipe.
func piped(t *testing.T, options StreamOptions, test func(t *testing.T, s *Streams, r *recorder, far net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder()
		s := newStreams(t, r, options)
		near, far := net.Pipe()
		t.Cleanup(func() { _ = far.Close() })
		if s.Adopt(near, somebody) != 1 {
			t.Fatal("the first connection is number 1")
		}
		test(t, s, r, far)
	})
}

// closedAfter checks when and why the connection closes.
func closedAfter(t *testing.T, r *recorder, reason string, want time.Duration, err error) {
	t.Helper()
	began := time.Now()
	select {
	case h := <-r.happened:
		if h.what != "closed" || !errors.Is(h.err, err) {
			t.Fatalf("%s: %+v", reason, h)
		}
	case <-time.After(24 * time.Hour):
		t.Fatalf("%s: still open after a day", reason)
	}
	if took := time.Since(began); took != want {
		t.Errorf("%s: after %v, want %v", reason, took, want)
	}
}

func TestSilentConnectionIsClosed(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, _ *Streams, r *recorder, _ net.Conn) {
		closedAfter(t, r, "ten seconds for a first message", 10*time.Second, ErrMessageTimeout)
	})
}

func TestKeepAlivesAreNoFirstMessage(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, _ *Streams, r *recorder, far net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, far) }()
		for range 9 {
			time.Sleep(time.Second)
			write(t, far, "\r\n\r\n")
		}
		closedAfter(t, r, "pings don't extend the time", time.Second, ErrMessageTimeout)
	})
}

func TestTrickledMessageIsClosed(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, s *Streams, r *recorder, far net.Conn) {
		time.Sleep(9 * time.Second)
		write(t, far, numbered(1))
		r.want(t, "in time", "messages")
		time.Sleep(time.Minute)
		for _, b := range []byte(numbered(2)[:18]) {
			write(t, far, string(b))
			time.Sleep(500 * time.Millisecond)
		}
		synctest.Wait()
		if s.Counts().Unparsed != 18 {
			t.Errorf("unfinished bytes are counted: %+v", s.Counts())
		}
		closedAfter(t, r, "ten seconds from a message's first byte to its last", time.Second, ErrMessageTimeout)
	})
}

func TestSlowMessagesInTimeAreFine(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, _ *Streams, r *recorder, far net.Conn) {
		for range 10 { // each write ends one message and begins the next
			write(t, far, numbered(1)[20:])
			time.Sleep(8 * time.Second)
			write(t, far, numbered(1)[:20])
		}
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, _ *Streams, r *recorder, far net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, far) }()
		write(t, far, numbered(1))
		r.want(t, "a message", "messages")
		for range 20 {
			time.Sleep(time.Hour)
			write(t, far, "\r\n\r\n") // a keep-alive is enough
		}
		closedAfter(t, r, "idle", 65*time.Minute, ErrIdle)
	})
}

func TestPeerThatTakesNothingIsClosed(t *testing.T) {
	piped(t, StreamOptions{QueueMessages: 3}, func(t *testing.T, s *Streams, r *recorder, far net.Conn) {
		write(t, far, numbered(1))
		flow := r.want(t, "a message", "messages").flow
		for ticket := range uint64(3) {
			if err := s.Send(flow, []byte("response"), ticket+1); err != nil {
				t.Fatal("queued:", err)
			}
		}
		if err := s.Send(flow, []byte("response"), 4); !errors.Is(err, ErrQueueFull) {
			t.Error("the queue is bounded in messages:", err)
		}
		read(t, far, 8)
		time.Sleep(9 * time.Second)
		read(t, far, 4) // taking half of one is taking nothing
		for ticket := uint64(2); ticket <= 3; ticket++ {
			if h := r.want(t, "what wasn't written whole is told", "unsent"); h.ticket != ticket {
				t.Errorf("in order: %+v", h)
			}
		}
		h := r.want(t, "and the connection closed", "closed")
		if h.err == nil || s.Counts().Failed != 3 {
			t.Errorf("counted: %+v %v", s.Counts(), h.err)
		}
	})
}

func TestMalformedStreamDoesNotWaitForItsPeer(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, _ *Streams, r *recorder, far net.Conn) {
		r.response = []byte("SIP/2.0 400 Bad Request\r\n\r\n")
		write(t, far, "\x00")
		r.want(t, "a doubt", "malformed")
		began := time.Now()
		r.want(t, "closed though the response is not read", "closed")
		if took := time.Since(began); took != time.Second {
			t.Errorf("after the linger time: %v", took)
		}
	})
}

func TestUnfinishedBytesHaveABudget(t *testing.T) {
	piped(t, StreamOptions{MaxUnparsed: 1000}, func(t *testing.T, s *Streams, r *recorder, far net.Conn) {
		near, second := net.Pipe()
		defer second.Close()
		other := somebody
		other.Remote = netip.MustParseAddrPort("192.0.2.2:5060")
		s.Adopt(near, other)
		part := "OPTIONS sip:a SIP/2.0\r\nSubject: " + strings.Repeat("x", 700)
		write(t, far, part)
		synctest.Wait()
		write(t, second, part)
		if h := r.wantClosed(t, "the one that overdraws it closes", ErrUnparsedFull); h.flow.Remote != other.Remote {
			t.Errorf("not the other: %+v", h)
		}
		if s.Counts().Unparsed != int64(len(part)) {
			t.Errorf("what it had is given back: %+v", s.Counts())
		}
	})
}

func TestDialTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder()
		s := newStreams(t, r, StreamOptions{MaxDialling: 2})
		s.dialler = func(ctx context.Context, _ machine.Flow) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		for i := range 3 {
			to := somebody
			to.Remote = netip.AddrPortFrom(to.Remote.Addr(), uint16(5060+i))
			err := s.Send(to, []byte("x"), uint64(i+1))
			if (err == nil) != (i < 2) || err != nil && !errors.Is(err, ErrTooMany) {
				t.Errorf("two may be dialled at once: %d %v", i, err)
			}
		}
		for range 2 {
			if h := r.want(t, "nobody answers", "unsent"); !errors.Is(h.err, context.DeadlineExceeded) {
				t.Errorf("for want of time: %v", h.err)
			}
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("in time to fail over: %v", took)
		}
		if err := s.Send(somebody, []byte("x"), 9); err != nil {
			t.Error("and may be tried again:", err)
		}
		synctest.Wait()
		if err := s.Close(t.Context()); err != nil {
			t.Error("closing ends a dial:", err)
		}
		if h := r.want(t, "the message is told", "unsent"); h.ticket != 9 || !errors.Is(h.err, ErrShutdown) {
			t.Errorf("with the reason: %+v", h)
		}
	})
}

func TestAcceptedStreamsOfAnyKindAreServed(t *testing.T) {
	piped(t, StreamOptions{}, func(t *testing.T, s *Streams, r *recorder, far net.Conn) {
		r.answer = func(batch []Incoming) {
			if err := s.Send(batch[0].Flow, []byte("answer"), 0); err != nil {
				t.Error("a handler may send:", err)
			}
		}
		write(t, far, numbered(1))
		if got := read(t, far, 6); got != "answer" {
			t.Errorf("answered: %q", got)
		}
	})
}
