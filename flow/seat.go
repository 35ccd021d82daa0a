package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"hookflash/media"
	"hookflash/phone"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// person is somebody with a phone.
type person struct {
	name    string
	manner  manner
	phone   *phone.Phone
	speaker *speaker
	letters chan string
	refused chan ua.Event // calls that failed
	visitor *phone.Phone  // of who keeps them busy; nil: nobody does
}

// seat opens the phone of a person and registers it.
func (s *stage) seat(name, password string, at netip.AddrPort, direct bool) error {
	voice, err := newSpeaker(name, cmp.Or(s.flow.sound, s.flow.agent))
	if err != nil {
		return err
	}
	p := &person{
		name: name, manner: s.flow.manners[name], speaker: voice, letters: make(chan string, 8), refused: make(chan ua.Event, 8),
	}
	settings := phone.Settings{
		User: name, Domain: s.domain, Display: strings.ToUpper(name[:1]) + name[1:], Password: password, Server: at,
		Direct: direct, Accept: p.manner.accepts, Pickup: p.manner.mates, Lacks: s.flow.Lacks,
		Media: func(address netip.Addr, tell func(event any)) (phone.Media, error) {
			return media.New(media.Settings{Address: address, First: firstPort, Last: lastPort, Device: voice, Tell: tell, Workers: 1})
		},
		Trace:    s.witness.of(name),
		Handlers: func(a *ua.Agent, h ua.Handlers) ua.Handlers { return p.handlers(a, h) },
	}
	if p.manner.busy {
		settings.Lines = 1
	}
	if p.phone, err = phone.Open(settings); err != nil {
		return err
	}
	s.people[name] = p
	s.close = append(s.close, p.phone.Close)
	go p.attend()
	if direct {
		return s.meet(p)
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if err = p.phone.Registered(ctx); ctx.Err() != nil && s.ctx.Err() == nil {
		return fmt.Errorf("no answer to REGISTER from %s within %v: %w", at, patience, context.DeadlineExceeded)
	}
	return err
}

// meet learns where a phone is that does not register.
func (s *stage) meet(p *person) error {
	contact := ""
	p.phone.Do(func(a *ua.Agent) { contact = a.ContactURI() })
	uri, err := sip.ParseURI(contact)
	if err != nil {
		return err
	}
	host, ok := uri.Address()
	if !ok {
		return fmt.Errorf("it is at %q, which is no address", contact)
	}
	s.witness.meet(p.name, netip.AddrPortFrom(host, uri.Port))
	return nil
}

// attend reads what the phone shows, and keeps which calls failed.
func (p *person) attend() {
	for event := range p.phone.Events() {
		e, ok := event.(ua.Event)
		if !ok || e.Kind != ua.Ended || e.Code < 300 {
			continue
		}
		select {
		case p.refused <- e:
		default: // nobody asks
		}
	}
}

// handlers make the person do about calls what their manner is, answer after ringTime without one, and keep
// what is written to them.
func (p *person) handlers(a *ua.Agent, h ua.Handlers) ua.Handlers {
	invited := h.Invite
	h.Invite = func(c *ua.Call) {
		if p.manner.refuses.Code > 0 {
			c.Reject(p.manner.refuses)
			return
		}
		if invited(c); c.State != ua.Alerting || p.manner.never {
			return
		}
		a.Go("answer", func(t *task.Task) {
			t.Sleep(ringTime)
			_ = c.Answer() // the caller may have given up
		})
	}
	h.Message = func(m ua.Letter) int {
		select {
		case p.letters <- m.Text:
			return 200
		default:
			return 480
		}
	}
	return h
}

// outside is where those are who are not in the ladder.
var outside = netip.MustParseAddr("127.9.9.9")

// visitor is who keeps people busy.
const visitor = "visitor"

var errRefused = errors.New("whoever keeps them busy was refused")

// occupy has somebody outside the ladder, who is silent, talk to a person's phone past the server.
func (s *stage) occupy(p *person) error {
	at := s.witness.where(p.name)
	settings := phone.Settings{User: visitor, Domain: s.domain, Server: at, Direct: true, Local: netip.AddrPortFrom(outside, 0)}
	target := "sip:" + p.name + "@" + at.String()
	if p.manner.through {
		settings.Server, settings.Password, target = s.witness.where(through), passwordOf(visitor), s.uri(p.name)
	}
	other, err := phone.Open(settings)
	if err != nil {
		return fmt.Errorf("the phone of who keeps %s busy: %w", p.name, err)
	}
	s.close = append(s.close, other.Close)
	p.visitor = other
	other.Do(func(a *ua.Agent) { _, err = a.Invite(ua.Invitation{Target: target}) })
	if err != nil {
		return err
	}
	limit := time.NewTimer(patience + ringTime)
	defer limit.Stop()
	for {
		select {
		case event := <-other.Events():
			if e, ok := event.(ua.Event); ok && e.Kind == ua.Established {
				return s.await(p.name+" talks to somebody", func() bool { return s.listens(p) })
			} else if ok && e.Kind == ua.Ended {
				return fmt.Errorf("%s: %w: %d %s", p.name, errRefused, e.Code, e.Reason)
			}
		case <-limit.C:
			return fmt.Errorf("%s does not answer whoever keeps them busy", p.name)
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// leave has whoever keeps a person busy hang up.
func (s *stage) leave(who string) error {
	p := s.people[who]
	p.visitor.Do(func(a *ua.Agent) {
		for _, c := range a.Calls() {
			c.HangUp()
		}
	})
	return s.await(who+" is free", func() bool { return !s.listens(p) })
}
