package assist

import (
	"time"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of what is offered for taking over.
const (
	MaxOffers  = 4096 // the oldest is forgotten then
	OfferLimit = 5 * time.Minute
)

// Take is the parameter of the exchange's address by which an offer is taken.
const Take = "take"

// HandOver offers calls to others by MESSAGE (RFC 5359 §2.6). It belongs to the exchange's agent.
type HandOver struct {
	userOf func(number string) string
	offers []offer // in the order in which they were made
}

// offer is a call that a user may take over, once.
type offer struct {
	token string
	user  string
	leg   *b2bua.Leg
	until time.Time
}

// NewHandOver makes one; userOf gives the user whom a number or name reaches, "" for nobody.
func NewHandOver(userOf func(number string) string) *HandOver { return &HandOver{userOf: userOf} }

// Offer tells a user whom another one dials by MESSAGE under which address the call can be taken over: Bob's here.
//
//	Alice          bridge          Bob           Carol
//	  |               | "*6", number |              |
//	  |     music     |<=============|              |
//	  |<==============|         MESSAGE F9          |
//	  |               |---------------------------->|
//	  |               |           200 F10           |
//	  |               |<----------------------------|
//	  |      both way RTP            |              |
//	  |<=============>|<============>|              |
//	  |               |     INVITE ;take= F11       |
//	  |               |<----------------------------|
//	  |               |           200 F12           |
//	  |               |---------------------------->|
//	  |  UPDATE F13   |              |              |
//	  |<--------------|              |              |
//	  |               |   BYE F14    |              |
//	  |               |------------->|              |
//	  |               |           ACK F15           |
//	  |               |<----------------------------|
//	  |    200 F16    |              |              |
//	  |-------------->|              |              |
//	  |               |   200 F17    |              |
//	  |               |<-------------|              |
//	  |               |          UPDATE F18         |
//	  |               |---------------------------->|
//	  |               |           200 F19           |
//	  |               |<----------------------------|
//	  |<=============>|<===========================>|
//
// The address holds for OfferLimit, once, and for that user alone. It takes Bob's place, whatever he does meanwhile; with his
// hanging up it is void.
func (h *HandOver) Offer(t *task.Task, p b2bua.Press) {
	e := begin(t, p)
	defer e.end()
	number, ok := e.named()
	if !ok {
		return
	}
	user := h.userOf(number)
	if user == "" {
		e.say("not-in-service")
		return
	}
	agent, domain := e.leg.Call.Agent(), e.exchange.Settings().Domain
	o := offer{token: agent.Token(), user: user, leg: e.leg, until: t.Now().Add(OfferLimit)}
	h.add(o)
	err := agent.Send(t, ua.Letter{
		To:   address(user, domain),
		Text: agent.Settings().AOR + ";" + Take + "=" + o.token,
	}) // F9
	if err != nil {
		h.remove(o.token)
		e.say(b2bua.Excuse(err))
		return
	}
	e.say("code-done") // F10
}

// Taken takes a call to the address of an offer: F11. Who is not the one, or comes too late, gets 404.
func (h *HandOver) Taken(call *ua.Call, token string) {
	o, ok := h.find(token, call.Agent().Now())
	c := o.conversation()
	if !ok || c == nil || !call.Remote.Asserted || c.Exchange().Settings().Local(call.Remote.URI) != o.user {
		call.Reject(sip.Answer{Code: 404})
		return
	}
	h.remove(token)
	old := o.leg.Call
	if call.Answer() != nil { // F12
		return
	}
	c.Swap(o.leg, call)
	call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
	old.HangUp() // F14
}

// conversation is that of the call on offer, nil when it is over.
func (o *offer) conversation() *b2bua.Conversation {
	if o.leg == nil || o.leg.Call.State != ua.Talking {
		return nil
	}
	return o.leg.Conversation()
}

// add keeps an offer, and forgets those that hold no longer.
func (h *HandOver) add(o offer) {
	kept := h.offers[:0]
	for _, old := range h.offers {
		if old.leg != o.leg && old.conversation() != nil && old.until.After(o.until.Add(-OfferLimit)) {
			kept = append(kept, old)
		}
	}
	clear(h.offers[len(kept):])
	if len(kept) >= MaxOffers {
		kept = kept[1:]
	}
	h.offers = append(kept, o)
}

func (h *HandOver) find(token string, now time.Time) (o offer, ok bool) {
	for _, o := range h.offers {
		if o.token == token && o.until.After(now) {
			return o, true
		}
	}
	return offer{}, false
}

func (h *HandOver) remove(token string) {
	for i := range h.offers {
		if h.offers[i].token == token {
			h.offers = append(h.offers[:i], h.offers[i+1:]...)
			return
		}
	}
}
