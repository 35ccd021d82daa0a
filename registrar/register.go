package registrar

import (
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// registration is one REGISTER that is being processed.
type registration struct {
	now     time.Time
	p       machine.Packet
	who     identity.Identity
	address string        // canonical; may be a piece of the message
	record  *Record       // as it was, nil without one
	expires time.Duration // of the Expires header field, -1 without one

	path          bool // there is a Path, and outbound
	outbound      bool // in the value nearest to the phone
	registersFlow bool // by RFC 5626
	gruu          bool // the phone wants GRUUs
	changed       bool // r.bindings differs from the record
	// number is of the latest temporary GRUU: a new one when an instance registers.
	number uint32
}

var (
	refusedDomain = &sip.StatusError{Code: 404, Reason: "Domain Not Served Here"}
	refusedOwner  = &sip.StatusError{Code: 403, Reason: "Not Your Address Of Record"}
	refusedOrder  = &sip.StatusError{Code: 500, Reason: "Out Of Order"}
	unknownUser   = &sip.StatusError{Code: 404, Reason: sip.Reason(404)}
)

// Register processes a REGISTER in the order of RFC 3261 §10.3 and puts the response, and
// the change that it waits for, into the output. The identity is that of
// identity.Identifier for the same packet.
func (r *Registrar) Register(now time.Time, p machine.Packet, who identity.Identity, out *machine.Output) {
	r.work = registration{now: now, p: p, who: who, expires: -1}
	w := &r.work
	refusal := r.admit(w)
	if refusal == nil && who.Kind == identity.Nobody {
		out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: r.settings.Identity.Challenge(now, p, who)})
		r.work = registration{}
		return
	}
	if refusal == nil {
		refusal = r.authorize(w)
	}
	if refusal == nil {
		refusal = r.bind(w)
	}
	if refusal != nil {
		r.refuse(w, refusal, out)
	} else {
		r.accept(w, out)
	}
	r.work = registration{}
	clear(r.bindings)
	clear(r.contacts)
}

// admit does what comes before authentication: steps 1 and 2.
func (r *Registrar) admit(w *registration) *sip.StatusError {
	m := w.p.Message
	uri, err := sip.ParseURI(m.RequestURI())
	if err != nil || !r.settings.Identity.Serves(uri) {
		return refusedDomain
	}
	if m.Has(sip.HeaderRequire) {
		if unsupported := unsupportedOf(m); unsupported != "" {
			return &sip.StatusError{Code: 420, Reason: sip.Reason(420), Unsupported: unsupported}
		}
	}
	return w.who.Refusal
}

// unsupportedOf lists the option tags of Require that we don't know (RFC 3261 §8.2.2.3).
func unsupportedOf(m *sip.Message) (unsupported string) {
	for tag := range m.Values(sip.HeaderRequire) {
		switch tag {
		case "path", "outbound", "gruu":
			continue
		}
		if !sip.IsToken(tag) {
			continue
		}
		if unsupported != "" {
			unsupported += ", "
		}
		unsupported += tag
	}
	return unsupported
}

// authorize: steps 4 and 5. To must be the sender's own. That there is no such user is
// told only to who is believed anyhow.
func (r *Registrar) authorize(w *registration) *sip.StatusError {
	if own := w.who.Asserted; own != "" {
		if to := w.p.Message.To(); len(to) == len(own)+2 && to[1:len(to)-1] == own && to[0] == '<' {
			w.address = to[1+len("sip:") : len(to)-1] // written like that by nearly all
			return nil
		}
	}
	to, err := sip.ParseAddress(w.p.Message.To())
	if err != nil || !to.URI.IsSIP() {
		return &sip.StatusError{Code: 400, Reason: sip.Reason(400), Err: err}
	}
	address, ours := r.settings.Identity.AddressOfRecord(to)
	if !ours {
		return refusedDomain
	}
	w.address = address
	user := address[:len(address)-len(r.settings.Identity.Realm())-1]
	if w.who.Kind == identity.User {
		if w.who.User.Name != user {
			return refusedOwner
		}
		return nil
	}
	from, err := sip.ParseAddress(w.p.Message.From())
	if err != nil {
		return &sip.StatusError{Code: 400, Reason: sip.Reason(400), Err: err}
	}
	if sender, ours := r.settings.Identity.AddressOfRecord(from); !ours || sender != address {
		return refusedOwner
	}
	return unknownUser
}

// bind: steps 6 and 7. What comes of it is in r.bindings.
func (r *Registrar) bind(w *registration) *sip.StatusError {
	m := w.p.Message
	w.record = r.view.Bindings(w.address)
	w.gruu = w.supports("gruu")
	if seconds, ok := m.Number(sip.HeaderExpires); ok {
		w.expires = time.Duration(seconds) * time.Second
	}
	if refusal := r.readPath(w); refusal != nil {
		return refusal
	}
	r.recall(w)
	if !m.Has(sip.HeaderContact) {
		return nil
	}
	star, refusal := r.readContacts(w)
	if refusal != nil {
		return refusal
	}
	if star {
		return r.removeAll(w)
	}
	return r.apply(w)
}

func (w *registration) supports(tag string) bool {
	return w.p.Message.HasToken(sip.HeaderSupported, tag) || w.p.Message.HasToken(sip.HeaderRequire, tag)
}
