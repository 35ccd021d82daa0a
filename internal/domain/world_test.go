package domain_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/ladder"
	"hookflash/internal/ladder/golden"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/sip"
)

// Where everybody is.
var (
	serverAddress = at("192.0.2.10:5060")
	addresses     = map[string]netip.AddrPort{
		"alice": at("192.0.2.1:5060"), "bob": at("192.0.2.2:5060"), "carol": at("192.0.2.3:5060"), "dave": at("192.0.2.4:5060"),
		"mallory": at("203.0.113.66:5060"), "gateway": at("198.51.100.7:5060"),
	}
)

func at(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// world is a domain on a virtual network, and its phones.
type world struct {
	*sim.Network
	config domain.Config
	store  *domain.Store
	server *sim.Host
	lives  uint64 // of the server
	phones []*sim.Phone
	// expected is a complaint that phones may have.
	expected string
	// attacked: somebody else's messages are in the ladder.
	attacked bool
}

// newWorld puts the server on a network; mutate changes its configuration.
func newWorld(n *sim.Network, mutate ...func(*domain.Config)) *world {
	w := &world{Network: n, config: domain.Config{
		Users: map[string]string{},
		Listeners: []proxy.Listener{
			{Transport: machine.UDP, Address: serverAddress}, {Transport: machine.TCP, Address: serverAddress},
		},
	}}
	for name := range addresses {
		if name != "gateway" {
			w.config.Users[name] = name + "'s secret"
		}
	}
	for _, change := range mutate {
		change(&w.config)
	}
	w.store = domain.NewStore(w.config)
	return w
}

// serve starts the server: its column stands where it was called.
func (w *world) serve() *world {
	host := sim.HostConfig{Name: "server", Keep: w.store.Keep, Start: func(now time.Time) machine.Machine {
		w.lives++
		return w.store.Start(now, w.lives)
	}}
	for _, agent := range w.config.Inside {
		host.Inside = append(host.Inside, agent.Name)
	}
	for _, l := range w.config.Listeners {
		host.Listen = append(host.Listen, sim.Listener{Transport: l.Transport, Address: l.Address})
	}
	w.server = w.Add(host)
	return w
}

func (w *world) domain() *domain.Domain { return w.server.Machine().(*domain.Domain) }

// phone adds one of the domain's phones.
func (w *world) phone(name string, mutate ...func(*sim.PhoneConfig)) *sim.Phone {
	config := sim.PhoneConfig{Name: name, Address: addresses[name], Proxy: serverAddress, Password: name + "'s secret"}
	for _, change := range mutate {
		change(&config)
	}
	phone := w.AddPhone(config)
	w.phones = append(w.phones, phone)
	return phone
}

// bound puts phones into the store as if they had registered over UDP, each with its q in
// thousandths, all under one user.
func (w *world) bound(user string, contacts ...any) {
	var bindings []registrar.Binding
	for _, contact := range contacts {
		switch contact := contact.(type) {
		case *sim.Phone:
			bindings = append(bindings, binding(contact.ContactURI(), 1000))
		case registrar.Binding:
			bindings = append(bindings, contact)
		}
	}
	w.store.Bind(w.Now(), user+"@example.test", bindings...)
}

func binding(contact string, q uint16) registrar.Binding {
	b := registrar.Binding{Contact: contact, Q: q, CallID: "bound", CSeq: 1}
	text := contact[strings.IndexByte(contact, '@')+1:]
	text, _, _ = strings.Cut(text, ";")
	if address, err := netip.ParseAddrPort(text); err == nil {
		b.Flow = machine.Flow{Transport: machine.UDP, Remote: address}
	} else {
		b.Flow = machine.Flow{Transport: machine.UDP, Remote: at("192.0.2.9:5060")}
	}
	return b
}

// pair is alice, the server, and bob who is registered.
func pair(n *sim.Network, behaviour sim.Behaviour, mutate ...func(*domain.Config)) (w *world, alice, bob *sim.Phone) {
	w = newWorld(n, mutate...)
	alice = w.phone("alice")
	w.serve()
	bob = w.phone("bob", incoming(behaviour))
	w.bound("bob", bob)
	return w, alice, bob
}

func incoming(behaviour sim.Behaviour) func(*sim.PhoneConfig) {
	return func(c *sim.PhoneConfig) { c.Incoming = behaviour }
}

// trusting makes some addresses sources that need no digest.
func trusting(names ...string) (prefixes []netip.Prefix) {
	for _, name := range names {
		prefixes = append(prefixes, netip.PrefixFrom(addresses[name].Addr(), 32))
	}
	return prefixes
}

func overTCP(c *sim.PhoneConfig) { c.Transport = machine.TCP }

// quiet lets everything come to its end, and looks for what is left.
func (w *world) quiet() error {
	if err := w.RunUntilQuiet(20 * time.Minute); err != nil {
		return err
	}
	return w.invariants()
}

// end is quiet, and what everybody ended with.
func (w *world) end() (string, error) {
	err := w.quiet()
	return w.EndState(), err
}

// invariants hold at the end of every run.
func (w *world) invariants() error {
	var problems []string
	inside := w.domain().Proxy()
	if servers, clients, _, dialogs := inside.Pending(); servers+clients+dialogs+inside.Merged() > 0 {
		problems = append(problems, fmt.Sprintf("left in the server: %d server and %d client transactions, %d dialogs, %d merged",
			servers, clients, dialogs, inside.Merged()))
	}
	if inviting, told, letters := inside.Waiting(); inviting+told+letters > 0 {
		problems = append(problems, fmt.Sprintf("left in the server: %d INVITEs that wait, watchers were told of %d, %d MESSAGEs", inviting, told, letters))
	}
	if calls := w.domain().Calls(); len(calls) > 0 {
		problems = append(problems, fmt.Sprintf("calls of users are counted that are over: %v", calls))
	}
	for _, phone := range w.phones {
		for _, leak := range phone.Leaks() {
			problems = append(problems, "left in a phone: "+leak)
		}
		for _, complaint := range phone.Complaints {
			if complaint == w.expected {
				continue
			}
			problems = append(problems, "a phone complains: "+complaint)
		}
		for _, dialog := range phone.Dialogs() {
			problems = append(problems, "a dialog is left: "+dialog.LocalTag()+" "+dialog.RemoteTag())
		}
	}
	if !w.attacked {
		problems = append(problems, afterBye(w.Ladder())...)
	}
	if len(problems) > 0 {
		return fmt.Errorf("at the end: %s", strings.Join(problems, "; "))
	}
	return nil
}

// scenario is one ladder: it plays on a network and gives the end state.
type scenario struct {
	name   string // of the golden file
	title  string
	whole  bool // the golden file holds the messages, too
	seeds  uint64
	config sim.Config
	play   func(n *sim.Network) (string, error)
}

// quickSeeds is how many runs of a scenario there are where it says nothing.
const quickSeeds = 50

// run plays a scenario on a good line, compares its ladder with the golden one, and then
// plays it on bad lines.
func (s scenario) run(t *testing.T) {
	t.Helper()
	t.Run(s.name, func(t *testing.T) {
		n := sim.New(s.config)
		if _, err := s.play(n); err != nil {
			t.Errorf("%v\n%s", err, n.Ladder().DrawPlain())
		}
		drawn := n.Ladder()
		drawn.Title = s.title
		for i := range drawn.Arrows {
			drawn.Arrows[i].Text = ""
			if s.whole {
				drawn.Arrows[i].Text = withoutTokens(n.Ladder().Arrows[i].Text)
			}
			drawn.Arrows[i].Label = withoutTokens(drawn.Arrows[i].Label)
		}
		golden.Ladder(t, s.name, drawn, golden.Options{})
		if s.seeds == 0 {
			s.seeds = quickSeeds
		}
		if err := (sim.Swarm{Seeds: s.seeds, FirstSeed: 1, Config: s.config}).Run(s.play); err != nil {
			t.Error(err)
		}
	})
}

// tokens are the user parts of our Record-Route.
var tokens = regexp.MustCompile(`sip:[A-Za-z0-9_-]{60,}@`)

func withoutTokens(text string) string { return tokens.ReplaceAllString(text, "sip:(token)@") }

// afterBye looks for requests within a dialog that a phone made after it had sent a BYE
// or answered one. What was sent before may still come through the server later.
func afterBye(l *ladder.Ladder) (problems []string) {
	over := map[string]bool{}
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		if arrow.Kind != ladder.Message || arrow.Text == "" || l.Name(arrow.From) == "server" {
			continue
		}
		m, err := parse(arrow.Text)
		if err != nil || m.ToTag() == "" {
			continue
		}
		key := fmt.Sprint(l.Name(arrow.From), m.CallID(), min(m.FromTag(), m.ToTag()), max(m.FromTag(), m.ToTag()))
		switch {
		case m.Method() == sip.BYE:
			over[key] = true
		case m.IsRequest() && over[key] && m.Method() != sip.ACK:
			problems = append(problems, fmt.Sprintf("%s: %s after BYE", l.Name(arrow.From), arrow.Label))
		}
	}
	return problems
}
