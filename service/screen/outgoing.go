package screen

import (
	"hookflash/directory"
	"hookflash/proxy"
	"hookflash/sip"
)

var originating = &sip.StatusError{Code: 403, Reason: "Screening Failure (Originating)"}

// Outgoing is what the proxy decides about what Alice may call: RFC 5359 §2.14. Who forwards a
// call needs the same permission as who dials it.
//
//	Alice           Proxy            Bob
//	  |    INVITE F1   |              |
//	  |--------------->|              |
//	  | 407 Proxy Authentication F2   |
//	  |<---------------|              |
//	  |     ACK F3     |              |
//	  |--------------->|              |
//	  |    INVITE F4   |              |
//	  |--------------->|              |
//	  | 403 Screening Failure (Originating) F5
//	  |<---------------|              |
//	  |     ACK F6     |              |
//	  |--------------->|              |
var Outgoing = proxy.Service{Name: "outgoing-call-screening", Leave: outgoing}

// unset are the permissions of a user who has none of their own.
var unset directory.Outgoing

// outgoing asks the rules in their order, and then how far numbers may go.
func outgoing(c *proxy.Context) proxy.Decision {
	if c.Payer == nil {
		return proxy.Decision{}
	}
	if c.Emergency {
		note(c, "a call for help is not screened")
		return proxy.Decision{}
	}
	permissions := &unset
	if c.Payer.Routing != nil {
		permissions = &c.Payer.Routing.Outgoing
	}
	for i := range permissions.Rules {
		rule := &permissions.Rules[i]
		unmet := dialLacks(c, rule)
		if c.Note != nil {
			tellDialRule(c, rule, i+1, unmet)
		}
		if unmet != nothing {
			continue
		}
		named := ruleName("outgoing rule", rule.Name, i+1)
		if rule.Allow {
			return proxy.Decision{Rule: named}
		}
		return refuse(rule.Announcement, named)
	}
	return class(c, permissions.Class)
}

// dialLacks says which condition of a rule what is dialled does not meet.
func dialLacks(c *proxy.Context, rule *directory.DialRule) condition {
	switch {
	case blocked(rule.To, c.Dialled) < 0:
		return caller
	case !rule.When.IsZero() && !rule.When.Holds(c.Now, c.Users):
		return hours
	}
	return nothing
}

// class compares how far a number goes with how far the user may call.
func class(c *proxy.Context, allowed directory.Class) proxy.Decision {
	if c.Class == "" {
		return proxy.Decision{}
	}
	within := c.Class.Within(allowed)
	if c.Note != nil {
		tellClass(c, allowed, within)
	}
	if within {
		return proxy.Decision{}
	}
	return refuse("", "outgoing class "+string(allowed.Or()))
}

// refuse is F5.
func refuse(announcement, rule string) proxy.Decision {
	if announcement == "" {
		announcement = OriginatingAnnouncement
	}
	return proxy.Decision{Act: proxy.Reject, Status: originating, Announcement: announcement, Rule: rule}
}
