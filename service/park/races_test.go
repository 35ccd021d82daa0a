package park_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office/play"
	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/ua"
)

// How many tries there are: a full run takes some minutes.
const (
	quickTries = 4000
	fullTries  = 1_000_000
)

// rig is the agent alone, stepped by hand: whoever calls it is written here, down to the messages.
type rig struct {
	a       *ua.Agent
	service *park.Service
	now     time.Time
	out     machine.Output
	flow    machine.Flow
	count   int
	final   map[string]int    // code of the final response, by Call-ID
	tag     map[string]string // of the agent, by Call-ID
	asked   map[string]*sip.Message
	over    map[string]bool // the agent hung up, by Call-ID
	ports   map[graph.Node]uint16
	rooms   map[graph.Node]graph.Room // of streams
	said    []graph.Node
	replies []string
	notify  []*sip.Message // of this try
}

func newRig() *rig {
	local := netip.MustParseAddrPort("192.0.2.10:5060")
	r := &rig{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), flow: machine.ServerFlow(local, 1)}
	r.a = ua.New(ua.Settings{
		AOR: "sip:park@example.test", Local: local, Outbound: r.flow, ContactParams: park.ContactParams, Unattended: true, Seed: [32]byte{1},
		SessionInterval: -1,
	}, r.now)
	for port := range uint16(32) {
		r.a.Ports.Add(30000 + 2*port)
	}
	r.service = park.Install(r.a, settings(func(s *park.Settings) {
		s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701"}, Timeout: time.Hour}}
	}))
	r.ports, r.rooms = map[graph.Node]uint16{}, map[graph.Node]graph.Room{}
	r.forget()
	return r
}

func (r *rig) forget() {
	r.final, r.tag, r.asked, r.over, r.notify = map[string]int{}, map[string]string{}, map[string]*sip.Message{}, map[string]bool{}, nil
}

// send has the agent receive something, and does what follows at once: requests of the agent but INVITE are answered,
// and what it says comes to its end.
func (r *rig) send(text string) {
	r.replies = append(r.replies, text)
	for len(r.replies) > 0 || len(r.said) > 0 {
		if len(r.replies) > 0 {
			m, err := sip.Parse(r.replies[0])
			if err != nil {
				panic(fmt.Sprintf("%v in\n%s", err, r.replies[0]))
			}
			r.replies = r.replies[1:]
			r.a.Receive(r.now, machine.Packet{Message: m, Flow: r.flow}, &r.out)
		} else {
			node := r.said[0]
			r.said = r.said[1:]
			r.a.Do(r.now, &r.out, func() { r.a.Heard(graph.Ended{Node: node}) })
		}
		r.take()
	}
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	end := r.now.Add(d)
	for {
		next := r.a.Next()
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(r.now) {
			r.now = next
		}
		r.a.Advance(r.now, &r.out)
		r.take()
		for len(r.replies) > 0 || len(r.said) > 0 {
			reply := r.replies
			r.replies = nil
			for _, text := range reply {
				r.send(text)
			}
			if len(reply) == 0 {
				r.send(r.options())
			}
		}
	}
	r.now = end
}

// options is a request that changes nothing.
func (r *rig) options() string {
	r.count++
	return fmt.Sprintf("OPTIONS sip:park@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKo%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:x@example.test>;tag=1\r\nTo: <sip:park@example.test>\r\nCall-ID: o%[1]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", r.count)
}

func (r *rig) take() {
	for _, send := range r.out.Sends {
		m, err := sip.Parse(string(send.Data))
		if err != nil {
			panic(err)
		}
		switch {
		case !m.IsRequest():
			if code := m.StatusCode(); code >= 200 && (m.Method() == sip.INVITE || m.Method() == sip.REFER) {
				if r.final[m.CallID()] == 0 && code >= 300 && m.Method() == sip.INVITE {
					r.replies = append(r.replies, request("ACK", m.CallID(), m.From(), m.To(), 1, strings.TrimPrefix(m.Branch(), "z9hG4bK"), ""))
				}
				r.final[m.CallID()], r.tag[m.CallID()] = code, m.ToTag()
			}
		case m.Method() == sip.INVITE:
			r.asked[m.CallID()] = m
		case m.Method() == sip.ACK:
		default:
			if m.Method() == sip.NOTIFY {
				r.notify = append(r.notify, m)
			}
			r.over[m.CallID()] = r.over[m.CallID()] || m.Method() == sip.BYE
			r.replies = append(r.replies, string(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200}).Empty()))
		}
	}
	for _, change := range r.out.Media {
		switch change := change.(type) {
		case graph.Open:
			r.ports[change.Stream] = change.Port
		case graph.Join:
			if _, stream := r.ports[change.Node]; stream {
				r.rooms[change.Node] = change.Room
			}
		case graph.Play:
			if !change.Repeat {
				r.said = append(r.said, change.Player)
			}
		case graph.Close:
			if port, open := r.ports[change.Node]; open {
				r.a.Ports.Add(port)
				delete(r.ports, change.Node)
				delete(r.rooms, change.Node)
			}
		}
	}
	r.out.Reset()
}

const offered = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

// request is one to the agent; more are whole lines.
func request(method, callID, from, to string, sequence int, branch, more string, body ...string) string {
	text := fmt.Sprintf("%s sip:park@example.test;orbit=701 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%s\r\nMax-Forwards: 69\r\n"+
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %[1]s\r\nContact: <sip:x@192.0.2.1:5060>\r\n%[7]s", method, branch, from, to, callID, sequence, more)
	if len(body) > 0 {
		return fmt.Sprintf("%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", text, len(body[0]), body[0])
	}
	return text + "Content-Length: 0\r\n\r\n"
}

// leg is one party in the race.
type leg struct {
	name, id   string
	calledUs   bool
	referred   bool // it is to be parked
	replaces   bool // its phone knows Replaces
	refers     bool // it is parked by REFER
	code       int
	began      bool
	confirmed  bool
	over       bool
	invitation *sip.Message // of the agent
}

// race is one try, and what must come of it: a second account of the place, as plain as can be.
type race struct {
	*rig
	t       *testing.T
	history []string
	here    *leg // who is at the place
	state   park.State
	until   time.Time // of leaving
	taking  *leg      // by whom, through the agent
	pairs   map[*leg]*leg
	met     map[string]int // what became of whom, in all tries
}

func (x *race) want(l *leg, what string, want int) {
	x.history = append(x.history, fmt.Sprintf("%s %s: %d", l.name, what, x.final[l.id]))
	x.met[fmt.Sprint(what, " ", want)]++
	if l.code = x.final[l.id]; l.code != want {
		x.t.Fatalf("%s: got %d, want %d, as the place is %v", strings.Join(x.history, ", "), l.code, want, x.state)
	}
}

func (x *race) address(l *leg) string { return "<sip:" + l.name + "@example.test>;tag=" + l.id }

// comes has somebody call the place, who was transferred there or wants to take who is there.
func (x *race) comes(l *leg) {
	x.count++
	l.id, l.began, l.calledUs = fmt.Sprintf("%s-%d", l.name, x.count), true, true
	more := "P-Asserted-Identity: <sip:" + l.name + "@example.test>\r\n"
	if l.replaces {
		more += "Supported: replaces\r\n"
	}
	if l.referred {
		more += "Referred-By: <sip:bob@example.test>\r\n"
	}
	x.send(request("INVITE", l.id, x.address(l), "<sip:701@example.test>", 1, l.id, more, offered))
	switch {
	case l.referred && x.here == nil:
		x.here, x.state = l, park.Arriving
		x.want(l, "comes", 200)
	case l.referred:
		x.want(l, "comes", 486)
	case x.here == nil:
		x.want(l, "takes", 480)
	case x.state != park.Parked:
		x.want(l, "takes", 486)
	case x.here.replaces:
		x.state, x.until = park.Leaving, x.now.Add(park.LeaveLimit)
		x.want(l, "takes", 302)
	default:
		x.state, x.taking = park.Leaving, l
		x.want(l, "takes", 200)
	}
	l.over = l.code >= 300
}

// confirms sends the ACK.
func (x *race) confirms(l *leg) {
	l.confirmed = true
	x.count++
	x.send(request("ACK", l.id, x.address(l), "<sip:701@example.test>;tag="+x.tag[l.id], 1, fmt.Sprint("a", x.count), ""))
	switch {
	case l == x.here:
		x.state = park.Parked
	case l == x.taking:
		x.met["talks"]++
		x.pairs[l], x.pairs[x.here] = x.here, l
		x.here, x.taking, x.state = nil, nil, park.Free
	}
	x.history = append(x.history, l.name+" confirms")
}

// refers has bob park somebody by REFER.
func (x *race) refers(l *leg) {
	x.count++
	l.id, l.began = fmt.Sprintf("%s-%d", l.name, x.count), true
	x.send(request("REFER", l.id, "<sip:bob@example.test>;tag="+l.id, "<sip:park@example.test>", 1, l.id,
		"P-Asserted-Identity: <sip:bob@example.test>\r\nRefer-To: <sip:"+l.name+"@example.test?Replaces=old%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"))
	if x.here != nil {
		x.want(l, "is referred to", 486)
		l.over = true
		return
	}
	x.here, x.state = l, park.Arriving
	x.want(l, "is referred to", 200)
	for _, m := range x.asked {
		l.invitation = m
	}
	clear(x.asked)
	if l.invitation == nil {
		x.t.Fatalf("%s: the agent calls nobody", strings.Join(x.history, ", "))
	}
}

// answers is what becomes of that.
func (x *race) answers(l *leg, code int) {
	l.confirmed = true
	m := l.invitation
	b := sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: code, ToTag: "far"}).Add(sip.HeaderContact, "<sip:"+l.name+"@192.0.2.1:5060>")
	if l.replaces {
		b.Add(sip.HeaderSupported, "replaces")
	}
	if code >= 300 {
		x.send(string(b.Empty()))
		x.here, x.state, l.over = nil, park.Free, true
	} else {
		x.send(string(b.Body("application/sdp", offered)))
		x.state = park.Parked
	}
	x.history = append(x.history, fmt.Sprintf("%s answers %d", l.name, code))
}

// leaves hangs up.
func (x *race) leaves(l *leg) {
	x.count++
	branch := fmt.Sprint("b", x.count)
	x.history = append(x.history, l.name+" hangs up")
	callID := l.id
	if l.invitation != nil {
		callID = l.invitation.CallID()
	}
	l.over = true
	switch {
	case x.over[callID]:
	case l.calledUs:
		x.send(request("BYE", callID, x.address(l), "<sip:701@example.test>;tag="+x.tag[l.id], 2, branch, ""))
	default:
		x.send(request("BYE", callID, l.invitation.To()+";tag=far", l.invitation.From(), 2, branch, ""))
	}
	if l == x.here {
		x.here, x.taking, x.state = nil, nil, park.Free
	}
	if l == x.taking {
		x.taking, x.state = nil, park.Parked
	}
	if other := x.pairs[l]; other != nil {
		other.over = true
	}
}

func (x *race) waits(d time.Duration) {
	x.pass(d)
	x.history = append(x.history, d.String())
	if x.state == park.Leaving && x.taking == nil && !x.now.Before(x.until) {
		x.state = park.Parked
	}
}

// check holds the agent to what must be true between any two steps.
func (x *race) check() {
	load := x.service.Load()
	if load.States[x.state] != 1 {
		x.t.Fatalf("%s: the place is not %v: %v", strings.Join(x.history, ", "), x.state, load.States)
	}
	together := map[graph.Room]int{}
	for _, room := range x.rooms {
		together[room]++
	}
	pairs := 0
	for _, count := range together {
		if count > 2 {
			x.t.Fatalf("%s: %d are in one room", strings.Join(x.history, ", "), count)
		}
		pairs += count / 2
	}
	talking := 0
	for l, other := range x.pairs {
		if !l.over && !other.over {
			talking++
		}
	}
	if 2*pairs != talking {
		x.t.Fatalf("%s: %d talk with somebody, and %d pairs are joined", strings.Join(x.history, ", "), talking, pairs)
	}
}

// run plays one try: alice is parked, and everybody else wants the place or her.
func (x *race) run(random *rand.Rand) {
	alice := &leg{name: "alice", referred: true, replaces: random.IntN(2) == 0}
	x.comes(alice)
	x.confirms(alice)
	all := []*leg{
		{name: "xaver", referred: true, replaces: random.IntN(2) == 0},
		{name: "yves", referred: true, replaces: random.IntN(2) == 0},
		{name: "zoe", refers: true, replaces: random.IntN(2) == 0},
		{name: "carol"},
		{name: "dave"},
	}
	left, waited := false, 0
	for {
		var steps []func()
		if !left {
			steps = append(steps, func() { left = true; x.leaves(alice) })
		}
		for _, l := range all {
			switch {
			case !l.began && l.refers:
				steps = append(steps, func() { x.refers(l) })
			case !l.began:
				steps = append(steps, func() { x.comes(l) })
			case !l.confirmed && !l.over && l.refers:
				steps = append(steps, func() { x.answers(l, []int{200, 486}[random.IntN(2)]) })
			case !l.confirmed && !l.over:
				steps = append(steps, func() { x.confirms(l) })
			}
		}
		if len(steps) == 0 {
			break
		}
		if waited < 3 {
			steps = append(steps, func() { waited++; x.waits(4 * time.Second) })
		}
		steps[random.IntN(len(steps))]()
		x.check()
	}
	for _, l := range all {
		if !l.over {
			x.leaves(l)
		}
	}
	x.pass(2 * time.Minute)
	x.check()
	if load := x.a.Load(); x.state != park.Free || load.Calls+load.Streams+load.Tasks != 0 {
		x.t.Fatalf("%s: left behind: %v", strings.Join(x.history, ", "), load)
	}
}

// TestSlotRaces: a place is emptied and filled by several phones at once, in every order: it has one winner at a time, and
// nobody is joined with a stranger.
func TestSlotRaces(t *testing.T) {
	t.Parallel()
	tries := quickTries
	if play.Full() {
		tries = fullTries
	}
	random := rand.New(rand.NewPCG(15, 2026))
	r, met := newRig(), map[string]int{}
	for range tries {
		r.forget()
		(&race{rig: r, t: t, pairs: map[*leg]*leg{}, met: met}).run(random)
	}
	for _, outcome := range []string{
		"comes 200", "comes 486", "is referred to 200", "is referred to 486", "takes 200", "takes 302", "takes 480", "takes 486", "talks",
	} {
		if met[outcome] < tries/20 {
			t.Errorf("%q is what happened %d times in %d tries", outcome, met[outcome], tries)
		}
	}
}
