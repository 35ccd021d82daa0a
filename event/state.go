package event

// The states of a subscription that Subscription-State names (RFC 6665 §8.2.3).
const (
	Pending    = "pending"    // accepted, not yet authorized: its NOTIFY tells nothing
	Active     = "active"     // accepted and authorized
	Terminated = "terminated" // over; the Reason says why and what the subscriber may do
)

// Reason is why a subscription is terminated (RFC 6665 §4.1.3).
type Reason string

const (
	Deactivated Reason = "deactivated" // subscribe again at once
	Probation   Reason = "probation"   // subscribe again later, after retry-after
	Rejected    Reason = "rejected"    // policy changed: don't subscribe again
	TimedOut    Reason = "timeout"     // not refreshed, or ended by its subscriber
	GiveUp      Reason = "giveup"      // authorization did not come in time
	NoResource  Reason = "noresource"  // nothing left to watch: don't subscribe again
	Invariant   Reason = "invariant"   // the state never changes: don't subscribe again
)
