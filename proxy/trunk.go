package proxy

import (
	"net/netip"
	"time"

	"hookflash/directory"
	"hookflash/sip"
)

// Trunk leads to a gateway or provider, for calls to numbers.
type Trunk struct {
	Name string
	// Hops are its gateways as SIP URIs without user part, in the order in which they are tried.
	Hops []string
	// Prefixes of the E.164 numbers that it takes; none: all.
	Prefixes []directory.Pattern
	// Sources are where its calls come from, beside the hops that are addresses.
	Sources []netip.Prefix
	// Username and Password answer the challenges of Realm, and of no other.
	Username, Password, Realm string
	// Contact is the user part to which it sends calls for a registration of ours, "" without one.
	Contact string
	// Limit is how many calls it may carry at a time; 0: no limit.
	Limit int
	// Trusted tells that it keeps secret who calls when asked to (RFC 3325 §7).
	Trusted bool
	// Emergency tells that it reaches those who help.
	Emergency bool
	// Number is who calls when the caller has no number of their own.
	Number string
	// Strip and Prepend change the number as the gateway wants it: digits taken off "+49…", and put on.
	Strip   int
	Prepend string
	// Default is who is called when nobody has the number that was called.
	Default string
}

// trunkHost tells whether a host is one of a trunk's.
func (s *Settings) trunkHost(string) bool { return false }

// trunkTargets are the gateways that take a number, in the order in which they are tried.
func (m *Machine) trunkTargets(time.Time, *request, *destination) ([]target, *sip.StatusError) {
	return nil, &sip.StatusError{Code: 404, Reason: "No Way To That Number"}
}
