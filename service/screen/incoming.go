package screen

import (
	"time"

	"hookflash/directory"
	"hookflash/proxy"
	"hookflash/sip"
)

// The announcements that tell a refused caller why, where no rule names another one.
const (
	DefaultAnnouncement     = "screening"
	LaterAnnouncement       = "call-back-later"
	OriginatingAnnouncement = "screening-originating"
)

// The refusals. They are shared by all calls and never changed.
var (
	terminating = &sip.StatusError{Code: 403, Reason: "Screening Failure (Terminating)"}
	anonymity   = &sip.StatusError{Code: 433, Reason: "Anonymity Disallowed"} // RFC 5079 §5
	later       = &sip.StatusError{Code: 480, Reason: "Temporarily Unavailable"}
)

// Incoming is what the proxy decides for Bob about those who call him: RFC 5359 §2.13. F1 to F3
// and F10 to F14 are the phone's and the announcement server's.
//
//	                                                     Announcement
//	Alice           Proxy            Bob                    Server
//	  |    INVITE F1   |              |                       |
//	  |------------------------------>|                       |
//	  | 305 Use Proxy F2              |                       |
//	  |<------------------------------|                       |
//	  |     ACK F3     |              |                       |
//	  |------------------------------>|                       |
//	  |    INVITE F4   |              |                       |
//	  |--------------->|              |                       |
//	  | 407 Proxy Authentication F5   |                       |
//	  |<---------------|              |                       |
//	  |     ACK F6     |              |                       |
//	  |--------------->|              |                       |
//	  |    INVITE F7   |              |                       |
//	  |--------------->|              |                       |
//	  | 403 Screening Failure (Terminating) Error-Info: URI F8|
//	  |<---------------|              |                       |
//	  |     ACK F9     |              |                       |
//	  |--------------->|              |                       |
//	  |    INVITE F10  |              |                       |
//	  |------------------------------------------------------>|
//	  |    200 OK F11  |              |                       |
//	  |<------------------------------------------------------|
//	  |     ACK F12    |              |                       |
//	  |------------------------------------------------------>|
//	  |          Announcement Played to Caller                |
//	  |<======================================================|
//	  |     BYE F13    |              |                       |
//	  |<------------------------------------------------------|
//	  |    200 OK F14  |              |                       |
//	  |------------------------------------------------------>|
var Incoming = proxy.Service{Name: "incoming-call-screening", Arrive: incoming, Fail: silence}

// incoming asks the block list, then who hides, then the rules in their order: the first that
// fits decides.
func incoming(c *proxy.Context) proxy.Decision {
	if c.Callee == nil || c.Callee.Routing == nil {
		return proxy.Decision{}
	}
	if c.Emergency {
		note(c, "a call for help is not screened")
		return proxy.Decision{}
	}
	routing := c.Callee.Routing
	if i := blocked(routing.Block, c.Caller.Subject); i >= 0 {
		tellBlocked(c, routing.Block[i])
		return proxy.Decision{Act: proxy.Reject, Status: terminating, Announcement: DefaultAnnouncement, Rule: "block list"}
	}
	if routing.RejectAnonymous && c.Caller.Anonymous {
		note(c, "the caller hides, and anonymous callers are refused")
		return proxy.Decision{Act: proxy.Reject, Status: anonymity, Announcement: DefaultAnnouncement, Rule: "reject-anonymous"}
	}
	if rule, number := first(c, routing.Screening); rule != nil {
		return decide(c, rule, number)
	}
	return proxy.Decision{}
}

// blocked finds the pattern of a list that fits, -1 for none.
func blocked(list []directory.Pattern, caller directory.Subject) int {
	for i := range list {
		if list[i].Fits(caller) {
			return i
		}
	}
	return -1
}

// first finds the first rule that fits, and its number from 1; nil for none.
func first(c *proxy.Context, rules []directory.Rule) (*directory.Rule, int) {
	for i := range rules {
		unmet := lacks(c, &rules[i])
		if c.Note != nil {
			tellRule(c, &rules[i], i+1, unmet)
		}
		if unmet == nothing {
			return &rules[i], i + 1
		}
	}
	return nil, 0
}

// decide does what a rule that fits says.
func decide(c *proxy.Context, rule *directory.Rule, number int) proxy.Decision {
	named := ruleName("screening rule", rule.Name, number)
	announcement := rule.Announcement
	switch {
	case announcement != "":
	case rule.Action == directory.ActionLater:
		announcement = LaterAnnouncement
	default:
		announcement = DefaultAnnouncement
	}
	switch rule.Action {
	case directory.ActionAllow:
		return proxy.Decision{Rule: named}
	case directory.ActionLater:
		return proxy.Decision{Act: proxy.Reject, Status: later, Announcement: announcement, RetryAfter: until(c, &rule.When), Rule: named}
	case directory.ActionDivert:
		if !rule.To.IsZero() {
			return proxy.Decision{Act: proxy.Redirect, Targets: []directory.Target{rule.To}, Reason: proxy.Rejected, Rule: named}
		}
	case directory.ActionAsk:
		return proxy.Decision{Act: proxy.Redirect, Targets: own, Ask: true, Reason: proxy.Unconditional, Rule: named}
	case directory.ActionSilent:
		return proxy.Decision{Act: proxy.Fork, Ring: silentRing, Rule: named}
	case directory.ActionRefuse:
	}
	return proxy.Decision{Act: proxy.Reject, Status: terminating, Announcement: announcement, Rule: named}
}

// own are the callee's phones.
var own = []directory.Target{{Kind: directory.TargetPhones}}

// silentRing is how long somebody hears ringing where no phone rings.
const silentRing = 2 * time.Minute

// silence ends a call that rang nowhere: it goes to nobody else, whatever the callee forwards.
func silence(c *proxy.Context, _ int) proxy.Decision {
	if c.Step != 1 || c.Emergency || c.Callee == nil || c.Callee.Routing == nil {
		return proxy.Decision{}
	}
	for i := range c.Callee.Routing.Screening {
		rule := &c.Callee.Routing.Screening[i]
		if lacks(c, rule) != nothing {
			continue
		}
		if rule.Action == directory.ActionSilent {
			return proxy.Decision{Act: proxy.Reject, Status: later, Rule: ruleName("screening rule", rule.Name, i+1)}
		}
		break
	}
	return proxy.Decision{}
}

// until is how long a condition of time goes on to hold, zero when nobody knows.
func until(c *proxy.Context, when *directory.When) time.Duration {
	end, ok := when.Ends(c.Now, c.Users)
	if !ok {
		return 0
	}
	return end.Sub(c.Now).Round(time.Second)
}
