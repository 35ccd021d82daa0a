package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hookflash/api"
	"hookflash/config"
	"hookflash/machine"
)

// Limits of the HTTP port.
const (
	MaxHTTPConnections = 256     // further ones are closed at once
	MaxHTTPHeader      = 8 << 10 // bytes of a request's header
	MaxScrapes         = 4       // at a time; more get 503
	httpReadTimeout    = 5 * time.Second
	httpWriteTimeout   = 10 * time.Second // of a whole answer; of one line of a trace
	httpIdleTimeout    = time.Minute
	httpShutdown       = 2 * time.Second // for answers under way
)

// listenHTTP listens, so that a port in use is told at start; serveHTTP answers. The port
// is also a SIP listener, for the WebSockets that are opened at webSocketPath.
func (s *Server) listenHTTP(address netip.AddrPort) error {
	listener, err := net.Listen("tcp", address.String())
	if err != nil {
		return fmt.Errorf("listening for HTTP on %s: %w", address, err)
	}
	s.pagesListener = &boundedListener{Listener: listener}
	if bound, err := netip.ParseAddrPort(listener.Addr().String()); err == nil {
		address = netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port())
	}
	s.sockets = append(s.sockets, socket{listener: config.Listener{Transport: machine.WS, Address: address}})
	return nil
}

// openHTTP makes what answers on the HTTP port.
func (s *Server) openHTTP() {
	s.http = &http.Server{
		Handler:           s.pages(),
		ReadHeaderTimeout: httpReadTimeout,
		ReadTimeout:       httpReadTimeout,
		WriteTimeout:      httpWriteTimeout,
		IdleTimeout:       httpIdleTimeout,
		MaxHeaderBytes:    MaxHTTPHeader,
		// "OPTIONS *" gets what any other method gets.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
}

// serveHTTP answers until the context ends, which also ends every trace.
func (s *Server) serveHTTP(ctx context.Context) {
	s.http.BaseContext = func(net.Listener) context.Context { return ctx }
	ended := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(ended)
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpShutdown)
		defer cancel()
		if s.http.Shutdown(patience) != nil {
			_ = s.http.Close()
		}
	})
	if err := s.http.Serve(s.pagesListener); !errors.Is(err, http.ErrServerClosed) {
		s.logger.Error("the HTTP port went deaf; calls are not affected", "error", err)
	}
	<-ended
}

// pages is what can be asked for.
func (s *Server) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: MaxScrapes}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.answerReady)
	mux.HandleFunc("GET /trace", s.answerTrace)
	mux.HandleFunc("GET "+webSocketPath, s.answerWebSocket)
	mux.HandleFunc("GET /{$}", s.answerRoot)
	mux.HandleFunc("GET /card", s.answerCard)
	administration := s.administration()
	mux.Handle(api.Prefix+"/", administration)
	s.callPages(mux, administration)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, http.StatusMethodNotAllowed, "this port answers GET and HEAD only")
			return
		}
		writeProblem(w, http.StatusNotFound, "there is /card, /metrics, /healthz, /readyz, /trace, /ws and "+api.Prefix)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// unready says why no new call should be sent here; empty when one may.
func (s *Server) unready() string {
	switch {
	case s.draining.Load():
		return "draining: calls that stand may end, new ones are refused"
	case !s.ready.Load():
		return "starting"
	}
	return ""
}

func (s *Server) answerReady(w http.ResponseWriter, _ *http.Request) {
	if reason := s.unready(); reason != "" {
		writeProblem(w, http.StatusServiceUnavailable, reason)
		return
	}
	fmt.Fprintln(w, "ready")
}

func (s *Server) answerRoot(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, rootPage, html.EscapeString(s.current().config.Domain))
}

const rootPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>hookflash</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>hookflash</h1>
<p>The telephone server of the SIP domain <b>%s</b>.</p>
<ul>
<li><a href="/card">/card</a>: the codes that telephones dial here, to print
<li><a href="/metrics">/metrics</a>: figures for Prometheus
<li><a href="/healthz">/healthz</a>: does the process live?
<li><a href="/readyz">/readyz</a>: does it take new calls?
<li>/ws: SIP over WebSocket, for phones in browsers
<li><a href="/api/v1/openapi.json">/api/v1</a>: users, groups and rules, for programs with a token
<li>/call/NUMBER: has your own phone call somebody, at the press of a button
<li>/trace: every message as it passes, as lines of JSON, for this machine only; <code>hookflash trace</code> draws them
</ul>
`

// writeProblem answers with problem details (RFC 9457).
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // nobody to tell when the client is gone
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
}

// boundedListener closes connections above MaxHTTPConnections at once.
type boundedListener struct {
	net.Listener
	open atomic.Int64
}

// Accept waits for a connection that may stay.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= MaxHTTPConnections {
			return &boundedConnection{Conn: connection, open: &l.open}, nil
		}
		l.open.Add(-1)
		_ = connection.Close()
	}
}

type boundedConnection struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

// Close makes room for another connection.
func (c *boundedConnection) Close() error {
	return c.release().Close()
}

// release makes room, and gives the connection away.
func (c *boundedConnection) release() net.Conn {
	if c.closed.CompareAndSwap(false, true) {
		c.open.Add(-1)
	}
	return c.Conn
}
