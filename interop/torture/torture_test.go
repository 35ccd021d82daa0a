//go:build interop

package torture

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTorture sends every message over every transport from every place.
func TestTorture(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRun(t, k)
			for _, v := range slices.Concat(verdicts4475, verdicts5118, rawVerdicts(t)) {
				for place := range places {
					r.try(v, place)
				}
			}
			r.finish()
		})
	}
}

// run is every message over one transport.
type run struct {
	t       *testing.T
	kind    kind
	servers map[string]*server // by domain
	far     *phone
	waiting []attempt
	failed  int
}

// mostFailures are as many as are worth reading.
const mostFailures = 10

func (r *run) errorf(format string, values ...any) {
	r.t.Helper()
	r.t.Errorf(format, values...)
	if r.failed++; r.failed == mostFailures {
		r.t.Fatal("and so on")
	}
}

// passing is the domain of the server that messages pass on their way elsewhere.
const passing = "transit.test"

// Where the far side is: as a phone registered at home, behind transit, as the strict
// router of mpart01, and as the registrar of port-ambiguous.
var (
	farPhone     = netip.MustParseAddr("203.0.113.250")
	farHop       = netip.MustParseAddrPort("203.0.113.251:5060")
	strictRouter = netip.MustParseAddrPort("127.0.0.1:5080")
	otherPlace   = netip.MustParseAddrPort("[2001:db8::10:5070]:5060")
)

func newRun(t *testing.T, k kind) *run {
	t.Helper()
	r := &run{t: t, kind: k, servers: map[string]*server{}}
	var listeners []string
	for _, place := range []string{"127.0.0.1:5060", "[2001:db8::10]:5060", "[2001:db8::10]:5070", "[2001:db8::192.0.2.1]:5060"} {
		listeners = append(listeners, "udp:"+place, "tcp:"+place)
	}
	listeners = append(listeners, fmt.Sprintf("ws:127.0.0.1:%d", webPort), fmt.Sprintf("ws:[2001:db8::10]:%d", webPort))
	server := startServer(t, "example.com", listeners...)
	r.servers[server.domain], r.servers[passing] = server, startServer(t, passing)
	startGoodCalls(t, server)
	w := k.dial(t, server, netip.AddrPortFrom(farPhone, 0))
	r.far = &phone{contact: "sip:far@" + w.local.String()}
	if k.framing != datagram {
		r.far.contact += ";transport=" + strings.ToLower(k.name)
	}
	for _, user := range []string{"user", "UserB", "joe"} {
		r.far.register(t, server, w, user)
	}
	r.far.serve(w)
	for _, at := range []netip.AddrPort{farHop, strictRouter, otherPlace} {
		r.far.listens(t, at)
	}
	return r
}

// serverFor is the server of a domain, started when it is asked for first.
func (r *run) serverFor(domain string) *server {
	if r.servers[domain] == nil {
		r.servers[domain] = startServer(r.t, domain)
	}
	return r.servers[domain]
}

// attempt is one message on its way.
type attempt struct {
	name   string
	place  int
	server *server
	wire   *wire
	sent   string
	want   outcome
}

func (r *run) try(v verdict, place int) {
	r.t.Helper()
	a := attempt{name: fmt.Sprintf("%s over %s from %s", v.file, r.kind.name, placeNames[place]), place: place, want: v.packet[place], sent: read(r.t, v.file)}
	if v.change != nil {
		a.name += ", " + v.changed
		a.sent = v.change(a.sent)
	}
	switch {
	case r.kind.framing == stream && v.stream != nil:
		a.want = v.stream[place]
	case r.kind.framing == web && v.web != nil:
		a.want = v.web[place]
	}
	domain := v.domain
	switch {
	case place == transit:
		domain = passing
	case domain == "":
		domain = "example.com"
	}
	a.server = r.serverFor(domain)
	from := addressFor(v, place)
	if r.kind.framing != datagram {
		from = netip.AddrPortFrom(from.Addr(), 0) // the port of a closed connection is taken for a while
	}
	a.wire = r.kind.dial(r.t, a.server, from)
	if place == transit {
		a.sent = r.routed(a)
	}
	a.wire.send(a.sent)
	answers, open := r.answers(a)
	requests := r.far.take()
	r.checkAnswers(a, answers)
	if want := a.want.closes; open == want {
		r.errorf("%s: the connection is open: %t, want %t", a.name, open, !want)
	}
	if a.want.far != (len(requests) > 0) || len(requests) > 1 {
		r.errorf("%s: reached the far side %d times: %q", a.name, len(requests), requests)
	} else if a.want.far {
		r.checkPassage(v, a, requests[0])
	}
	if holds := v.holds[place]; holds != "" && len(answers) > 0 && !strings.Contains(answers[0], holds) {
		r.errorf("%s: the answer must hold %q\n%s", a.name, holds, answers[0])
	}
	if place == home && v.bound != nil && slices.Contains(a.want.codes, 200) {
		r.checkBindings(v, a)
	}
	if a.want.waits {
		r.waiting = append(r.waiting, a)
		return
	}
	a.wire.closer.Close()
}

// addressFor is where a message comes from.
func addressFor(v verdict, place int) netip.AddrPort {
	port := netip.AddrPortFrom(trustedAddress().Addr(), 0)
	switch {
	case place == transit:
		return port
	case place == stranger && strings.HasPrefix(v.file, "rfc5118"):
		return netip.AddrPortFrom(beyond("2001:db8:66::", given.Add(1)), 0)
	case place == stranger:
		return strangerAddress()
	case strings.HasPrefix(v.file, "rfc5118"):
		return netip.AddrPortFrom(beyond("2001:db8:77::", given.Add(1)), 0)
	case strings.HasSuffix(v.file, "mpart01.dat"):
		return netip.MustParseAddrPort("127.0.0.1:5070") // as its Via says
	}
	return port
}

// beyond is an address n /64 prefixes above another.
func beyond(address string, n uint32) netip.Addr {
	bytes := netip.MustParseAddr(address).As16()
	bytes[6], bytes[7] = byte(n>>8), byte(n)
	bytes[15] = 1
	return netip.AddrFrom16(bytes)
}

// routed is a message as a trusted hop sends it on: with its Via, the name of a user, and
// a Route through the server to the far side.
func (r *run) routed(a attempt) string {
	start, rest, found := strings.Cut(a.sent, "\r\n")
	if !found || strings.HasPrefix(start, "SIP/") {
		return a.sent
	}
	return start + "\r\n" + strings.Join(r.hopFields(a), "\r\n") + "\r\n" + rest
}

func (r *run) hopFields(a attempt) []string {
	parameter := ""
	if r.kind.name == "TCP" {
		parameter = ";transport=tcp"
	}
	return []string{
		fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK%s", r.kind.name, a.wire.local, word()),
		fmt.Sprintf("Route: <sip:%s%s;lr>", a.server.address, parameter),
		fmt.Sprintf("Route: <sip:%s%s;lr>", farHop, parameter),
		"P-Asserted-Identity: <sip:edge@" + passing + ">",
	}
}

// answers are the final answers to an attempt. When the last one that is wanted has come,
// a request that must be answered is sent behind it: what the message provoked by then
// has come, too. open tells whether the connection still was.
func (r *run) answers(a attempt) (answers []string, open bool) {
	deadline := time.Now().Add(patience)
	collect := func(enough func(text string) bool) bool {
		for {
			text, ok := a.wire.next(time.Until(deadline))
			if !ok {
				return false
			}
			if statusOf(text) >= 200 {
				if enough(text) {
					return true
				}
				answers = append(answers, text)
			}
		}
	}
	if len(a.want.codes) > 0 {
		left := len(a.want.codes)
		if !collect(func(text string) bool {
			if left--; left > 0 {
				return false
			}
			answers = append(answers, text)
			return true
		}) {
			return answers, !time.Now().Before(deadline)
		}
	}
	if a.want.closes || a.want.waits {
		open = !a.want.closes || collect(func(string) bool { return false }) || !time.Now().Before(deadline)
		r.settle(a)
		return answers, open
	}
	last := r.behind(a, a.wire)
	a.wire.send(last.text(a.wire))
	again := time.AfterFunc(time.Second, func() { _ = a.wire.write([]byte(last.text(a.wire))) })
	defer again.Stop()
	open = collect(func(text string) bool { return strings.Contains(text, last.callID) })
	return answers, open
}

// behind is a request that must be answered and, but for a stranger, reaches the far side.
func (r *run) behind(a attempt, w *wire) *request {
	last := newRequest("OPTIONS", "sip:joe@"+a.server.domain)
	last.callID = behindMark + word()
	if a.place == transit {
		last.lines = r.hopFields(attempt{server: a.server, wire: w})[1:]
	}
	return last
}

// settle waits, on a wire of its own, until the server has seen what was sent before.
func (r *run) settle(a attempt) {
	w := r.kind.dial(r.t, a.server, trustedAddress())
	defer w.closer.Close()
	if _, err := final(w, r.behind(a, w)); err != nil {
		r.errorf("%s: and then %v", a.name, err)
	}
}

func statusOf(text string) int {
	rest, found := strings.CutPrefix(text, "SIP/2.0 ")
	if !found || len(rest) < 3 {
		return 0
	}
	code, _ := strconv.Atoi(rest[:3]) // what is no number is no status
	return code
}

func (r *run) checkAnswers(a attempt, answers []string) {
	r.t.Helper()
	var codes []int
	for _, answer := range answers {
		codes = append(codes, statusOf(answer))
	}
	for a.want.late && len(codes) > len(a.want.codes) && slices.Contains(codes, 200) {
		codes = slices.Delete(codes, slices.Index(codes, 200), slices.Index(codes, 200)+1)
	}
	slices.Sort(codes)
	if want := slices.Sorted(slices.Values(a.want.codes)); !slices.Equal(codes, want) {
		r.errorf("%s: answered %v, want %v\n%s", a.name, codes, want, strings.Join(answers, "\n"))
		return
	}
	for _, answer := range answers {
		if faults := lineFaults(answer); len(faults) > 0 {
			r.errorf("%s: the answer holds %q, which is no header field\n%s", a.name, faults, answer)
		}
		if len(answers) == 1 && !a.want.far {
			if err := echoes(a.sent, answer); err != nil {
				r.errorf("%s: %v\n%s", a.name, err, answer)
			}
		}
	}
}

// echoes: RFC 3261 §8.2.6.2: an answer has the Via, From, Call-ID and CSeq of its request.
// What is malformed may be left out, and of what may stand once there is the first.
func echoes(sent, answer string) error {
	var vias, gotVias []string
	first, got := map[string]string{}, map[string]string{}
	for _, field := range cutFields(sent) {
		if name := nameOf(field); name == "via" {
			vias = append(vias, field)
		} else if first[name] == "" {
			first[name] = field
		}
	}
	for _, field := range cutFields(answer) {
		name := nameOf(field)
		if name == "via" {
			gotVias = append(gotVias, field)
		} else if got[name] != "" && (name == "from" || name == "to" || name == "call-id" || name == "cseq") {
			return fmt.Errorf("%q stands twice", name)
		} else {
			got[name] = field
		}
	}
	if len(vias) > 0 && (len(gotVias) != len(vias) || !stampedVia(vias[0], gotVias[0]) || !slices.Equal(vias[1:], gotVias[1:])) {
		return fmt.Errorf("via %q, want %q", gotVias, vias)
	}
	for _, name := range []string{"from", "call-id", "cseq"} {
		if got[name] != "" && got[name] != first[name] {
			return fmt.Errorf("%q, want %q", got[name], first[name])
		}
	}
	if to := got["to"]; to != "" && to != first["to"] && !strings.HasPrefix(to, strings.TrimRight(first["to"], " ")+";tag=") {
		return fmt.Errorf("%q, want %q with a tag", to, first["to"])
	}
	return nil
}

// checkPassage compares what reached the far side.
func (r *run) checkPassage(v verdict, a attempt, reached string) {
	r.t.Helper()
	sent := a.sent
	if strings.HasSuffix(v.file, "dblreq.dat") && r.kind.framing == stream && a.place == home {
		_, sent, _ = strings.Cut(sent, "\r\n\r\n") // the REGISTER stays here, the INVITE goes on
		sent = strings.TrimLeft(sent, "\r\n")
	}
	p := passage{sent: sent, reached: reached, uri: r.far.contact, own: []string{a.server.address.Addr().String() + ":", "127.0.0.1:", "[2001:db8::10]:"}}
	if v.uri != "" {
		p.uri = v.uri
	}
	start, fields, _ := cut(sent)
	switch {
	case a.place == transit:
		p.uri = strings.Split(start, " ")[1]
		p.gone = []string{fields[1], fields[3]}
		p.added = []string{fields[3]}
	case strings.HasSuffix(v.file, "mpart01.dat"):
		p.gone = []string{"Route: <sip:127.0.0.1:5080>"}
		p.added = []string{"Route: <sip:kumiko@example.org>", "P-Asserted-Identity: <sip:fluffy@example.com>"}
	default:
		p.added = r.asserted(sent)
	}
	if err := p.check(); err != nil {
		r.errorf("%s: %v\n--- sent:\n%s\n--- reached the far side:\n%s", a.name, err, a.sent, reached)
	}
	if strings.HasSuffix(v.file, "longreq.dat") && strings.Count(strings.ToLower(reached), "sip/2.0/tcp sip")+strings.Count(reached, "SIP/2.0/TCP host.example.com") != 34 {
		r.errorf("%s: 34 Vias are kept", a.name)
	}
}

// asserted is the P-Asserted-Identity that a request gets whose From is a user of ours.
func (r *run) asserted(sent string) []string {
	for _, field := range cutFields(sent) {
		if nameOf(field) != "from" {
			continue
		}
		for _, user := range users {
			if address := "sip:" + user + "@example.com"; strings.Contains(field, address) {
				return []string{"P-Asserted-Identity: <" + address + ">"}
			}
		}
	}
	return nil
}

// checkBindings asks what a registration has made, and undoes it.
func (r *run) checkBindings(v verdict, a attempt) {
	r.t.Helper()
	to := ""
	for _, field := range cutFields(a.sent) {
		if nameOf(field) == "to" {
			_, to, _ = strings.Cut(field, ": ")
		}
	}
	got := r.bindings(to)
	if !slices.Equal(got, v.bound) {
		r.errorf("%s: bound to %q, want %q", a.name, got, v.bound)
	}
	for _, contact := range got {
		if !v.keeps {
			r.bindings(to, "Contact: "+contact+";expires=0")
		}
	}
}

// bindings is what an address of record is bound to at home, besides the far side, after
// a registration with further lines.
func (r *run) bindings(to string, lines ...string) (contacts []string) {
	r.t.Helper()
	w := dialUDP(r.t, r.servers["example.com"], trustedAddress())
	defer w.closer.Close()
	query := newRequest("REGISTER", "sip:example.com")
	query.from, query.to, query.lines = to+";tag="+word(), to, lines
	m, err := final(w, query)
	if err != nil || m.StatusCode() != 200 {
		r.errorf("asking for the bindings of %s: %v %v", to, err, m)
		return nil
	}
	for _, field := range cutFields(m.Text()) {
		if value, found := strings.CutPrefix(field, "Contact: "); found && !strings.Contains(value, r.far.contact) {
			head, tail, _ := strings.Cut(value, ";expires=")
			contacts = append(contacts, head+strings.TrimLeft(tail, "0123456789"))
		}
	}
	return contacts
}

// finish holds the connections that wait to be closed without a word, and the servers to
// having survived.
func (r *run) finish() {
	r.t.Helper()
	for _, a := range r.waiting {
		if text, ok := a.wire.next(timeout); ok {
			r.errorf("%s: waits for the rest and then closes, but said %q", a.name, text)
		}
		if !a.wire.closed(timeout) {
			r.errorf("%s: waits for the rest and then closes, but is open", a.name)
		}
	}
	for _, s := range r.servers {
		s.alive(r.t)
		for _, name := range s.names.Asked() {
			if name != "" && !strings.Contains(name, "services.example.com") {
				r.errorf("%s was looked up: nothing but the Route of wsinv names a next hop", name)
			}
		}
	}
	if bound := r.bindings("<sip:null-@example.com>"); len(bound) > 0 {
		r.errorf("an address of record was cut at its NUL: %q", bound)
	}
}
