package identity

import (
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// Identify says who sends a request, with the Identifier that Settings.Shard names. It
// stages the use of a nonce (digest.Use) as a change: what the request does must wait for it.
func (i *Identifier) Identify(now time.Time, p machine.Packet, view directory.Users, out *machine.Output) Identity {
	if i.settings.Trusts(p.Flow) {
		return i.settings.Unsigned(p, view)
	}
	a := &i.attempt
	var refusal *sip.StatusError
	if a.credentials, refusal = i.settings.credentials(p.Message); refusal != nil {
		return refused(Malformed, refusal)
	}
	if a.credentials.Username == "" {
		return i.unsigned(now, p, view, out)
	}
	a.now, a.p, a.out, a.user, a.key = now, p, out, view.User(a.credentials.Username), 0
	who := i.judge(a)
	if who.Kind == Nobody && who.Refusal == nil {
		who.Offer = i.settings.Digest
		if a.user != nil && len(a.user.Digest) > 0 {
			who.Offer = a.user.Digest
		}
		who.Offer = i.understands(a, who.Offer)
	}
	*a = attempt{}
	return who
}

// unsigned is Unsigned, with an eye on devices that don't know what to do with a list.
func (i *Identifier) unsigned(now time.Time, p machine.Packet, view directory.Users, out *machine.Output) Identity {
	who := i.settings.Unsigned(p, view)
	if who.Kind != Nobody {
		return who
	}
	var downgraded bool
	if who.Offer, downgraded = i.offer(now, p, who.Offer); downgraded {
		if user := i.settings.find(i.settings.claimed(p.Message).URI, view); user != nil {
			out.Events = append(out.Events, Downgraded{user.Name, p.Flow.Remote.Addr(), p.Message.Header(sip.HeaderUserAgent)})
		}
	}
	return who
}

// attempt is one request with credentials for our realm.
type attempt struct {
	now         time.Time
	p           machine.Packet
	credentials digest.Credentials
	user        *directory.User // nil: there is none
	written     sip.Address     // the address the credentials must be of
	key         uint64          // of a REGISTER as it came
	out         *machine.Output
}

// judge goes from what costs nothing to what counts: what stands in the request, the
// nonce, the budget of guesses, the response, and last the use of the nonce.
func (i *Identifier) judge(a *attempt) Identity {
	disputed := i.agree(a)
	if disputed == refusedURI || disputed != nil && !withinDialog(a.p.Message) {
		return refused(Disagreeing, disputed)
	}
	if !i.permitted(a) {
		return Identity{Outcome: Unsigned}
	}
	if i.repeated(a) {
		return i.user(a, Repeated)
	}
	nonce, verdict := i.settings.Nonces.Check(a.now, a.credentials.Nonce, binding(i.settings.Realm(), a.p))
	if verdict != digest.Fresh {
		// A nonce for another address or of a lost key is stale to its owner too.
		return Identity{Outcome: Unusable, Stale: true}
	}
	from := a.p.Flow.Remote.Addr()
	if !i.guesses.Allow(a.now, a.credentials.Username, from) {
		return Identity{Outcome: Withheld}
	}
	if !i.verify(a) {
		i.guesses.Failed(a.now, a.credentials.Username, from)
		return Identity{Outcome: Wrong}
	}
	windows := i.windows.of(a.user.Name)
	if windows.Accept(a.now, nonce, a.credentials.NC) != digest.Fresh {
		return Identity{Outcome: Replayed, Stale: true}
	}
	i.guesses.Succeeded(a.now, a.user.Name, from)
	i.windows.prune(a.now, i.settings.Nonces.Lifetime())
	if a.key != 0 {
		i.accepted.put(a.key, a.now)
	}
	who := i.user(a, Accepted)
	who.Refusal = disputed
	who.Durable = a.out.Change(digest.Use{Username: a.user.Name, Nonce: nonce, NC: a.credentials.NC})
	return who
}

// withinDialog tells whether a request says to be part of a call. The From of whoever was
// called is what the caller dialled, which after a diversion is somebody else's address.
func withinDialog(m *sip.Message) bool { return m.ToTag() != "" && m.Method() != sip.REGISTER }

func (i *Identifier) user(a *attempt, outcome Outcome) Identity {
	return Identity{Kind: User, User: a.user, Outcome: outcome, Asserted: i.settings.asserted(a.written, a.user.Name)}
}

// permitted tells whether the algorithm is one that we offer.
func (i *Identifier) permitted(a *attempt) bool {
	if a.user != nil && len(a.user.Digest) > 0 {
		return slices.Contains(a.user.Digest, a.credentials.Algorithm)
	}
	return slices.Contains(i.settings.Digest, a.credentials.Algorithm)
}

// repeated tells whether this is, octet for octet and from the same source, a REGISTER
// that was accepted within the time a client retransmits in. Its nonce has been used, by
// itself; the registrar answers it again and changes nothing.
func (i *Identifier) repeated(a *attempt) bool {
	if a.p.Message.Method() != sip.REGISTER || a.p.Flow.Transport.Reliable() {
		return false
	}
	a.key = i.transmission(a.p)
	at, found := i.accepted.get(a.key)
	return found && a.user != nil && a.now.Sub(at) <= Retransmissions
}

// verify does the same work whether there is such a user or not.
func (i *Identifier) verify(a *attempt) bool {
	ha1 := digest.Decoy(i.settings.Key, a.credentials.Algorithm, a.credentials.Username)
	known := false
	if a.user != nil {
		if kept, ok := a.user.HA1[a.credentials.Algorithm]; ok && kept.Valid() {
			ha1, known = kept, true
		}
	}
	right := a.credentials.Verify(ha1, string(a.p.Message.Method()), a.p.Message.Body())
	return right && known
}
