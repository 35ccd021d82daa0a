package flow

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"hookflash/config"
	"hookflash/digest"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/server"
	"hookflash/ua"
)

const (
	ringTime = 2 * time.Second // until a called person answers
	patience = 10 * time.Second
	look     = 10 * time.Millisecond // between two looks at something that is awaited
	// of RTP: many, since several flows and a server may run beside this one
	firstPort, lastPort = 20000, 59999
)

// Against is somebody else's server, and the accounts to play with.
type Against struct {
	Server    netip.AddrPort
	Domain    string
	Passwords map[string]string // by the names of people
}

// stage is where a flow is played: a server, and a phone for each person.
type stage struct {
	ctx     context.Context
	flow    *Flow
	witness *witness
	domain  string
	people  map[string]*person
	server  *server.Server // nil: somebody else's
	config  *config.Config
	pages   netip.AddrPort // its HTTP port, where the flow has a page
	close   []func() error
}

// newStage starts the server, unless there is one to play against, and the phones.
func newStage(ctx context.Context, f *Flow, w *witness, against *Against) (*stage, error) {
	s := &stage{ctx: ctx, flow: f, witness: w, people: map[string]*person{}, domain: config.Demo().Domain}
	if against != nil {
		s.domain = against.Domain
		return s, s.seatAll(against.Server, against.Passwords)
	}
	at, err := s.serve()
	if err != nil {
		return s, err
	}
	passwords := map[string]string{}
	for _, user := range s.accounts() {
		passwords[user.Name] = user.Password
	}
	if err := s.seatAll(at, passwords); err != nil || f.routing == nil {
		return s, err
	}
	if err := f.routing(s, s.config); err != nil {
		return s, err
	}
	if err := s.server.Reload(s.config); err != nil {
		return s, fmt.Errorf("the server: %w", err)
	}
	return s, nil
}

// seatAll opens the phones, and occupies those who are busy.
func (s *stage) seatAll(at netip.AddrPort, passwords map[string]string) error {
	s.witness.meet(through, at)
	for _, name := range s.flow.People() {
		password, known := passwords[name]
		direct := s.flow.manners[name].trunk && !known
		if err := s.seat(name, password, at, direct); err != nil {
			return fmt.Errorf("the phone of %s: %w", name, err)
		}
	}
	for _, name := range s.flow.People() {
		if p := s.people[name]; p.manner.busy {
			if err := s.occupy(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// accounts are those of a server of ours: the demo's, and one for everybody else in the flow who is no trunk.
func (s *stage) accounts() []config.Credential {
	accounts := config.DemoUsers()
	for _, name := range s.flow.People() {
		known := slices.ContainsFunc(accounts, func(c config.Credential) bool { return c.Name == name })
		if !known && !s.flow.manners[name].trunk {
			accounts = append(accounts, config.Credential{Name: name, Password: passwordOf(name)})
		}
		if s.flow.manners[name].through {
			accounts = append(accounts, config.Credential{Name: visitor, Password: passwordOf(visitor)})
		}
	}
	return accounts
}

func passwordOf(name string) string { return "flow-" + name }

// serve starts a server of ours on a free port, with a folder for its data that goes with it.
func (s *stage) serve() (netip.AddrPort, error) {
	folder, err := os.MkdirTemp("", "hookflash-flow-")
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.close = append(s.close, func() error { return os.RemoveAll(folder) })
	c := config.Demo()
	c.Listen.SIP = []config.Listener{{Transport: machine.UDP, Address: netip.MustParseAddrPort("127.0.0.1:0")}}
	c.Listen.HTTP = netip.AddrPort{}
	if s.flow.page {
		c.Listen.HTTP = netip.MustParseAddrPort("127.0.0.1:0")
	}
	c.Media.First, c.Media.Last = firstPort, lastPort
	c.Data, c.Shutdown.Drain, c.Assist = folder, 0, s.flow.assist()
	for _, account := range s.accounts()[len(c.Users):] {
		secrets := map[digest.Algorithm]digest.HA1{}
		for _, algorithm := range c.Digest {
			secrets[algorithm] = digest.NewHA1(algorithm, account.Name, c.Domain, account.Password)
		}
		c.Users = append(c.Users, config.User{Name: account.Name, HA1: secrets})
	}
	for i := range c.Users {
		c.Users[i].Assistants = s.flow.Assistants[c.Users[i].Name]
	}
	running, err := server.Open(server.Options{Config: c})
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("the server: %w", err)
	}
	s.server, s.config = running, c
	ctx, stop := context.WithCancel(context.WithoutCancel(s.ctx))
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	s.close = append(s.close, func() error {
		stop()
		return <-ended
	})
	addresses := running.Addresses()
	s.pages = addresses[len(addresses)-1]
	return addresses[0], nil
}

// end hangs everything up and closes it, the last that was opened first. It does so even when the flow
// was ended early. One person hangs up after the other, so that no BYE crosses another.
func (s *stage) end() error {
	s.ctx = context.WithoutCancel(s.ctx)
	var failures []error
	for _, name := range s.flow.People() {
		p, ok := s.people[name]
		if !ok {
			continue
		}
		p.phone.Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		failures = append(failures, s.await(name+" hangs up", func() bool {
			left := 0
			p.phone.Do(func(a *ua.Agent) { left = a.Dialogs() })
			return left == 0
		}))
	}
	for _, shut := range slices.Backward(s.close) {
		failures = append(failures, shut())
	}
	return errors.Join(failures...)
}

// uri is the address of record of a person.
func (s *stage) uri(name string) string { return "sip:" + name + "@" + s.domain }

// await waits until something is so.
func (s *stage) await(what string, so func() bool) error {
	deadline := time.Now().Add(patience)
	for !so() {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %v", what, patience)
		}
		time.Sleep(look)
	}
	return nil
}

// until waits until all arrows up to a number have passed.
func (s *stage) until(number int) error {
	return s.await(fmt.Sprintf("the arrows up to F%d", number), func() bool { return s.witness.reached(number) })
}

// call has a person call another one.
func (s *stage) call(from, to string) error { return s.callURI(from, s.uri(to)) }

// callURI has a person call an address.
func (s *stage) callURI(from, to string) error {
	var err error
	s.people[from].phone.Do(func(a *ua.Agent) { _, err = a.Invite(ua.Invitation{Target: to}) })
	return err
}

// user gives a user's routing to change.
func user(c *config.Config, name string, change func(r *directory.Routing)) {
	for i := range c.Users {
		if c.Users[i].Name == name {
			r := directory.Routing{Display: name}
			change(&r)
			c.Users[i].Routing = &r
		}
	}
}

// to is a user as a target.
func to(name string) directory.Target {
	return directory.Target{Kind: directory.TargetName, Value: name}
}

// with gives a step of a person's phone the call that it has with somebody; a name of "" is any.
func (s *stage) with(who, other string, step func(c *ua.Call)) error {
	found := false
	s.people[who].phone.Do(func(a *ua.Agent) {
		for _, c := range a.Calls() {
			if strings.Contains(c.Remote.URI, other+"@") {
				found = true
				step(c)
				return
			}
		}
	})
	if !found {
		return fmt.Errorf("%s has no call with %s", who, other)
	}
	return nil
}

// hangUp has a person end a call.
func (s *stage) hangUp(who, other string) error {
	return s.with(who, other, func(c *ua.Call) { c.HangUp() })
}
