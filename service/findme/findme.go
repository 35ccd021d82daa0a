package findme

import (
	"fmt"

	"hookflash/directory"
	"hookflash/proxy"
)

// FindMe is what the proxy does to find Bob, who may be at B1 to B4: RFC 5359 §2.12.
//
//	Alice           Proxy           User   User   User   User
//	  |                |             B1     B2     B3     B4
//	  |    INVITE F1   |              |      |      |      |
//	  |--------------->|   INVITE F2  |      |      |      |
//	  |                |------------->|      |      |      |
//	  |(100 Trying) F3 |              |      |      |      |
//	  |<---------------|180 Ringing F4|      |      |      |
//	  |                |<-------------|      |      |      |
//	  | 180 Ringing F5 |              |      |      |      |
//	  |<---------------|              |      |      |      |
//	  |                |    Timeout   |      |      |      |
//	  |                |   CANCEL F6  |      |      |      |
//	  |                |------------->|      |      |      |
//	  |                |   200 OK F7  |      |      |      |
//	  |                |<-------------|      |      |      |
//	  |                |     487 F8   |      |      |      |
//	  |                |<-------------|      |      |      |
//	  |                |     ACK F9   |      |      |      |
//	  |                |------------->|      |      |      |
//	  |                |     INVITE F10      |      |      |
//	  |                |-------------------->|      |      |
//	  |                |480 Not Logged In F11|      |      |
//	  |                |<--------------------|      |      |
//	  |                |              ACK F12|      |      |
//	  |                |-------------------->|      |      |
//	  |                |          INVITE F13        |      |
//	  |                |--------------------------->|      |
//	  |                |      486 Busy Here F14     |      |
//	  |                |<---------------------------|      |
//	  |                |            ACK F15         |      |
//	  |                |--------------------------->|      |
//	  |                |              INVITE F16           |
//	  |                |---------------------------------->|
//	  |                |            180 Ringing F17        |
//	  |     180 F18    |<----------------------------------|
//	  |<---------------|               200 OK F19          |
//	  |   200 OK F20   |<----------------------------------|
//	  |<---------------|                                   |
//	  |     ACK F21    |                                   |
//	  |--------------->|                 ACK F22           |
//	  |                |---------------------------------->|
//	  |               Both way RTP Established             |
//	  |<==================================================>|
//	  |                |                  BYE F23          |
//	  |     BYE F24    |<----------------------------------|
//	  |<---------------|                                   |
//	  |    200 OK F25  |                                   |
//	  |--------------->|                 200 OK F26        |
//	  |                |---------------------------------->|
var FindMe = proxy.Service{Name: "find-me", Arrive: begin, Fail: next}

// begin is F2: the first place.
func begin(c *proxy.Context) proxy.Decision {
	if c.Callee == nil || c.Callee.Routing == nil || len(c.Callee.Routing.FindMe.Steps) == 0 {
		return proxy.Decision{}
	}
	routing := c.Callee.Routing
	switch {
	case routing.FindMe.Off:
		tell(c, "find-me of %s is switched off", c.Callee.Name)
		return proxy.Decision{}
	case routing.DoNotDisturb && !c.Emergency:
		tell(c, "find-me of %s does not begin: do-not-disturb", c.Callee.Name)
		return proxy.Decision{}
	}
	return step(c, 0)
}

// next is what follows F8, F11 and F14. A 6xx speaks for all places (RFC 3261 §21.6), and a
// redirection is an answer.
func next(c *proxy.Context, code int) proxy.Decision {
	if c.Step == 0 || code < 400 || code >= 600 || c.Callee == nil || c.Callee.Routing == nil || c.Callee.Routing.FindMe.Off {
		return proxy.Decision{}
	}
	return step(c, c.Step)
}

// step rings what comes after a number of forks: a step that rings in turn makes one of each of
// its targets. Behind the last it decides nothing.
func step(c *proxy.Context, forks int) proxy.Decision {
	steps := c.Callee.Routing.FindMe.Steps
	for i := range steps {
		s := &steps[i]
		targets := s.Targets
		if s.InTurn {
			if forks >= len(targets) {
				forks -= len(targets)
				continue
			}
			targets = targets[forks : forks+1]
		} else if forks > 0 {
			forks--
			continue
		}
		decision := proxy.Decision{Act: proxy.Fork, Targets: targets, Ring: s.For.Or(directory.DefaultRing), Confirm: s.Confirm, Rule: rules[min(i, len(rules)-1)]}
		if c.Note != nil {
			tellStep(c, i+1, &decision)
		}
		return decision
	}
	if c.Note != nil {
		c.Note("find-me of " + c.Callee.Name + " has no further step")
	}
	return proxy.Decision{}
}

// rules name the steps.
var rules = [directory.MaxSteps]string{
	"find-me step 1", "find-me step 2", "find-me step 3", "find-me step 4", "find-me step 5",
	"find-me step 6", "find-me step 7", "find-me step 8", "find-me step 9", "find-me step 10",
}

func tellStep(c *proxy.Context, number int, d *proxy.Decision) {
	text := fmt.Sprintf("find-me step %d of %s rings %s for %s", number, c.Callee.Name, names(d.Targets), d.Ring)
	if d.Confirm {
		text += "; who answers must press 1"
	}
	c.Note(text)
}

func tell(c *proxy.Context, format, name string) {
	if c.Note != nil {
		c.Note(fmt.Sprintf(format, name))
	}
}
