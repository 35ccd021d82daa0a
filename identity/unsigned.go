package identity

import (
	"strings"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// Unsigned says who sends a request of a trusted source, or one without credentials. It
// needs no Identifier.
func (s *Settings) Unsigned(p machine.Packet, view directory.Users) Identity {
	m := p.Message
	if s.Trusts(p.Flow) {
		return s.believe(p, view)
	}
	who, user := Identity{Offer: s.Digest}, s.claimed(m)
	if s.Guests && m.Method() != sip.REGISTER && s.foreign(user.URI) {
		return Identity{Kind: Guest}
	}
	if known := s.find(user.URI, view); known != nil && len(known.Digest) > 0 {
		who.Offer = known.Digest
	}
	return who
}

// claimed is the address that a request must prove: To of a REGISTER, else From.
func (s *Settings) claimed(m *sip.Message) sip.Address {
	value := m.From()
	if m.Method() == sip.REGISTER {
		value = m.To()
	}
	address, _ := sip.ParseAddress(value) // Parse has made sure of it
	return address
}

// foreign tells whether a From is of a domain of somebody else. Who hides is of no domain.
func (s *Settings) foreign(u sip.URI) bool {
	return !s.Serves(u) && !strings.EqualFold(u.Host, sip.AnonymousHost)
}

// find is our user behind a URI, nil without one.
func (s *Settings) find(u sip.URI, view directory.Users) *directory.User {
	if !s.Serves(u) || u.User == "" {
		return nil
	}
	return view.User(sip.Unescape(u.User))
}

// believe takes the word of a trusted source: P-Asserted-Identity, else From. An agent of this process
// may write anybody into From, such as the stranger whose call it passes on: for whom it acts it says
// in P-Asserted-Identity, or it acts for no user.
func (s *Settings) believe(p machine.Packet, view directory.Users) Identity {
	who := Identity{Kind: Guest, Trusted: true}
	if p.Flow.Transport == machine.Inside && !p.Message.Has(sip.HeaderPAssertedIdentity) {
		return who
	}
	said, problem := s.said(p.Message)
	if problem != nil {
		who.Outcome, who.Refusal = Malformed, problem
		return who
	}
	if user := s.find(said.URI, view); user != nil {
		who.Kind, who.User, who.Asserted = User, user, s.asserted(said, user.Name)
	}
	return who
}

// said is who a trusted source says the sender is. RFC 3325 §9.1: P-Asserted-Identity has
// at most one SIP and one tel URI; which of two would be shown is anybody's guess.
func (s *Settings) said(m *sip.Message) (said sip.Address, problem *sip.StatusError) {
	found := false
	if m.Has(sip.HeaderPAssertedIdentity) {
		for value := range m.Values(sip.HeaderPAssertedIdentity) {
			address, err := sip.ParseAddress(value)
			if err != nil || !address.URI.IsSIP() {
				continue
			}
			if found {
				return said, refusedAssertion
			}
			said, found = address, true
		}
	}
	if !found {
		said, _ = sip.ParseAddress(m.From())
	}
	return said, nil
}

// asserted is the URI of a user. The one that stands in the message serves when it is
// written like that.
func (s *Settings) asserted(written sip.Address, name string) string {
	if plain, ok := strings.CutPrefix(written.Text, "sip:"); ok && len(plain) == len(name)+1+len(s.Domains[0]) &&
		plain[:len(name)] == name && plain[len(name)] == '@' && plain[len(name)+1:] == s.Domains[0] {
		return written.Text
	}
	return "sip:" + sip.EscapeUser(name) + "@" + s.Domains[0]
}
