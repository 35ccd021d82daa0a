package findme

import (
	"strings"

	"hookflash/directory"
	"hookflash/proxy"
	"hookflash/sip"
)

// Group is what the proxy does about a call to a group: its members ring all at once, or one
// after the other, as the places of RFC 5359 §2.12 do. A member who calls is left out.
//
//	Alice           Proxy           Bob   Carol   No-answer target
//	  |    INVITE      |              |      |      |
//	  |--------------->|    INVITE    |      |      |
//	  |                |------------->|      |      |
//	  |                |    INVITE           |      |
//	  |                |-------------------->|      |
//	  |  180 Ringing   |  180 Ringing |      |      |
//	  |<---------------|<-------------|      |      |
//	  |                |    Timeout   |      |      |
//	  |                |    CANCEL    |      |      |
//	  |                |------------->|      |      |
//	  |                |    CANCEL           |      |
//	  |                |-------------------->|      |
//	  |(181 Call is Being Forwarded)  |      |      |
//	  |<---------------|    INVITE                  |
//	  |                |--------------------------->|
var Group = proxy.Service{Name: "ring-group", Arrive: ringGroup, Fail: nextMember}

var nobody = &sip.StatusError{Code: 480, Reason: "Temporarily Unavailable"}

// ringGroup rings all members, or the first.
func ringGroup(c *proxy.Context) proxy.Decision {
	if c.Group == nil {
		return proxy.Decision{}
	}
	return member(c, 0)
}

// nextMember goes on to the next member, and behind the last to where the group's calls go that
// nobody takes. A 6xx ends it, but busy everywhere (600) is what the last target is for.
func nextMember(c *proxy.Context, code int) proxy.Decision {
	switch {
	case c.Group == nil || code < 400 || code > 600:
		return proxy.Decision{}
	case code == 600:
		return giveUp(c, proxy.UserBusy)
	case c.Group.InTurn && c.Step > 0:
		if d := member(c, c.Step); d.Act == proxy.Fork {
			return d
		}
	}
	if code == 486 {
		return giveUp(c, proxy.UserBusy)
	}
	return giveUp(c, proxy.NotAnswered)
}

// member rings what comes after a number of forks.
func member(c *proxy.Context, forks int) proxy.Decision {
	targets := make([]directory.Target, 0, len(c.Group.Members))
	for _, name := range c.Group.Members {
		if name != c.Caller.Name {
			targets = append(targets, directory.Target{Kind: directory.TargetName, Value: name})
		}
	}
	if c.Group.InTurn {
		targets = targets[min(forks, len(targets)):min(forks+1, len(targets))]
	}
	if len(targets) == 0 {
		if forks > 0 {
			return proxy.Decision{}
		}
		if d := giveUp(c, proxy.Unreachable); d.Act != proxy.Continue {
			return d
		}
		return proxy.Decision{Act: proxy.Reject, Status: nobody, Rule: "group " + c.Group.Name}
	}
	ring := c.Group.Ring.Or(directory.DefaultRing)
	if c.Note != nil {
		c.Note("group " + c.Group.Name + " rings " + names(targets) + " for " + ring.String())
	}
	return proxy.Decision{Act: proxy.Fork, Targets: targets, Ring: ring, Rule: "group " + c.Group.Name}
}

// giveUp sends the call where the group says.
func giveUp(c *proxy.Context, reason proxy.Reason) proxy.Decision {
	if c.Group.NoAnswer.IsZero() {
		if c.Note != nil {
			c.Note("group " + c.Group.Name + " has no target for calls that nobody takes")
		}
		return proxy.Decision{}
	}
	if c.Note != nil {
		c.Note("no member of group " + c.Group.Name + " took the call: it goes to " + c.Group.NoAnswer.String())
	}
	return proxy.Decision{
		Act: proxy.Redirect, Targets: []directory.Target{c.Group.NoAnswer}, Reason: reason,
		Rule: "no-answer target of group " + c.Group.Name,
	}
}

// names lists targets.
func names(targets []directory.Target) string {
	texts := make([]string, len(targets))
	for i, target := range targets {
		texts[i] = target.String()
	}
	return strings.Join(texts, ", ")
}
