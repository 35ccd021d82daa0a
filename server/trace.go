package server

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Limits of /trace.
const (
	MaxTraces     = 8       // clients at a time; more get 503
	MaxTraceQueue = 1024    // messages that wait for one client; more are left out
	MaxTraceBytes = 4 << 20 // of text that waits for one client; more is left out
)

// taps are the clients that watch. Without any, a message costs one atomic load. The zero
// value is ready.
type taps struct {
	list    atomic.Pointer[[]*tap] // nil when nobody watches; never changed, only replaced
	mutex   sync.Mutex             // held to replace the list
	dropped atomic.Uint64          // messages left out, of all taps there ever were
}

// tap is one client. The readers put in, the goroutine of the HTTP request takes out.
type tap struct {
	call, user string // empty: any
	queue      chan sight
	waiting    atomic.Int64  // bytes of text in the queue
	dropped    atomic.Uint64 // messages left out and not told yet
}

// sight is one message that passed a socket.
type sight struct {
	at            time.Time
	local, remote netip.AddrPort
	transport     machine.Transport
	text          string
	agent         string // of the server, at the remote end; "": somebody else is
	in            bool
}

// sawIn shows a received message to who watches.
func (s *Server) sawIn(now time.Time, flow machine.Flow, text string) {
	if list := s.taps.list.Load(); list != nil {
		s.taps.show(*list, sight{at: now, local: s.localOf(flow), remote: flow.Remote, transport: flow.Transport, text: text, agent: s.agentName(flow), in: true})
	}
}

// sawOut shows a message that leaves to who watches.
func (s *Server) sawOut(now time.Time, flow machine.Flow, data []byte) {
	if list := s.taps.list.Load(); list != nil {
		s.taps.show(*list, sight{at: now, local: s.localOf(flow), remote: flow.Remote, transport: flow.Transport, text: string(data), agent: s.agentName(flow)})
	}
}

// agentName is the agent that the server's side of a flow leads to, "" for none.
func (s *Server) agentName(flow machine.Flow) string {
	if flow.Transport != machine.Inside {
		return ""
	}
	number, _ := machine.AgentOf(flow)
	if agent := s.agentNumbered(number); agent != nil {
		return agent.name
	}
	return ""
}

func (s *Server) localOf(flow machine.Flow) netip.AddrPort {
	if int(flow.Listener) < len(s.sockets) {
		return s.sockets[flow.Listener].listener.Address
	}
	return netip.AddrPort{}
}

// show never waits: a client that reads too slowly misses messages.
func (t *taps) show(list []*tap, seen sight) {
	var message *sip.Message
	parsed := false
	for _, one := range list {
		if (one.call != "" || one.user != "") && !parsed {
			parsed = true
			message, _ = sip.Parse(seen.text) // what can't be parsed belongs to nobody
		}
		if !one.wants(message) {
			continue
		}
		size := int64(len(seen.text))
		if one.waiting.Add(size) <= MaxTraceBytes {
			select {
			case one.queue <- seen:
				continue
			default:
			}
		}
		one.waiting.Add(-size)
		one.dropped.Add(1)
		t.dropped.Add(1)
	}
}

func (t *tap) wants(message *sip.Message) bool {
	if t.call == "" && t.user == "" {
		return true
	}
	if message == nil || t.call != "" && message.CallID() != t.call {
		return false
	}
	return t.user == "" || t.names(message.From()) || t.names(message.To())
}

func (t *tap) names(value string) bool {
	address, err := sip.ParseAddress(value)
	return err == nil && strings.EqualFold(sip.Unescape(address.URI.User), t.user)
}

// add lets one more client watch; false when there are MaxTraces.
func (t *taps) add(one *tap) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var list []*tap
	if old := t.list.Load(); old != nil {
		list = *old
	}
	if len(list) >= MaxTraces {
		return false
	}
	list = append(slices.Clone(list), one)
	t.list.Store(&list)
	return true
}

func (t *taps) remove(one *tap) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	list := slices.DeleteFunc(slices.Clone(*t.list.Load()), func(other *tap) bool { return other == one })
	if len(list) == 0 {
		t.list.Store(nil)
		return
	}
	t.list.Store(&list)
}

func (t *taps) count() int {
	if list := t.list.Load(); list != nil {
		return len(*list)
	}
	return 0
}

// answerTrace streams what passes as lines of JSON, until the client goes or the server
// ends. Query: call, a Call-ID; user, the user part of From or To.
func (s *Server) answerTrace(w http.ResponseWriter, r *http.Request) {
	if reason := outsider(r); reason != "" {
		writeProblem(w, http.StatusForbidden, reason)
		return
	}
	query := r.URL.Query()
	one := &tap{call: query.Get("call"), user: query.Get("user"), queue: make(chan sight, MaxTraceQueue)}
	if !s.taps.add(one) {
		writeProblem(w, http.StatusServiceUnavailable, "there are "+strconv.Itoa(MaxTraces)+" traces already; end one")
		return
	}
	defer s.taps.remove(one)
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a trace lasts; where it can't be set, it ends early
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for {
		if len(one.queue) == 0 {
			one.tellDropped(lines)
			_ = control.SetWriteDeadline(time.Now().Add(httpWriteTimeout))
			if out.Flush() != nil || control.Flush() != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case seen := <-one.queue:
			one.waiting.Add(-int64(len(seen.text)))
			one.tellDropped(lines)
			if lines.Encode(lineOf(seen)) != nil {
				return
			}
		}
	}
}

// TraceLine is one line of the stream of /trace. One with Dropped stands for so many
// messages that were left out here. Addresses are with their ports; Text is UTF-8, other
// bytes replaced, and without secrets.
type TraceLine struct {
	At        time.Time `json:"at"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Direction string    `json:"direction,omitempty"` // in: received; out: sent
	Transport string    `json:"transport,omitempty"`
	Agent     string    `json:"agent,omitempty"` // of the server, whose the other address is; it has no socket
	Text      string    `json:"text,omitempty"`
	Dropped   uint64    `json:"dropped,omitempty"`
}

func (t *tap) tellDropped(lines *json.Encoder) {
	if count := t.dropped.Swap(0); count > 0 {
		_ = lines.Encode(TraceLine{At: time.Now(), Dropped: count}) // the next line fails, too
	}
}

func lineOf(seen sight) TraceLine {
	line := TraceLine{
		At: seen.at, From: seen.local.String(), To: seen.remote.String(), Direction: "out",
		Transport: seen.transport.String(), Agent: seen.agent, Text: redact(seen.text),
	}
	if seen.in {
		line.From, line.To, line.Direction = line.To, line.From, "in"
	}
	return line
}

// outsider says why a request may not see messages: they are for people at this machine,
// not for a proxy in front of it or a web page in its browser.
func outsider(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return "messages are shown on the server's own machine only; run hookflash trace there"
	}
	if r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" {
		return "messages are not shown through a proxy; ask the server itself"
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	local := host == "localhost" || err == nil && address.IsLoopback()
	site := r.Header.Get("Sec-Fetch-Site")
	if !local || site != "" && site != "none" && site != "same-origin" {
		return "messages are not shown to web pages; open http://127.0.0.1 with the port itself"
	}
	return ""
}

// Secrets of a message: what a password can be guessed from, and media keys.
var (
	secretFields    = []string{"authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"}
	secretParameter = regexp.MustCompile(`(?i)\b((?:response|rspauth)\s*=\s*)("(?:[^"\\]|\\.)*"?|[^\s,]*)`)
	secretLine      = regexp.MustCompile(`(?m)^(a=crypto:|a=ice-pwd:|k=)[^\r\n]*`)
)

const redacted = "(redacted)"

// redact blots out secrets; the lengths of fields and body change.
func redact(text string) string {
	head, body, hasBody := strings.Cut(text, "\r\n\r\n")
	lines := strings.SplitAfter(head, "\r\n")
	var clean strings.Builder
	for first := 0; first < len(lines); {
		last := first + 1 // a folded field goes on in lines that begin with a space (RFC 3261 §7.3.1)
		for last < len(lines) && (strings.HasPrefix(lines[last], " ") || strings.HasPrefix(lines[last], "\t")) {
			last++
		}
		clean.WriteString(redactField(strings.Join(lines[first:last], "")))
		first = last
	}
	if hasBody {
		clean.WriteString("\r\n\r\n" + secretLine.ReplaceAllString(body, "${1}"+redacted))
	}
	return clean.String()
}

func redactField(field string) string {
	name, value, found := strings.Cut(field, ":")
	if !found || !slices.Contains(secretFields, strings.ToLower(strings.TrimSpace(name))) {
		return field
	}
	scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(name)), "authorization") && !strings.EqualFold(scheme, "Digest") {
		return name + ": " + redacted + strings.Repeat("\r\n", strings.Count(field[max(0, len(field)-2):], "\r\n"))
	}
	return name + ":" + secretParameter.ReplaceAllString(value, `${1}"`+redacted+`"`)
}
