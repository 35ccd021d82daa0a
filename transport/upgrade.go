package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"hookflash/machine"
)

const (
	// MaxUpgrade is the longest request that opens a WebSocket, in bytes.
	MaxUpgrade = 8 << 10
	// Subprotocol must be offered by who opens a WebSocket (RFC 7118 §4).
	Subprotocol = "sip"

	webReadBuffer  = 2 << 10 // bytes; longer frames are read past it
	webWriteBuffer = 4 << 10
)

// AdoptRequest serves a connection as Adopt does, on which an HTTP server has read a
// request that asks for a WebSocket, and nothing beyond. The request is answered here.
func (s *Streams) AdoptRequest(conn net.Conn, flow machine.Flow, request *http.Request) uint64 {
	return s.adopt(conn, flow, request)
}

// upgrade reads and answers the opening handshake (RFC 6455 §4.2, RFC 7118 §4).
func (c *connection) upgrade(stream net.Conn, security *Security) (*websocket.Conn, error) {
	a := &answering{stream: stream, header: http.Header{}}
	writer := bufio.NewWriterSize(stream, webWriteBuffer)
	a.buffers = bufio.NewReadWriter(bufio.NewReaderSize(stream, webReadBuffer), writer)
	request := c.request
	c.request = nil
	if request == nil {
		a.buffers.Reader.Reset(io.LimitReader(stream, MaxUpgrade))
		var err error
		if request, err = http.ReadRequest(a.buffers.Reader); err != nil {
			a.refuse(http.StatusBadRequest, "this port opens WebSockets with the subprotocol sip")
			return nil, err
		}
	}
	if status, reason := forbidden(request, security); status != 0 {
		a.refuse(status, reason)
		return nil, fmt.Errorf("%d: %s", status, reason)
	}
	web, err := websocket.Accept(a, request, &websocket.AcceptOptions{
		Subprotocols:       []string{Subprotocol},
		InsecureSkipVerify: true, // Origins has decided
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived:     func(context.Context, []byte) bool { return c.control(time.Now()) },
		OnPongReceived:     func(context.Context, []byte) { c.control(time.Now()) },
	})
	if err != nil {
		return nil, err
	}
	web.SetReadLimit(int64(c.streams.options.MaxMessage))
	return web, nil
}

// forbidden says why a request may not open a WebSocket, 0 if it may as far as it isn't
// for the library to say.
func forbidden(request *http.Request, security *Security) (status int, reason string) {
	var origins Origins
	if security != nil {
		origins = security.Origins
	}
	switch {
	case request.ContentLength != 0:
		return http.StatusBadRequest, "a request that opens a WebSocket has no content"
	case !origins.Allow(request):
		return http.StatusForbidden, "pages of this origin may not connect here; origins lists those that may"
	case strings.EqualFold(request.Header.Get("Upgrade"), "websocket") && !offers(request.Header, Subprotocol):
		return http.StatusBadRequest, "the subprotocol sip is not offered (RFC 7118 section 4)"
	}
	return 0, ""
}

// offers tells whether a subprotocol is among those offered (RFC 6455 §11.3.4).
func offers(header http.Header, subprotocol string) bool {
	for _, line := range header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(name) == subprotocol {
				return true
			}
		}
	}
	return false
}

// answering is the http.ResponseWriter of one request on a stream of ours.
type answering struct {
	stream  net.Conn
	buffers *bufio.ReadWriter
	header  http.Header
	status  int
}

// Header is what WriteHeader sends.
func (a *answering) Header() http.Header { return a.header }

// WriteHeader sends the status and the header; without a WebSocket the connection ends.
func (a *answering) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	if status != http.StatusSwitchingProtocols {
		a.header.Set("Connection", "close")
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = a.header.Write(&head) // to memory
	head.WriteString("\r\n")
	_, _ = a.stream.Write(head.Bytes()) // when it fails, reading will
}

// Write sends the content of a refusal.
func (a *answering) Write(content []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.stream.Write(content)
}

func (a *answering) refuse(status int, reason string) { http.Error(a, reason, status) }

// Hijack gives the stream to the library.
func (a *answering) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if a.status != http.StatusSwitchingProtocols {
		return nil, nil, errors.ErrUnsupported
	}
	return a.stream, a.buffers, nil
}
