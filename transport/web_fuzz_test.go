package transport

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
)

// FuzzWhole: what is taken for a message is all of what came, and so is what the framer of
// a stream takes from the same bytes.
func FuzzWhole(f *testing.F) {
	for _, seed := range []string{
		"", "\r\n\r\n", "\r\n", options("", "body"), options("l: 4\r\n", "body"), options("l: 5\r\n", "body"), options("l: 3\r\n", "body"),
		options("l: 4\r\nContent-Length: 4\r\n", "body"), "\r\n\r\n" + options("", ""), numbered(1) + numbered(2), "OPTIONS", "\x16\x03\x01",
		"OPTIONS sip:a SIP/2.0\nVia: x\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nl\r\n : 4\r\n\r\nbody",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _, err := Whole(data, 4096)
		var doubt *FramingError
		switch {
		case err != nil && (!errors.As(err, &doubt) || text != "" || doubt.Status != 400 && doubt.Status != 513):
			t.Fatalf("a doubt and nothing else: %q %v", text, err)
		case err == nil && text != "" && (!strings.HasSuffix(string(data), text) || strings.Trim(string(data[:len(data)-len(text)]), "\r\n") != ""):
			t.Fatalf("all that came, but for line breaks before it: %q of %q", text, data)
		}
		var framer Framer
		framer.Limit = 4096
		texts, _, streamed := framer.Feed(data, nil)
		if streamed == nil && len(texts) == 1 && framer.Pending() == 0 && err == nil && text != texts[0] {
			t.Fatalf("with a length, a stream reads the same: %q and %q", text, texts[0])
		}
	})
}

// FuzzFrames: whatever comes on a WebSocket that is open, what is taken for a message is
// one, and the connection ends with its peer.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		"", frame(fin|opText, numbered(1)), frame(fin|opBinary, numbered(1)), frame(opText, numbered(1)[:9]) + frame(fin|opContinuation, numbered(1)[9:]),
		frame(fin|opPing, "x") + frame(fin|opPong, "") + frame(fin|opText, "\r\n\r\n"), frame(fin|opClose, "\x03\xe8bye"), frame(fin|opClose, "\x03"),
		frame(fin|opText, numbered(1)+numbered(2)), frame(fin|0x70|opText, "x"), frame(fin|7, "x"), "\x81\x04text",
		"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", "\x82\xfe\xff\xff\x01\x02\x03\x04" + strings.Repeat("x", 100),
		strings.Repeat(frame(fin|opPing, ""), 100), frame(opText, "") + strings.Repeat(frame(opContinuation, ""), 100),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRecorder()
		s := newStreams(t, r, StreamOptions{MessageTimeout: 2 * time.Second, LingerTimeout: 50 * time.Millisecond})
		near, far := net.Pipe()
		defer far.Close()
		s.Adopt(near, machine.Flow{Remote: somebody.Remote, Transport: machine.WS})
		p := &peerConn{Conn: far, socket: far, reader: newReader(far), web: true}
		if status, _ := p.ask(t, upgradeRequest("Sec-WebSocket-Protocol: sip\r\n")); status != 101 {
			t.Fatalf("the WebSocket opens: %d", status)
		}
		go func() { _, _ = io.Copy(io.Discard, p.reader) }()
		_, _ = far.Write(data) // the connection may end on the way
		_ = far.Close()
		for {
			var h happening
			select {
			case h = <-r.happened:
			case <-time.After(5 * time.Second):
				panic("the connection outlives its peer")
			}
			if h.what == "closed" {
				return
			}
			if h.what == "messages" {
				for _, text := range h.texts {
					if whole, _, err := Whole([]byte(text), 0); err != nil || whole != text {
						t.Fatalf("a message is whole: %q: %v", text, err)
					}
				}
			}
		}
	})
}
