package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"hookflash/machine"
)

// webSocketPath is where a WebSocket is opened on the HTTP port.
const webSocketPath = "/ws"

// answerWebSocket passes a connection that asks for a WebSocket on to the streams: from
// there on their limits hold instead of those of the HTTP port.
func (s *Server) answerWebSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		writeProblem(w, http.StatusUpgradeRequired, "this is for WebSockets with the subprotocol sip")
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeProblem(w, http.StatusInternalServerError, "the connection can't be taken over")
		return
	}
	if bounded, ok := conn.(*boundedConnection); ok {
		conn = bounded.release()
	}
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || buffered.Reader.Buffered() > 0 {
		_ = conn.Close() // who opens a WebSocket waits for the answer (RFC 6455 §4.1)
		return
	}
	_ = conn.SetDeadline(time.Time{}) // the streams set their own
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4})
	}
	flow := machine.Flow{Transport: machine.WS, Listener: s.pagesSocket(), Remote: netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())}
	s.streams.AdoptRequest(conn, flow, r)
}

// pagesSocket is the number of the HTTP port among the listeners: the last.
func (s *Server) pagesSocket() uint16 { return uint16(len(s.sockets) - 1) }
