package identity

import (
	"hookflash/digest"
	"hookflash/directory"
	"hookflash/sip"
)

// Kind is what a sender is to us.
type Kind uint8

const (
	// Nobody must be challenged before anything else is done.
	Nobody Kind = iota
	// Guest is of another domain, or says to be nobody we know from a trusted source. A
	// guest reaches local users, never trunks.
	Guest
	// User is one of ours, authenticated or vouched for by a trusted source.
	User
)

// Outcome is why an Identity is what it is, for counters, bans and tests.
type Outcome uint8

const (
	// Unsigned requests had no credentials for our realm.
	Unsigned Outcome = iota
	// Accepted credentials were right, and used for the first time.
	Accepted
	// Repeated is the retransmission of an accepted REGISTER.
	Repeated
	// Wrong credentials: the response, the user or both.
	Wrong
	// Withheld credentials were not evaluated: too many were wrong lately.
	Withheld
	// Unusable credentials have a nonce that is stale, not ours or for somebody else.
	Unusable
	// Replayed credentials were right, but used before.
	Replayed
	// Disagreeing credentials are for somebody or something else than the request is.
	Disagreeing
	// Malformed credentials, or more asserted identities than there can be.
	Malformed
)

var outcomeNames = [...]string{
	Unsigned: "unsigned", Accepted: "accepted", Repeated: "repeated", Wrong: "wrong", Withheld: "withheld",
	Unusable: "unusable", Replayed: "replayed", Disagreeing: "disagreeing", Malformed: "malformed",
}

// String is the outcome in a word.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Identity is who sends a request.
type Identity struct {
	User *directory.User // of Kind User; nil otherwise
	// Asserted is what P-Asserted-Identity is to say, "sip:alice@example.test"; "" for a guest.
	Asserted string
	// Offer is what to offer in a challenge, in this order; set for Nobody.
	Offer []digest.Algorithm
	// Refusal is the response instead of anything else: 400 or 403. It comes together with
	// a User where a request within a dialog was signed by that user under the From of
	// somebody else: then it goes on only if the dialog is known to be the User's.
	Refusal *sip.StatusError
	// Durable is how many of the output's changes must be kept before the request takes
	// effect (machine.Send.Durable): the use of a nonce is one. Zero: none.
	Durable int
	Kind    Kind
	Outcome Outcome
	Trusted bool // the packet's source is trusted
	// OwnCall: a REFER is about a call of the User's.
	OwnCall bool
	// ToEnd: an INVITE goes to an end of the call that it replaces or joins, and may.
	ToEnd bool
	// Behind is the agent of this process that is the end which an INVITE or REFER names of a call, and may; nil: a
	// telephone, or there is none.
	Behind *Behind
	// Stale is for the challenge: only the nonce was at fault (RFC 7616 §3.3).
	Stale bool
}

// Behind is an agent of this process that stands for somebody in a call.
type Behind struct {
	Agent string // user part of its address
	As    string // the URI of who its other end is told to talk with, "" for who hides
}

// Refusals, made once.
var (
	refusedDisagreement = &sip.StatusError{Code: 403, Reason: "Credentials Of Another User"}
	refusedURI          = &sip.StatusError{Code: 400, Reason: "Credentials For Another URI"}
	refusedSyntax       = &sip.StatusError{Code: 400, Reason: "Malformed Credentials"}
	refusedAssertion    = &sip.StatusError{Code: 400, Reason: "Several Asserted Identities"}
)

func refused(outcome Outcome, refusal *sip.StatusError) Identity {
	return Identity{Outcome: outcome, Refusal: refusal}
}
