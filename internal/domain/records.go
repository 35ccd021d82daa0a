package domain

import (
	"slices"
	"time"

	"hookflash/machine"
	"hookflash/proxy"
)

// carry hands on what the machines of the process tell each other beside SIP, from an event of a step on. What
// an agent does about it may be more of the kind.
func (d *Domain) carry(now time.Time, out *machine.Output, from int) {
	for i := from; i < len(out.Events); i++ {
		switch event := out.Events[i].(type) {
		case proxy.Warrant:
			d.proxy.Warrant(now, event)
		case proxy.Called:
			if d.store.config.Called != nil {
				d.store.config.Called(event)
			}
		case proxy.Partner:
			d.proxy.Partner(event, out)
		case proxy.Offer:
			d.proxy.Offer(event)
		case proxy.Watch:
			d.proxy.Watch(now, event, out)
		case proxy.Leg, proxy.Standing, proxy.Refused:
			for _, r := range d.residents {
				if r.take != nil {
					d.within(r, out, func() { r.Do(now, out, func() { r.take(event) }) })
				}
			}
		}
	}
}

// mates tells whether two users are in one pickup group.
func (c *Config) mates(user, other string) bool {
	for _, group := range c.Groups {
		if group.Pickup && slices.Contains(group.Members, user) && slices.Contains(group.Members, other) {
			return true
		}
	}
	return false
}
