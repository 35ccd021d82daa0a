package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"hookflash/api"
	"hookflash/registrar"
	"hookflash/service/clicktodial"
	"hookflash/sip"
	"hookflash/ua"
)

// clickDesk is click to dial: it has the agent place the calls that the API is asked for, and remembers what became of
// them. It implements api.Calls.
type clickDesk struct {
	server *Server
	agent  *agentShard
	desk   *clicktodial.Desk // guarded by the agent's mutex

	mutex    sync.Mutex // of what follows; no other is taken while it is held
	book     clicktodial.Book
	watching map[string][]chan struct{} // by calls
	placed   uint64
	ended    map[clicktodial.Status]uint64
}

func (s *Server) installClick(a *ua.Agent) error {
	c := s.current().config
	d := &clickDesk{server: s, agent: s.agents[len(s.agents)-1], watching: map[string][]chan struct{}{}, ended: map[clicktodial.Status]uint64{}}
	d.desk = clicktodial.Install(a, clicktodial.Settings{Domain: c.Domain, Language: c.Media.Language, Changed: d.changed})
	s.clicks = d
	return nil
}

func (s *Server) clickRecords() func(record any) {
	return func(record any) {
		if s.clicks != nil {
			s.clicks.desk.Record(record)
		}
	}
}

// changed is called in steps of the agent.
func (d *clickDesk) changed(c clicktodial.Call) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.book.Change(c)
	if c.Status.Final() {
		d.ended[c.Status]++
	}
	for _, changed := range d.watching[c.ID] {
		select {
		case changed <- struct{}{}:
		default: // it has not looked since the last
		}
	}
}

// Place implements api.Calls.
func (d *clickDesk) Place(w api.CallWish) (api.Call, error) {
	domain := d.server.current().config.Domain
	if d.server.draining.Load() {
		return api.Call{}, api.NotNow(http.StatusServiceUnavailable, "nobody was called: the server is about to end", time.Minute)
	}
	target, shown, err := clicktodial.Address(w.To, domain)
	if err != nil {
		return api.Call{}, api.NotPlaced("to", err.Error(), "write a number such as +49 30 12345, a user, or an address such as sip:carol@example.com")
	}
	phone, err := d.phone(w)
	if err != nil {
		return api.Call{}, err
	}
	var random [16]byte
	rand.Read(random[:])
	wish := clicktodial.Wish{ID: hex.EncodeToString(random[:]), User: w.User, Target: target, Shown: shown, Phone: phone}
	call := clicktodial.Call{ID: wish.ID, User: wish.User, Target: target, Shown: shown, Phone: phone.URI}
	d.mutex.Lock()
	err = d.book.Open(time.Now(), call)
	call, _ = d.book.Find(wish.ID)
	if err == nil {
		d.placed++
	}
	d.mutex.Unlock()
	switch {
	case errors.Is(err, clicktodial.ErrStanding):
		return api.Call{}, api.NotNow(http.StatusTooManyRequests, "nobody was called: several calls of this user are not over; end one", 10*time.Second)
	case errors.Is(err, clicktodial.ErrRate):
		return api.Call{}, api.NotNow(http.StatusTooManyRequests, "nobody was called: too many calls of this user in a minute", clicktodial.RateWindow)
	case err != nil:
		return api.Call{}, api.NotNow(http.StatusServiceUnavailable, "nobody was called: too many calls", time.Minute)
	}
	if !d.step(func() { d.desk.Place(wish) }) {
		call.Status, call.Ended = clicktodial.Failed, time.Now()
		d.changed(call)
	}
	return shownCall(call), nil
}

// step runs something as a step of the agent, soon; false when its inbox is full.
func (d *clickDesk) step(run func()) bool {
	b := d.server.takeBatch()
	defer d.server.returnBatch(b)
	if !d.agent.later(b, run) {
		return false
	}
	b.flush(time.Now())
	return true
}

// Find implements api.Calls.
func (d *clickDesk) Find(id string) (api.Call, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	c, ok := d.book.Find(id)
	return shownCall(c), ok
}

// Watch implements api.Calls.
func (d *clickDesk) Watch(id string) (changed <-chan struct{}, stop func()) {
	one := make(chan struct{}, 1)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.watching[id] = append(d.watching[id], one)
	return one, func() {
		d.mutex.Lock()
		defer d.mutex.Unlock()
		list := slices.DeleteFunc(d.watching[id], func(other chan struct{}) bool { return other == one })
		if d.watching[id] = list; len(list) == 0 {
			delete(d.watching, id)
		}
	}
}

// Cancel implements api.Calls.
func (d *clickDesk) Cancel(id string) { d.step(func() { d.desk.Cancel(id) }) }

// figures are counted for the metrics.
func (d *clickDesk) figures() (placed, answered uint64, standing int) {
	if d == nil {
		return 0, 0, 0
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	standing, _ = d.book.Count()
	return d.placed, d.ended[clicktodial.Completed], standing
}

func shownCall(c clicktodial.Call) api.Call {
	shown := api.Call{
		ID: c.ID, User: c.User, To: c.Shown, Target: c.Target, Phone: c.Phone, Way: string(c.Way), Status: string(c.Status), Code: c.Code,
		Reason: c.Reason, ByPhone: c.ByPhone, Steps: []api.CallStep{}, Created: c.Created, Answered: c.Answered, Ended: c.Ended,
	}
	for _, step := range c.Steps {
		shown.Steps = append(shown.Steps, api.CallStep{At: step.At, Event: string(step.Event), Code: step.Code})
	}
	return shown
}

// registered is a phone, and what people call it.
type registered struct {
	clicktodial.Phone
	instance, contact, agent string
}

// phone is the user's phone that is to call.
func (d *clickDesk) phone(w api.CallWish) (clicktodial.Phone, error) {
	phones := d.server.registeredPhones(w.User)
	if len(phones) == 0 {
		return clicktodial.Phone{}, api.NotNow(http.StatusConflict, "nobody was called: "+w.User+" has no phone that is registered", 0)
	}
	wanted := strings.ToLower(strings.TrimSpace(w.Phone))
	var names []string
	for _, p := range slices.Backward(phones) {
		if wanted == "" || strings.EqualFold(w.Phone, p.URI) || strings.EqualFold(w.Phone, p.contact) || strings.EqualFold(w.Phone, p.instance) ||
			strings.Contains(strings.ToLower(p.agent), wanted) {
			return p.Phone, nil
		}
		names = append(names, p.agent)
	}
	return clicktodial.Phone{}, api.NotPlaced("phone", "is none of "+w.User+"'s that are registered", "leave it out, or name one: "+strings.Join(names, ", "))
}

// registeredPhones are the phones of a user, in the order in which they registered first.
func (s *Server) registeredPhones(user string) (phones []registered) {
	address := user + "@" + s.current().config.Domain
	record := s.bindings.Bindings(address)
	now := time.Now()
	for i := 0; record != nil && i < len(record.Bindings); i++ {
		b := &record.Bindings[i]
		if !b.Expires.After(now) {
			continue
		}
		p := registered{Phone: clicktodial.Phone{URI: b.Contact, Refer: takesRefer(b)}, instance: b.Instance, contact: b.Contact, agent: b.UserAgent}
		contact, err := sip.ParseURI(b.Contact)
		switch {
		case b.Instance != "":
			p.URI, p.GRUU = s.current().gruus.Public(address, b.Instance), true
		case err != nil || sip.Unescape(contact.User) != user: // the proxy would not know it by that: all phones ring
			p.URI = "sip:" + sip.EscapeUser(user) + "@" + s.current().config.Domain
		}
		phones = append(phones, p)
	}
	return phones
}

// takesRefer tells whether a phone did not say that it takes no REFER (RFC 3840 §10.6).
func takesRefer(b *registrar.Binding) bool {
	methods, said := sip.Params(b.Parameters).Get("methods")
	return !said || strings.Contains(strings.ToUpper(methods), "REFER")
}
