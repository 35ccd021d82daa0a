package domain

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/sip"
)

// Domain is one process that serves the domain.
type Domain struct {
	store      *Store
	settings   *identity.Settings
	identifier *identity.Identifier
	registrar  *registrar.Registrar
	proxy      *proxy.Machine
	rules      *proxy.Settings
	calls      proxy.OwnCalls
	residents  []*resident // agents, in the order of their numbers
}

// Start makes a process that begins now with what the store keeps. Each needs a seed of
// its own.
func (s *Store) Start(now time.Time, seed uint64) *Domain {
	d := &Domain{store: s, settings: s.config.identity()}
	d.identifier = identity.New(d.settings)
	windows := map[string]*digest.Windows{}
	for _, use := range s.uses {
		if windows[use.Username] == nil {
			windows[use.Username] = &digest.Windows{}
		}
		windows[use.Username].Restore(now, use.Nonce, use.NC)
	}
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		d.identifier.Restore(name, *windows[name])
	}
	d.registrar = registrar.New(s.config.registrar(d.settings), s)
	var secret [32]byte
	binary.LittleEndian.PutUint64(secret[:], seed)
	d.rules = s.config.proxy(d.settings, d.registrar.GRUUs())
	d.calls = proxy.OwnCalls{}
	d.proxy = proxy.New(d.rules, proxy.Views{Users: s, Bindings: s, Lines: s.config.Lines, Calls: d.calls}, secret, now)
	d.house(now, seed)
	return d
}

// Proxy is the machine within that handles calls.
func (d *Domain) Proxy() *proxy.Machine { return d.proxy }

// Calls are how many calls users have, those who have any.
func (d *Domain) Calls() map[string]int { return d.calls }

// Receive implements machine.Machine: what a request needs of identity and registrar is
// asked for here.
func (d *Domain) Receive(now time.Time, p machine.Packet, out *machine.Output) {
	defer d.carry(now, out, len(out.Events))
	if r := d.addressed(p); r != nil {
		d.within(r, out, func() { r.Receive(now, p, out) })
		return
	}
	before := len(out.Changes)
	defer func() { d.store.stage(out.Changes[before:]) }()
	method := p.Message.Method()
	switch {
	case !p.Message.IsRequest(), method == sip.ACK, method == sip.CANCEL:
		d.asked(out, func() { d.proxy.Receive(now, p, identity.Identity{}, out) })
	case d.registers(p.Message):
		d.registrar.Register(now, p, d.identify(now, p, out), out)
	case d.proxy.Absorb(now, p, out):
	default:
		who := d.identify(now, p, out)
		if naming, named := proxy.Named(p); named {
			who = d.proxy.Judge(now, naming, who)
		}
		if wish, picks := d.rules.Pickup(p, who); picks {
			d.proxy.Pick(d.proxy.Find(wish))
		}
		d.asked(out, func() { d.proxy.Receive(now, p, who, out) })
	}
}

func (d *Domain) identify(now time.Time, p machine.Packet, out *machine.Output) identity.Identity {
	if _, needed := d.settings.Shard(p); !needed {
		return d.settings.Unsigned(p, d.store)
	}
	return d.identifier.Identify(now, p, d.store, out)
}

// registers tells whether a request is for the registrar.
func (d *Domain) registers(m *sip.Message) bool {
	if m.Method() != sip.REGISTER {
		return false
	}
	uri, err := sip.ParseURI(m.RequestURI())
	return err == nil && d.settings.Serves(uri)
}

// asked runs a step of the proxy: what it tells when a lookup is done is carried, too.
func (d *Domain) asked(out *machine.Output, step func()) {
	from := len(out.Jobs)
	step()
	for i := from; i < len(out.Jobs); i++ {
		done := out.Jobs[i].Done
		out.Jobs[i].Done = func(now time.Time, result any, out *machine.Output) {
			defer d.carry(now, out, len(out.Events))
			d.asked(out, func() { done(now, result, out) })
		}
	}
}

// Refuse answers a request that Parse could read but not accept.
func (d *Domain) Refuse(p machine.Packet, problem *sip.StatusError, out *machine.Output) {
	d.proxy.Refuse(p, problem, out)
}

// SendFailed takes note of a message that could not be sent.
func (d *Domain) SendFailed(now time.Time, ticket uint64, out *machine.Output) {
	defer d.carry(now, out, len(out.Events))
	d.asked(out, func() { d.proxy.SendFailed(now, ticket, out) })
}

// Unkept takes note of a message that did not leave.
func (d *Domain) Unkept(now time.Time, ticket uint64, out *machine.Output) {
	defer d.carry(now, out, len(out.Events))
	d.asked(out, func() { d.proxy.Unkept(now, ticket, out) })
}

// Advance implements machine.Machine.
func (d *Domain) Advance(now time.Time, out *machine.Output) {
	defer d.carry(now, out, len(out.Events))
	d.asked(out, func() { d.proxy.Advance(now, out) })
	d.tellUnkept(now, out)
	for _, r := range d.residents {
		if next := r.Next(); !next.IsZero() && !next.After(now) {
			d.within(r, out, func() { r.Advance(now, out) })
		}
	}
}

// Next implements machine.Machine.
func (d *Domain) Next() time.Time {
	next := d.proxy.Next()
	if len(d.store.unkept) > 0 {
		return time.Unix(0, 1) // at once
	}
	for _, r := range d.residents {
		if own := r.Next(); next.IsZero() || !own.IsZero() && own.Before(next) {
			next = own
		}
	}
	return next
}
