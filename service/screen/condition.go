package screen

import (
	"slices"

	"hookflash/directory"
	"hookflash/proxy"
)

// condition is a part of a rule that a call does not meet.
type condition uint8

const (
	nothing   condition = iota // all are met: the rule fits
	caller                     // is none of From
	member                     // of none of Groups
	source                     // in none of Sources
	anonymous                  // shows who calls
	away                       // is not
	hours                      // do not hold
)

// lacks says which condition of a rule a call does not meet. Those of time, which cost most,
// come last. It allocates nothing.
func lacks(c *proxy.Context, rule *directory.Rule) condition {
	switch {
	case rule.Away && !c.Callee.Routing.Away:
		return away
	case rule.Anonymous && !c.Caller.Anonymous:
		return anonymous
	case len(rule.From) > 0 && blocked(rule.From, c.Caller.Subject) < 0:
		return caller
	case len(rule.Groups) > 0 && !memberOfAny(c, rule.Groups):
		return member
	case len(rule.Sources) > 0 && !fromAny(c, rule):
		return source
	case !rule.When.IsZero() && !rule.When.Holds(c.Now, c.Users):
		return hours
	}
	return nothing
}

// memberOfAny tells whether the caller is a user in one of some groups.
func memberOfAny(c *proxy.Context, groups []string) bool {
	if c.Caller.Name == "" {
		return false
	}
	for _, name := range groups {
		if group := c.Users.Group(name); group != nil && slices.Contains(group.Members, c.Caller.Name) {
			return true
		}
	}
	return false
}

// fromAny tells whether the packet came from where a rule says.
func fromAny(c *proxy.Context, rule *directory.Rule) bool {
	address := c.Caller.Source.Unmap()
	for _, prefix := range rule.Sources {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}
