package ua

import (
	"slices"

	"hookflash/sip"
)

// Anonymous is how somebody is shown who hides (RFC 3323 §4.1.1.3).
var Anonymous = Party{URI: "sip:anonymous@" + sip.AnonymousHost, Name: "Anonymous"}

// Identify tells the far side of a call that is established with whom it talks from now on, by an UPDATE without a body
// (RFC 3311, RFC 3325 §9.1). Nothing is sent to one that has not said that it takes UPDATE, nor what it was told last
// (Call.Told). One UPDATE is under way at a time, beside no other change of the session; of what is told meanwhile the last
// goes out then. A refusal leaves everything as it is, and is not tried again; 481 and 408 end the call, as they do of any
// request within it (RFC 3261 §12.2.1.2).
//
//	Far side        Agent
//	  |   UPDATE F1    |
//	  |<---------------|
//	  |    200 F2      |
//	  |--------------->|
func (c *Call) Identify(who Party) {
	if c.State != Talking || !c.allows(sip.UPDATE) {
		return
	}
	c.partner = who
	if c.knows() || slices.ContainsFunc(c.waiting, func(m *modification) bool { return m.identifies }) {
		return // what waits looks at whom it is about when its turn comes
	}
	if len(c.waiting) < maxWaiting {
		c.waiting = append(c.waiting, &modification{method: sip.UPDATE, bare: true, identifies: true, done: func(Response) {}})
		c.advance()
	}
}

// knows tells whether the far side was told of its partner already.
func (c *Call) knows() bool {
	if c.Told.URI == c.partner.URI {
		return true
	}
	told, err := sip.ParseURI(c.Told.URI)
	if err != nil {
		return false
	}
	partner, err := sip.ParseURI(c.partner.URI)
	return err == nil && told.Equal(partner)
}

// dropKnown leaves out an UPDATE that would tell the far side what it knows. One that met a change of the far side's is sent
// again.
func (c *Call) dropKnown() {
	c.waiting = slices.DeleteFunc(c.waiting, func(m *modification) bool { return m.identifies && m.tries == 0 && c.knows() })
}

// identification is what an UPDATE says that tells with whom the far side talks.
func (c *Call) identification() field {
	c.Told = c.partner
	c.touch()
	return field{sip.HeaderPAssertedIdentity, c.partner.Address()}
}

// identified takes what our server says within the call about who is at the other end. An agent without a person goes by
// what users may who have called it, and keeps to them.
func (c *Call) identified(who Party) {
	if !who.Asserted || c.State != Talking || c.agent.settings.Unattended || who.URI == c.Remote.URI && (who.Name == "" || who.Name == c.Remote.Name) {
		return
	}
	c.Remote = who
	c.touch()
	c.tell(Event{Kind: Identified})
}

// tells is whom an INVITE says it is from, to those who are told: what is vouched for, unless that is to be hidden.
func (i *Invitation) tells(agent Party) Party {
	from := i.From
	if from.URI == "" {
		from = agent
	}
	asserted := Party{}
	for _, f := range i.Fields {
		switch f.Name {
		case sip.HeaderPrivacy:
			if f.Value != "none" {
				return from
			}
		case sip.HeaderPAssertedIdentity:
			if address, err := sip.ParseAddress(f.Value); err == nil {
				asserted = Party{URI: address.Text, Name: address.Name(), Asserted: true}
			}
		default: // nothing about who it is
		}
	}
	if asserted.URI != "" {
		return asserted
	}
	return from
}
