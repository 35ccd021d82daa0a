package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"hookflash/internal/ladder"
	"hookflash/sip"
)

// passing is one message between the server and a peer.
type passing struct {
	at       time.Time
	from, to netip.AddrPort
	in       bool // to the server
	text     string
	agent    string // of the server, at the other end; "": somebody else is
	message  *sip.Message
}

// sequence tells requests of one call apart.
func (p passing) sequence() string {
	return strconv.FormatUint(uint64(p.message.CSeq()), 10) + " " + string(p.message.Method())
}

// maxSequences bounds the requests of one call that are told apart.
const maxSequences = 256

// watched is one call, or one request outside of any call. It belongs to its watcher.
type watched struct {
	id, title string
	recorder  ladder.Recorder
	phones    map[netip.AddrPort]string // of the watcher
	names     map[netip.AddrPort]string // columns by address
	taken     map[string]bool           // columns
	sequences map[string]bool
	began     time.Time // by the server's clock
	last      time.Time // by ours: when something was said
	invite    bool      // an INVITE was seen
	answered  bool      // a 2xx to an INVITE was seen
	failure   string    // "486 Busy Here", when a final failure of the INVITE went to the caller
	ringing   bool
	ended     bool
	changed   bool // since it was drawn
	drawnEnd  bool // it was drawn after its end
}

func newWatched(seen passing, phones map[netip.AddrPort]string) *watched {
	m := seen.message
	title := fmt.Sprintf("%s %s", m.Method(), userOf(m.From()))
	if m.Method() != sip.REGISTER {
		title += " -> " + userOf(m.To())
	}
	return &watched{
		id: m.CallID(), title: title,
		phones: phones, began: seen.at,
		names: map[netip.AddrPort]string{}, taken: map[string]bool{serverName: true}, sequences: map[string]bool{},
	}
}

const serverName = "hookflash"

// add records a message.
func (w *watched) add(now time.Time, seen passing) {
	remote, local := seen.from, seen.to
	if !seen.in {
		remote, local = local, remote
	}
	name := w.name(remote, seen)
	if seen.in { // columns stand in the order in which they are named: the caller first
		w.recorder.Name(remote, name)
	}
	w.names[local] = serverName
	w.recorder.Name(local, serverName)
	w.recorder.Name(remote, name)
	w.recorder.Record(ladder.Sight{At: seen.at.Sub(w.began).Round(time.Millisecond), From: seen.from, To: seen.to, Text: seen.text})
	w.last, w.changed = now, true
	if len(w.sequences) < maxSequences {
		w.sequences[seen.sequence()] = true
	}
	w.follow(seen)
}

// name is the column of a peer: who registered from there, else who From or To says it is.
func (w *watched) name(remote netip.AddrPort, seen passing) string {
	if known := w.names[remote]; known != "" {
		return known
	}
	name := w.phones[remote]
	if seen.agent != "" {
		name = seen.agent
	}
	if name == "" {
		// A request comes from whom From names, and goes to whom To names; responses run the
		// other way (RFC 3261 §8.1.1).
		value := seen.message.To()
		if seen.in == seen.message.IsRequest() {
			value = seen.message.From()
		}
		name = userOf(value)
	}
	if name == "" {
		name = remote.String()
	}
	unique := name
	for i := 2; w.taken[unique]; i++ {
		unique = name + " " + strconv.Itoa(i)
	}
	w.taken[unique] = true
	w.names[remote] = unique
	return unique
}

// follow notices what ends a call: an answered BYE, or an acknowledged failure; outside
// of calls, a final response. A demand for credentials ends nothing.
func (w *watched) follow(seen passing) {
	m := seen.message
	method, code := m.Method(), m.StatusCode()
	final := !m.IsRequest() && !seen.in && code >= 200
	challenge := code == 401 || code == 407
	switch {
	case method == sip.INVITE && m.IsRequest():
		w.invite = true
	case method == sip.INVITE && final && code < 300:
		w.answered = true
	case method == sip.INVITE && final && !w.answered && !challenge: // a failed re-INVITE ends no call
		w.failure = startLine(seen.text)
	case method == sip.INVITE && code > 100 && code < 200:
		w.ringing = true
	case method == sip.ACK && seen.in && w.failure != "" && !w.answered:
		w.ended = true
	case method == sip.BYE && final && !challenge:
		w.ended = true
	case method == sip.INVITE || method == sip.CANCEL || method == sip.ACK || method == sip.BYE:
	case final && !challenge && !w.invite:
		w.ended = true
	}
}

// ladder is what was recorded, with a title.
func (w *watched) ladder() *ladder.Ladder {
	state := "no end seen yet"
	switch {
	case w.ended && w.answered:
		state = "ended"
	case w.ended && w.failure != "":
		state = w.failure
	case w.ended:
		state = "done"
	case w.answered:
		state = "up"
	case w.ringing:
		state = "ringing"
	}
	w.recorder.Title = fmt.Sprintf("%s, %s\n%s, Call-ID %s", w.title, state, w.began.Local().Format(time.DateTime), w.id)
	return w.recorder.Ladder()
}

// userOf is the user part of From or To; the host when there is none.
func userOf(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return ""
	}
	if address.URI.User == "" {
		return address.URI.Host
	}
	return sip.Unescape(address.URI.User)
}
