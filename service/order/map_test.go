package order_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/conference"
	"hookflash/service/hold"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// exchangeOffice is an office with telephones that are helped and others that are not.
type exchangeOffice struct {
	*office.Office
	exchange *b2bua.Exchange
	random   *rand.Rand
	helped   []string // by configuration
	plain    []string // by what their telephones lack
	story    []string // what has happened
	asked    int
	stood    int // telephones in whose place the exchange acted
}

// Who is in it: those who talk, the assistant of all of them, and somebody who has no business with anything.
var (
	talkers   = []string{"alice", "bob", "carol", "dave"}
	everybody = append(slices.Clone(talkers), "zoe", "mallory")
)

func newExchangeOffice(seed uint64) *exchangeOffice {
	o := &exchangeOffice{random: rand.New(rand.NewPCG(seed, 7))}
	routing, assistants := map[string]*directory.Routing{}, map[string][]string{}
	lacking := o.random.IntN(2) == 0
	for _, name := range talkers {
		assistants[name] = []string{"zoe"}
		switch {
		case o.random.IntN(2) == 0:
		case lacking:
			o.plain = append(o.plain, name)
		default:
			routing[name] = &directory.Routing{Assist: directory.AssistAll}
			o.helped = append(o.helped, name)
		}
	}
	options := office.Options{Rootless: o.random.IntN(3) == 0, Server: func(c *domain.Config) {
		if c.Routing, c.Assistants = routing, assistants; lacking {
			c.Assist = directory.AssistLacking
		}
		c.Groups = map[string]*directory.Group{"sales": {Name: "sales", Members: []string{"carol", "dave"}, Pickup: true}}
		c.Inside = []domain.Agent{{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
			o.exchange = b2bua.New(a, b2bua.Settings{Domain: "example.test", Local: localUser})
		}}, lampsOf(staffOf(assistants))}
		c.Packages = map[string]string{"dialog": "lamps"}
	}}
	o.Office = office.New(sim.New(sim.Config{Seed: seed}), options, "alice", "server", "bob", "carol", "dave", "zoe", "mallory")
	manners := map[string]office.Manner{}
	if o.random.IntN(2) == 0 {
		manners[talkers[o.random.IntN(4)]] = office.Manner{Never: true}
	}
	for _, name := range o.plain {
		manners[name] = office.Manner{Never: manners[name].Never, Plain: true}
	}
	o.Staff(services, manners)
	for _, name := range everybody { // what its telephone can is known from now on
		o.Desk(name).Do(func(a *ua.Agent) { a.Register(nil) })
	}
	_ = o.RunFor(time.Second)
	return o
}

// services are those of a telephone that knows all of them.
var services = ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target, Join: conference.Joined}

// mapLeg is one side of a dialog.
type mapLeg struct {
	desk   string // "" for the exchange
	call   *ua.Call
	others []string // of the conversation, of the exchange's alone
	rings  bool     // of the exchange's: on behalf of a conversation that it is no part of yet
	busy   bool     // of the exchange's: a service works with its conversation, or whom it calls rings
}

func (o *exchangeOffice) note(format string, args ...any) {
	o.story = append(o.story, fmt.Sprintf(format, args...))
}

// prepare has a few calls made, and things done with them.
func (o *exchangeOffice) prepare() {
	for range 1 + o.random.IntN(3) {
		from, to := o.pick(talkers), o.pick(talkers)
		if from == to {
			continue
		}
		o.note("%s calls %s", from, to)
		o.Desk(from).Do(func(a *ua.Agent) {
			if c, err := a.Invite(ua.Invitation{Target: office.AOR(to)}); err == nil {
				a.Attend(c)
			}
		})
		_ = o.RunFor(4 * time.Second)
	}
	for range o.random.IntN(3) {
		name := o.pick(talkers)
		calls := o.talking(name)
		if len(calls) == 0 {
			continue
		}
		call := calls[o.random.IntN(len(calls))]
		target := o.pick(talkers)
		what := o.random.IntN(4)
		o.note("%s does %d with %s and %s", name, what, call.Remote.URI, target)
		_ = o.Act(name, func(t *task.Task, _ *ua.Agent) error {
			switch {
			case what == 0:
				return hold.Hold(t, call)
			case what == 1 && len(calls) > 1:
				for _, other := range calls {
					if other != call {
						return transfer.Attended(t, call, other)
					}
				}
			case what == 2 && target != name:
				return transfer.Unattended(t, call, office.AOR(target), transfer.Options{AtOnce: true})
			case what == 3:
				return nil
			}
			return nil
		})
		_ = o.RunFor(12 * time.Second)
	}
	if o.random.IntN(3) == 0 {
		if ids := o.identifiers(); len(ids) > 0 {
			id := ids[o.random.IntN(len(ids))]
			o.note("zoe joins %s", o.describe(id))
			_, _ = o.invites("zoe", o.remoteTarget(id), id, true)
		}
	}
}

func (o *exchangeOffice) pick(names []string) string { return names[o.random.IntN(len(names))] }

func (o *exchangeOffice) talking(name string) []*ua.Call {
	return slices.DeleteFunc(o.Desk(name).Agent().Calls(), func(c *ua.Call) bool { return c.State != ua.Talking })
}

// identifiers are all that somebody could tell of dialogs, in both orders of the tags.
func (o *exchangeOffice) identifiers() (ids []sip.DialogID) {
	for _, a := range o.agents() {
		for _, c := range a.Calls() {
			d := c.Dialog()
			if d.RemoteTag == "" {
				continue
			}
			for _, id := range []sip.DialogID{
				{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}, {CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag},
			} {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

func (o *exchangeOffice) agents() (list []*ua.Agent) {
	for _, name := range everybody {
		list = append(list, o.Desk(name).Agent())
	}
	return append(list, o.exchange.Agent())
}

// side finds who has a side of a dialog: the one whose tag is LocalTag.
func (o *exchangeOffice) side(id sip.DialogID) (l mapLeg, ok bool) {
	for _, name := range everybody {
		if c := o.Desk(name).Agent().Named(id); c != nil && c.State != ua.Over {
			return mapLeg{desk: name, call: c}, true
		}
	}
	if call := o.exchange.Agent().Named(id); call != nil {
		l = mapLeg{call: call, rings: o.exchange.Of(call) == nil}
		if leg := o.exchange.Of(call); leg != nil && leg.Conversation() != nil {
			l.others = slices.Sorted(slices.Values(o.with(leg, nil)))
			l.busy = leg.Conversation().Busy()
		}
		return l, true
	}
	return l, false
}

func mirrored(id sip.DialogID) sip.DialogID {
	return sip.DialogID{CallID: id.CallID, LocalTag: id.RemoteTag, RemoteTag: id.LocalTag}
}

// deskOf is who is at the other end of a call of the exchange's.
func (o *exchangeOffice) deskOf(call *ua.Call) string {
	d := call.Dialog()
	for _, name := range everybody {
		for _, c := range o.Desk(name).Agent().Calls() {
			if far := c.Dialog(); far.CallID == d.CallID && (far.RemoteTag == d.LocalTag || far.LocalTag == d.RemoteTag) {
				return name
			}
		}
	}
	return ""
}

func (o *exchangeOffice) describe(id sip.DialogID) string {
	name := func(l mapLeg, ok bool) string {
		switch {
		case !ok:
			return "nobody"
		case l.desk == "":
			return "exchange"
		}
		return l.desk
	}
	return name(o.side(id)) + "'s with " + name(o.side(mirrored(id)))
}

// remoteTarget is where the far side of a dialog believes its end to be.
func (o *exchangeOffice) remoteTarget(id sip.DialogID) string {
	if far, ok := o.side(mirrored(id)); ok {
		return far.call.Dialog().Target
	}
	return office.AOR("alice")
}

// targets are the addresses to which somebody may send what names a dialog.
func (o *exchangeOffice) targets(id sip.DialogID) []string {
	list := []string{o.remoteTarget(id), o.remoteTarget(mirrored(id)), "sip:bridge@example.test", "sip:bridge@example.test;to=sip%3Adave%40example.test"}
	for _, name := range talkers {
		list = append(list, office.AOR(name), o.Desk(name).Agent().ContactURI())
	}
	return slices.DeleteFunc(list, func(target string) bool { return target == "" })
}

// invites has somebody call with Replaces or Join; 0 is success.
func (o *exchangeOffice) invites(who, target string, id sip.DialogID, join bool) (*ua.Call, int) {
	var made *ua.Call
	err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
		i := ua.Invitation{Target: target, Replaces: id}
		if join {
			i.Replaces, i.Join = sip.DialogID{}, id
		}
		call, err := a.Invite(i)
		if err != nil {
			return err
		}
		made = call
		if err = call.Settle(t); err == nil {
			a.Attend(call)
		}
		return err
	})
	_ = o.RunFor(4 * time.Second)
	var refused *sip.StatusError
	switch {
	case errors.As(err, &refused):
		return made, refused.Code
	case err != nil:
		return made, 999
	}
	return made, 0
}

// snapshot is all calls of everybody, and who hears whom.
type snapshot struct {
	calls   map[*ua.Call]string
	hearing string
}

func (o *exchangeOffice) snapshot() snapshot {
	s := snapshot{calls: map[*ua.Call]string{}, hearing: o.Hearing()}
	for _, name := range everybody {
		for _, c := range o.Desk(name).Agent().Calls() {
			s.calls[c] = fmt.Sprintf("%s and %s, %d, %v %v", name, c.Remote.URI, c.State, c.Held, c.HeldByThem)
		}
	}
	return s
}

// compare tells which calls began and ended between two.
func (s snapshot) compare(later snapshot) (began, ended []*ua.Call) {
	for c := range later.calls {
		if s.calls[c] == "" {
			began = append(began, c)
		}
	}
	for c := range s.calls {
		if later.calls[c] == "" {
			ended = append(ended, c)
		}
	}
	return began, ended
}

// untried is told of an attempt that there was nothing for.
const untried = -1

// fairRefusals are what who names a dialog in vain may be told.
var fairRefusals = []int{400, 403, 404, 420, 480, 481, 486, 488, 603}

// TestExchangeMap: for random calls through the exchange and past it, every Replaces and Join that a side can form, or somebody
// who has learned of it, reaches the dialog that it names, or is refused; no other dialog is touched.
func TestExchangeMap(t *testing.T) {
	taken, refused, stood, codes := 0, 0, 0, map[int]int{}
	seeds := uint64(mapSeeds)
	if play.Full() {
		seeds = fullMapSeeds
	}
	for seed := range seeds {
		o := newExchangeOffice(seed)
		o.prepare()
		for range 4 {
			ids := o.identifiers()
			if len(ids) == 0 {
				break
			}
			id := ids[o.random.IntN(len(ids))]
			id.EarlyOnly = o.random.IntN(4) == 0
			attempt := []func(sip.DialogID) (int, error){o.invite, o.invite, o.refer, o.referAbout, o.watch}[o.random.IntN(5)]
			code, err := attempt(id)
			if err != nil {
				t.Fatalf("seed %d, helped %v, plain %v: %v\n%s", seed, o.helped, o.plain, err, strings.Join(o.story, "\n"))
			}
			switch code {
			case untried:
				continue
			case 0, 200: // 200 is what a REFER came to
				taken++
			default:
				refused++
			}
			codes[code]++
		}
		stood += o.stood
		if err := o.GoHome(); err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, strings.Join(o.story, "\n"))
		}
	}
	t.Logf("%d reached their dialog, %d of them that of a telephone that can't, %d were refused: %v", taken, stood, refused, codes)
	if taken < int(seeds)/4 || stood < int(seeds)/20 {
		t.Errorf("only %d reached their dialog, %d that of a telephone that can't", taken, stood)
	}
}

// invite has somebody name a dialog in an INVITE, and holds what comes of it to what may.
func (o *exchangeOffice) invite(id sip.DialogID) (int, error) {
	plain := id
	plain.EarlyOnly = false
	near, here := o.side(plain)
	far, there := o.side(mirrored(plain))
	who, join := o.pick(everybody), o.random.IntN(3) == 0
	if o.random.IntN(2) == 0 {
		who = "zoe"
	}
	targets := o.targets(plain)
	target := targets[o.random.IntN(len(targets))]
	before := o.snapshot()
	o.note("%s sends join=%v early=%v of %s to %s", who, join, id.EarlyOnly, o.describe(plain), target)
	made, code := o.invites(who, target, id, join)
	after := o.snapshot()
	o.note("-> %d", code)
	began, ended := before.compare(after)
	if code != 0 {
		if !slices.Contains(fairRefusals, code) {
			return code, fmt.Errorf("refused with %d", code)
		}
		if !maps.Equal(before.calls, after.calls) || before.hearing != after.hearing {
			return code, fmt.Errorf("refused with %d, and something has changed: %s\n%s", code, before.hearing, after.hearing)
		}
		m := mapTry{who, target, id, join, near, far}
		if problem := errors.Join(o.mustReach(m), o.mustStandIn(m, code)); problem != nil {
			return code, fmt.Errorf("refused with %d: %w", code, problem)
		}
		return code, nil
	}
	switch {
	case !here || !there:
		return code, errors.New("nobody has that dialog")
	case who == "mallory" && far.desk != "mallory" && near.desk != "mallory":
		return code, errors.New("it is no business of hers")
	}
	m := mapTry{who, target, id, join, near, far}
	return code, errors.Join(o.reached(m, made, began, ended), m.heard(before, after))
}

// mapTry is what somebody tried.
type mapTry struct {
	who, target string
	id          sip.DialogID
	join        bool
	near, far   mapLeg // of the dialog: whose tag is LocalTag, and the other
}

// mustReach: the assistant of everybody reaches a dialog of the exchange's by whatever address.
func (o *exchangeOffice) mustReach(m mapTry) error {
	if !(m.who == "zoe" && slices.Contains(talkers, m.far.desk)) && m.who != m.far.desk || m.near.desk != "" || m.near.call == nil || len(m.near.others) == 0 || m.id.EarlyOnly && m.near.call.State == ua.Talking {
		return nil
	}
	if !passes(m.target) {
		return nil // it goes to a telephone, past the server
	}
	if m.near.call.State != ua.Talking && (m.near.call.Incoming || m.join) {
		return nil // RFC 3891 §3
	}
	return errors.New("the exchange has that dialog")
}

// reached holds what has changed to what a Replaces or Join may change.
func (o *exchangeOffice) reached(m mapTry, made *ua.Call, began, ended []*ua.Call) error {
	d := made.Dialog()
	end, ok := o.side(sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag})
	if ok && o.standsIn(m) {
		o.stood++
		return m.stoodIn(end, began, ended)
	}
	if !ok || end.desk != m.near.desk {
		return fmt.Errorf("%s is connected with %q", m.who, end.desk)
	}
	gone := map[*ua.Call]bool{}
	for _, c := range ended {
		gone[c] = true
	}
	left := o.lost(m)
	switch {
	case m.join && len(ended) > 0:
		return errors.New("a call ended when somebody joined")
	case m.join:
	case m.near.desk != "" && !gone[m.near.call], m.far.desk != "" && !gone[m.far.call]:
		return errors.New("the call that was replaced goes on")
	case len(ended) > left:
		return fmt.Errorf("%d calls ended, and not %d", len(ended), left)
	}
	most := 1
	if m.near.desk != "" {
		most = 2
	}
	if len(began) > most {
		return fmt.Errorf("%d calls began", len(began))
	}
	if m.near.rings && len(end.others) == 0 {
		return errors.New("nobody is there")
	}
	if m.near.desk == "" && !m.near.rings {
		want := slices.Clone(m.near.others)
		if m.join {
			want = append(want, m.far.desk)
		}
		slices.Sort(want)
		if !slices.Equal(end.others, want) {
			return fmt.Errorf("%s is in a conversation with %v, and not %v", m.who, end.others, want)
		}
	}
	return nil
}

// lost is how many calls of telephones may end when a dialog is replaced.
func (o *exchangeOffice) lost(m mapTry) int {
	count := 0
	for _, l := range []mapLeg{m.near, m.far} {
		if l.desk != "" {
			count++
		}
	}
	if m.near.rings { // on behalf of whom a transferor leaves with them
		count++
	}
	if m.far.desk == "" && len(m.far.others) == 1 { // nobody is left to talk to
		count++
	}
	return count
}

// mapSeeds is how many offices there are, fullMapSeeds when everything is to reach its figure.
const (
	mapSeeds     = 300
	fullMapSeeds = 10000
)
