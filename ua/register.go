package ua

import (
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sip"
)

// Times of registering.
const (
	// registerAgain is how long a failed registration waits at first; it doubles up to registerSeldom
	// (RFC 5626 §4.5).
	registerAgain  = 30 * time.Second
	registerSeldom = 30 * time.Minute
	// registerInCall is the same where the server could not be reached while somebody talks: until the
	// phone is back, whatever the far side asks within the call is lost.
	registerInCall = 2 * time.Second
)

// registration is the agent's binding at its registrar. There is one flow, reg-id 1.
type registration struct {
	wanted   bool
	draft    *dialog.Dialog
	under    bool     // a REGISTER is on its way; the next one waits for its answer (RFC 3261 §10.2)
	again    bool     // as soon as that is there
	route    []string // Service-Route (RFC 3608)
	public   string   // GRUU (RFC 5627)
	failures int
	refresh  *timer
	done     func(Response)
}

// Register binds the agent's contact to its address of record, now and for as long as it runs; done,
// which may be nil, is told of the first answer.
func (a *Agent) Register(done func(Response)) {
	a.registration.wanted, a.registration.done = true, done
	a.sendRegister()
}

// Unregister takes the binding back; done may be nil.
func (a *Agent) Unregister(done func(Response)) {
	a.registration.wanted, a.registration.done = false, done
	a.sendRegister()
}

// ContactURI is where the agent is reached: its GRUU once it has one.
func (a *Agent) ContactURI() string {
	if a.registration.public != "" {
		return a.registration.public
	}
	return a.contactAddress()
}

// contactAddress is the agent's address as a URI. An agent of the server's process is where its address
// of record leads, and nowhere else.
func (a *Agent) contactAddress() string {
	switch {
	case a.settings.Contact != "":
		return a.settings.Contact
	case a.settings.Outbound.Transport == machine.Inside:
		return a.settings.AOR
	}
	uri, _ := sip.ParseURI(a.settings.AOR)
	text := "sip:" + uri.User + "@" + a.settings.Local.String()
	if transport := a.settings.Outbound.Transport; transport != machine.UDP && transport != 0 {
		text += ";transport=" + sip.Lower(transport.String())
	}
	return text
}

func (a *Agent) sendRegister() {
	r := &a.registration
	a.stop(r.refresh)
	r.refresh = nil
	if r.again = r.under; r.under {
		return
	}
	r.under = true
	expires := a.settings.Expires
	if !r.wanted {
		expires = 0
	}
	if r.draft == nil {
		uri, _ := sip.ParseURI(a.settings.AOR)
		r.draft = &dialog.Dialog{Local: a.from(), Remote: "<" + a.settings.AOR + ">", Target: a.settings.Registrar}
		if r.draft.Target == "" {
			r.draft.Target = "sip:" + uri.Host
		}
		r.draft.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	}
	contact := "<" + a.contactAddress() + ">"
	if a.settings.Instance != "" {
		contact += `;+sip.instance="<` + a.settings.Instance + `>";reg-id=1`
	}
	contact += a.settings.ContactParams + ";expires=" + decimal(uint32(expires/time.Second))
	x := &exchange{agent: a, dialog: r.draft, method: sip.REGISTER, done: a.registered, flow: a.settings.Outbound}
	x.fields = append([]field{{sip.HeaderContact, contact}}, a.abilities()...)
	x.start()
}

// registered takes what became of a REGISTER.
func (a *Agent) registered(answer Response) {
	r := &a.registration
	r.under = false
	if r.again {
		a.sendRegister()
		return
	}
	if answer.Code == 423 && answer.Message != nil && a.longerExpires(answer.Message) {
		a.sendRegister()
		return
	}
	switch {
	case answer.OK() && r.wanted:
		r.failures = 0
		r.refresh = a.after(refreshAfter(a.granted(answer.Message)), a.sendRegister)
		a.Tell(Event{Kind: Registered, Text: a.ContactURI()})
	case answer.OK():
		r.public, r.route = "", nil
		a.Tell(Event{Kind: Unregistered})
	default:
		a.Tell(Event{Kind: Unregistered, Code: answer.Code, Reason: sip.Reason(answer.Code)})
		refused := answer.Code == 401 || answer.Code == 403 || answer.Code == 407
		switch {
		case !r.wanted, refused && !a.settings.Unattended:
		case refused: // whoever looks after it may put that right
			r.refresh = a.after(registerSeldom, a.sendRegister)
		default:
			r.refresh = a.after(a.registerWait(answer.Message), a.sendRegister)
		}
	}
	if done := r.done; done != nil {
		r.done = nil
		done(answer)
	}
}

// longerExpires takes the Min-Expires of a 423 (RFC 3261 §10.2.8); false when it asks for too much
// or for nothing new.
func (a *Agent) longerExpires(m *sip.Message) bool {
	least, ok := m.Number(sip.HeaderMinExpires)
	wish := time.Duration(least) * time.Second
	if !ok || wish <= a.settings.Expires || wish > maxExpires {
		return false
	}
	a.settings.Expires = wish
	return true
}

// registerWait is how long a registration waits that failed: half of it to all of it at random
// (RFC 5626 §4.5), and no shorter than the registrar asks for.
func (a *Agent) registerWait(m *sip.Message) time.Duration {
	r := &a.registration
	first := registerAgain
	if m == nil && a.calls.count > 0 {
		first = registerInCall
	}
	most := min(first<<min(r.failures, 10), registerSeldom)
	r.failures++
	wait := most/2 + time.Duration(a.table.Uint64()%uint64(most/2))
	if m == nil {
		return wait
	}
	if later, err := sip.ParseRetryAfter(m.Header(sip.HeaderRetryAfter)); err == nil {
		wait = max(wait, min(time.Duration(later.Seconds)*time.Second, registerSeldom))
	}
	return wait
}

// maxExpires is the longest time that a registrar can ask us to register for.
const maxExpires = 24 * time.Hour

// refreshAfter is when a binding is renewed: well before its end, however short it is.
func refreshAfter(granted time.Duration) time.Duration {
	if granted > 20*time.Minute {
		return granted - 10*time.Minute
	}
	return max(granted/2, time.Second)
}

// granted reads the 200 to a REGISTER: how long our binding lasts, its GRUU, the route to use.
func (a *Agent) granted(m *sip.Message) time.Duration {
	r := &a.registration
	r.route, r.public = nil, ""
	for value := range m.Values(sip.HeaderServiceRoute) {
		if len(r.route) < dialog.MaxRoutes {
			r.route = append(r.route, strings.Clone(value))
		}
	}
	granted := a.settings.Expires
	if seconds, ok := m.Number(sip.HeaderExpires); ok {
		granted = time.Duration(seconds) * time.Second
	}
	ours, _ := sip.ParseURI(a.contactAddress())
	for value := range m.Values(sip.HeaderContact) {
		contact, err := sip.ParseContact(value)
		if err != nil || contact.All {
			continue
		}
		same := contact.Address.URI.Equal(ours)
		if a.settings.Instance != "" && contact.Instance != "" {
			same = contact.Instance == a.settings.Instance
		}
		if !same {
			continue
		}
		if contact.HasExpires {
			granted = time.Duration(contact.Expires) * time.Second
		}
		if gruu, ok := contact.Address.Params.Get("pub-gruu"); ok {
			r.public = strings.Clone(gruu)
		}
	}
	return min(granted, maxExpires)
}
