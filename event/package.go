package event

import (
	"slices"
	"time"
)

// A Package is an event package that is known here (RFC 6665 §7.2).
type Package struct {
	Name        string // value of Event
	ContentType string // of bodies where SUBSCRIBE has no Accept
	// Lifetime is how long a subscription lasts whose SUBSCRIBE has no Expires.
	Lifetime time.Duration
	// Forks tells whether one SUBSCRIBE may make a subscription at each place it was forked to.
	Forks bool
}

// The packages that are known here. Lifetimes: RFC 3515 §3.4 leaves it open, RFC 4235 §3.4,
// RFC 4575 §3.4, RFC 3842 §3.4 (hours or days), RFC 3680 §4.4, RFC 3856 §6.4.
var (
	Refer          = Package{Name: "refer", ContentType: "message/sipfrag;version=2.0", Lifetime: 3 * time.Minute}
	Dialog         = Package{Name: "dialog", ContentType: "application/dialog-info+xml", Lifetime: time.Hour, Forks: true}
	Conference     = Package{Name: "conference", ContentType: "application/conference-info+xml", Lifetime: time.Hour}
	MessageSummary = Package{Name: "message-summary", ContentType: "application/simple-message-summary", Lifetime: time.Hour, Forks: true}
	Reg            = Package{Name: "reg", ContentType: "application/reginfo+xml", Lifetime: 3761 * time.Second}
	Presence       = Package{Name: "presence", ContentType: "application/pidf+xml", Lifetime: time.Hour}
	CallCompletion = Package{Name: "call-completion", ContentType: "application/call-completion", Lifetime: time.Hour, Forks: true}
)

var packages = []*Package{&Refer, &Dialog, &Conference, &MessageSummary, &Reg, &Presence, &CallCompletion}

// Find is the package of a name; nil for one that is not known: 489 (RFC 6665 §4.2.1.1).
func Find(name string) *Package {
	if i := slices.IndexFunc(packages, func(p *Package) bool { return p.Name == name }); i >= 0 {
		return packages[i]
	}
	return nil
}
