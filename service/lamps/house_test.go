package lamps_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/lamps"
	"hookflash/sip"
	"hookflash/ua"
)

var (
	proxyFlow = machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.10:5060")}
	begin     = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
)

// people is a directory.View.
type people struct {
	users   map[string]*directory.User
	groups  map[string]*directory.Group
	numbers map[string]string
}

func (p *people) User(name string) *directory.User       { return p.users[name] }
func (p *people) Group(name string) *directory.Group     { return p.groups[name] }
func (p *people) Number(number string) string            { return p.numbers[number] }
func (p *people) Calendar(string) *directory.Calendar    { return nil }
func (p *people) colleagues(one, other string) (ok bool) { return p.share(one, other) }

func (p *people) share(one, other string) bool {
	for _, g := range p.groups {
		if g.Pickup && slices.Contains(g.Members, one) && slices.Contains(g.Members, other) {
			return true
		}
	}
	return false
}

func domain() *people {
	p := &people{users: map[string]*directory.User{}, numbers: map[string]string{"1002": "bob", "2000": "sales"}, groups: map[string]*directory.Group{
		"sales":  {Name: "sales", Members: []string{"bob", "bill"}, Pickup: true},
		"family": {Name: "family", Members: []string{"bob", "dave"}},
	}}
	for _, name := range []string{"alice", "bob", "bill", "carol", "dave"} {
		p.users[name] = &directory.User{Name: name}
	}
	p.users["bob"].Assistants = []string{"carol"}
	return p
}

// house is the agent with what is around it: who watches, and the machines that tell it of calls.
type house struct {
	testing.TB
	people  *people
	agent   *ua.Agent
	lamps   *lamps.Lamps
	now     time.Time
	watched map[string]bool
	asked   []proxy.Watch // not looked at yet
	viewers []*viewer
	count   int
}

// viewer is somebody's subscription.
type viewer struct {
	house    *house
	callID   string
	toTag    string
	sequence int
	code     int // of the final response
	expires  string
	table    dialoginfo.Table
	last     dialoginfo.Document
	notified int
	over     string // Subscription-State of the last NOTIFY
	deaf     bool   // answers no NOTIFY
	gone     bool   // answers 481
	faults   []string
}

func newHouse(t testing.TB, change func(s *lamps.Settings)) *house {
	h := &house{TB: t, people: domain(), now: begin, watched: map[string]bool{}}
	h.agent = ua.New(ua.Settings{
		AOR: "sip:lamps@example.test", Local: netip.MustParseAddrPort("192.0.2.20:5060"), Outbound: proxyFlow, Unattended: true, Seed: [32]byte{1},
	}, h.now)
	settings := lamps.Settings{Domain: "example.test", Users: h.people, Colleagues: h.people.colleagues, Sources: 2}
	if change != nil {
		change(&settings)
	}
	h.lamps = lamps.Install(h.agent, settings)
	return h
}

// took looks at what a step put out.
func (h *house) took(out *machine.Output) {
	for _, event := range out.Events {
		if w, ok := event.(proxy.Watch); ok {
			h.asked = append(h.asked, w)
			h.watched[w.User] = !w.Off
			if w.Off {
				delete(h.watched, w.User)
			}
		}
	}
	for _, send := range out.Sends {
		m, err := sip.Parse(string(send.Data))
		if err != nil {
			h.Fatal(err)
		}
		for _, v := range h.viewers {
			if v.callID == m.CallID() {
				v.take(m)
				break
			}
		}
	}
}

func (h *house) record(record any) {
	var out machine.Output
	h.agent.Do(h.now, &out, func() { h.lamps.Record(record) })
	h.took(&out)
}

// stand has a machine tell all calls of a user.
func (h *house) stand(user string, source uint64, dialogs ...dialoginfo.Dialog) {
	h.record(proxy.Standing{User: user, By: "lamps", Source: source, Dialogs: dialogs})
}

func (h *house) leg(user string, source uint64, d dialoginfo.Dialog) {
	h.record(proxy.Leg{User: user, Source: source, Dialog: d})
}

// pass lets time pass.
func (h *house) pass(d time.Duration) {
	for until := h.now.Add(d); ; {
		next := h.agent.Next()
		if next.IsZero() || next.After(until) {
			h.now = until
			return
		}
		if next.After(h.now) {
			h.now = next
		}
		var out machine.Output
		h.agent.Advance(h.now, &out)
		h.took(&out)
	}
}

// subscribe is a SUBSCRIBE of somebody's, for who is vouched for as asserted.
func (h *house) subscribe(asserted, target string, fields ...string) *viewer {
	h.count++
	v := &viewer{house: h, callID: fmt.Sprintf("call-%d@phone", h.count)}
	h.viewers = append(h.viewers, v)
	if asserted != "" {
		fields = append(fields, "P-Asserted-Identity: <"+asserted+">")
	}
	v.ask(target, fields...)
	return v
}

// watch is subscribe of a user of the domain.
func (h *house) watch(user, target string, fields ...string) *viewer {
	return h.subscribe("sip:"+user+"@example.test", "sip:"+target+"@example.test", fields...)
}

func (v *viewer) ask(target string, fields ...string) {
	v.sequence++
	to := "<" + target + ">"
	if v.toTag != "" {
		to += ";tag=" + v.toTag
	}
	lines := append([]string{
		"SUBSCRIBE " + target + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%s%d", v.callID, v.sequence), "Max-Forwards: 70",
		"From: <sip:viewer@example.test>;tag=viewer", "To: " + to, "Call-ID: " + v.callID, fmt.Sprintf("CSeq: %d SUBSCRIBE", v.sequence),
		"Contact: <sip:viewer@192.0.2.99:5060>", "Content-Length: 0",
	}, fields...)
	if !slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, "Event:") }) {
		lines = append(lines, "Event: dialog")
	}
	v.house.receive(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

func (h *house) receive(text string) {
	m, err := sip.Parse(text)
	if err != nil {
		h.Fatal(err, text)
	}
	var out machine.Output
	h.agent.Receive(h.now, machine.Packet{Message: m, Flow: proxyFlow}, &out)
	h.took(&out)
}

// take is a response or NOTIFY to who watches.
func (v *viewer) take(m *sip.Message) {
	if !m.IsRequest() {
		v.code, v.toTag, v.expires = m.StatusCode(), m.ToTag(), m.Header(sip.HeaderExpires)
		return
	}
	v.notified++
	v.over = m.Header(sip.HeaderSubscriptionState)
	if v.deaf {
		return
	}
	if m.Body() != "" && !v.gone {
		document, err := dialoginfo.Parse(m.Body())
		if err != nil {
			v.faults = append(v.faults, err.Error())
		}
		if v.table.Known() && document.Version != v.last.Version+1 {
			v.faults = append(v.faults, fmt.Sprintf("version %d after %d", document.Version, v.last.Version))
		}
		if result := v.table.Apply(document); result != dialoginfo.Applied {
			v.faults = append(v.faults, fmt.Sprintf("result %d of\n%s", result, m.Body()))
		}
		v.last = document
	}
	status := "200 OK"
	if v.gone {
		status = "481 Gone"
	}
	lines := []string{
		"SIP/2.0 " + status, "Via: " + m.TopValue(sip.HeaderVia), "From: " + m.From(), "To: " + m.To(), "Call-ID: " + m.CallID(),
		fmt.Sprintf("CSeq: %d NOTIFY", m.CSeq()), "Content-Length: 0",
	}
	v.house.receive(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// states are the states that the viewer sees, sorted.
func (v *viewer) states() string {
	if len(v.faults) > 0 {
		v.house.Errorf("%v", v.faults)
	}
	var list []string
	for _, d := range v.table.Dialogs() {
		list = append(list, d.State.String())
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func (h *house) want(reason string, got, want any) {
	h.Helper()
	if got != want {
		h.Errorf("%s: got %v, want %v", reason, got, want)
	}
}

// ringing is a call from alice that rings at somebody's telephone.
func ringing(id string) dialoginfo.Dialog { return call(id, dialoginfo.Early) }

func call(id string, state dialoginfo.State) dialoginfo.Dialog {
	return dialoginfo.Dialog{
		ID: id, CallID: "c-" + id, LocalTag: "l-" + id, RemoteTag: "r-" + id, Direction: dialoginfo.Recipient, State: state,
		Remote: dialoginfo.Participant{
			Identity: dialoginfo.Identity{Display: "Alice", URI: "sip:alice@example.test"}, Target: "sip:alice@192.0.2.1;gr",
			Params: []dialoginfo.Param{{Name: "+sip.rendering", Value: "no"}},
		},
	}
}
