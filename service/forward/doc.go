// Package forward sends calls elsewhere on behalf of who is called: RFC 5359 §2.7 to §2.9.
//
// Limitations: a group forwards by its no-answer target alone (package findme). Whether the call
// may go where it is sent is for outgoing call screening to say, under the permissions of who
// forwards; circles are the proxy's to end.
//
// Among the routing services, Unconditional stands before find-me, Busy and NoAnswer behind it.
package forward

import (
	"hookflash/directory"
	"hookflash/proxy"
)

// routing is what the callee has set, nil for who has set nothing.
func routing(c *proxy.Context) *directory.Routing {
	if c.Callee == nil {
		return nil
	}
	return c.Callee.Routing
}

// redirect leaves the callee for a target.
func redirect(c *proxy.Context, target directory.Target, reason proxy.Reason, rule string) proxy.Decision {
	if c.Note != nil {
		c.Note(rule + " of " + c.Callee.Name + ": the call goes to " + target.String())
	}
	return proxy.Decision{
		Act: proxy.Redirect, Targets: []directory.Target{target}, Reason: reason, Rule: rule,
		ByCaller: c.Callee.Routing.Forward.Redirect,
	}
}
