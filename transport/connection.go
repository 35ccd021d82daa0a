package transport

import (
	"cmp"
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"

	"hookflash/machine"
)

// connection is one stream, being dialled or open. The part on top never changes or
// belongs to its reader; the rest is guarded by mutex.
type connection struct {
	streams  *Streams
	flow     machine.Flow
	accepted bool          // by us; else dialled
	source   netip.Addr    // what an accepted one counts against
	unproven *list.Element // guarded by Streams.mutex
	conn     net.Conn      // set once, by open

	request *http.Request   // asks for a WebSocket; nil: it is to be read
	secured *tls.Conn       // over conn, of TLS and WSS; set while opening
	web     *websocket.Conn // over that, of WS and WSS; set while opening

	stage     stage
	midway    bool  // a WebSocket message has begun and not ended
	pinged    bool  // the WebSocket was asked whether it is there and has said nothing since
	lingering bool  // the read deadline stands: the connection is about to end
	arrived   int   // bytes on the wire since the last WebSocket message
	controls  int64 // until when the control frames that came use up the allowance, in nanoseconds since 1970

	framer   Framer
	proven   bool // a message was complete, or we dialled
	since    time.Time
	armed    time.Time // the read deadline
	reserved int       // of Streams.unparsed
	batch    []Incoming
	texts    []string

	mutex    sync.Mutex
	ready    bool           // conn is set
	passable bool           // the layers stand
	ended    error          // why it is over; nil: it isn't
	closing  bool           // takes no more messages
	goodbye  bool           // the reader is to close the WebSocket in good order
	sentence error          // why it will be over, whatever ends it then; nil: nobody knows
	hurry    time.Time      // no write goes on after this; zero: WriteTimeout alone
	finally  bool           // end when everything queued is written
	attempt  *attempt       // writes without waiting; nil: the connection can't
	queue    []outgoing     // not empty: a writer runs, or the connection is being dialled
	queued   int            // bytes in queue
	writing  bool           // a writer runs
	held     int            // how many gather in the queue what they send; no writer starts meanwhile
	writers  sync.WaitGroup // grows only while neither ended nor closing
}

// outgoing is one message, or what is left of it.
type outgoing struct {
	data   []byte
	ticket uint64
}

// add numbers a connection and makes it findable. The caller holds s.mutex.
func (s *Streams) add(flow machine.Flow) *connection {
	s.last++
	flow.Connection = s.last
	c := &connection{streams: s, flow: flow, framer: Framer{Limit: s.options.MaxMessage}}
	s.connections[flow.Connection] = c
	s.peers[peerOf(flow)] = c
	return c
}

// remove forgets a connection that is over.
func (s *Streams) remove(c *connection) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.connections, c.flow.Connection)
	if s.peers[peerOf(c.flow)] == c {
		delete(s.peers, peerOf(c.flow))
	}
	if c.accepted {
		if s.sources[c.source]--; s.sources[c.source] == 0 {
			delete(s.sources, c.source)
		}
	}
	s.forgetUnproven(c)
}

// forgetUnproven takes a connection off the list of those to shed. The caller holds s.mutex.
func (s *Streams) forgetUnproven(c *connection) {
	if c.unproven != nil {
		s.unproven.Remove(c.unproven)
		c.unproven = nil
	}
}

// open gives the connection its stream and starts to write what waited for it; false
// when it ended in the meantime.
func (c *connection) open(conn net.Conn) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ended != nil {
		return false
	}
	c.conn, c.ready, c.attempt = conn, true, newAttempt(conn)
	c.since = time.Now()
	c.startWriter()
	return true
}

// end closes the connection; the first reason stays. Its reader then finishes it.
func (c *connection) end(reason error) {
	c.mutex.Lock()
	first := c.ended == nil
	if first {
		c.ended = cmp.Or(c.sentence, reason)
	}
	ready, passable := c.ready, c.passable
	c.mutex.Unlock()
	if first && passable && c.secured != nil {
		_ = c.secured.Close() // RFC 8446 §6.1: close_notify, if it finds room
	}
	if first && ready {
		_ = c.conn.Close() // nobody could do anything about an error
	}
}

// alive tells whether messages can still be given to it.
func (c *connection) alive() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.ended == nil && !c.closing
}

// finish ends the connection on its own goroutine, the last one to know it.
func (c *connection) finish(reason error) {
	c.end(reason)
	if c.web != nil {
		_ = c.web.CloseNow() // frees what the library holds
	}
	c.writers.Wait()
	c.mutex.Lock()
	queue, ended, opened := c.takeQueue(), c.ended, c.ready
	c.mutex.Unlock()
	c.unsent(queue, ended)
	c.streams.unparsed.Add(-int64(c.reserved))
	c.streams.remove(c)
	if opened {
		c.streams.handler.Closed(c.flow, ended)
	}
}
