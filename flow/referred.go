package flow

import (
	"fmt"

	"hookflash/event/refer"
	"hookflash/sip"
)

// earlyOnly: Replaces takes over what rings, and nothing that was answered (RFC 3891 §6.1).
func earlyOnly(arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		if id, err := inReplaces(m); err != nil || !id.EarlyOnly {
			return fmt.Errorf("its Replaces is not early-only: %q", m.Header(sip.HeaderReplaces))
		}
		return nil
	}}
}

// silent: no subscription is made of the REFER, and both sides say so (RFC 4488 §4).
func silent(arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if wanted, err := sip.ParseReferSub(m.Header(sip.HeaderReferSub)); err != nil || wanted {
			return fmt.Errorf("it does not say Refer-Sub: false, but %q", m.Header(sip.HeaderReferSub))
		}
		return nil
	}}
}

// supports: Supported has an option tag.
func supports(option string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if !m.HasToken(sip.HeaderSupported, option) {
			return fmt.Errorf("it does not say Supported: %s", option)
		}
		return nil
	}}
}

// automatic: Contact says that nobody is there who listens or hangs up (RFC 3840 §10.1, RFC 4235 §5).
func automatic(arrow int) []rule {
	return []rule{feature("automaton", "", arrow), feature("+sip.byeless", "", arrow), feature("+sip.rendering", "no", arrow)}
}

// vouched: the server says who sent it (RFC 3325 §9.1).
func vouched(user string, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		who, err := sip.ParseAddress(m.TopValue(sip.HeaderPAssertedIdentity))
		if err != nil || who.URI.User != user {
			return fmt.Errorf("its P-Asserted-Identity is not %s: %q", user, m.Header(sip.HeaderPAssertedIdentity))
		}
		return nil
	}}
}

// toPhone: the phone that sends it aims at one phone, and at no other of the same user: by its GRUU (RFC 5627 §3), or
// where its server gives none, by its address.
func toPhone(arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		if m != e.first(arrow) {
			return nil // the server has put the phone's address in its place
		}
		uri, err := sip.ParseURI(m.RequestURI())
		if _, address := uri.Address(); err != nil || !address && !uri.Params.Has("gr") {
			return fmt.Errorf("its Request-URI %q is no GRUU", m.RequestURI())
		}
		return nil
	}}
}

// ofPhone: an agent aimed at one phone by its GRUU, which stays in To where the server puts the phone's address in its place.
func ofPhone(arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		if to, err := sip.ParseAddress(m.To()); err != nil || !to.URI.Params.Has("gr") {
			return fmt.Errorf("it went to %q, which is no GRUU", m.To())
		}
		return nil
	}}
}

// tellsDialog: the fragment of a NOTIFY has what is needed to take over the dialog that a response made: From, To,
// Call-ID and Contact of that response.
func tellsDialog(answer, arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		made := e.first(answer)
		if made == nil {
			return nil
		}
		fragment, err := refer.Parse(m.Body())
		if err != nil {
			return fmt.Errorf("its fragment can't be read: %w: %q", err, m.Body())
		}
		for _, field := range []struct{ name, want, got string }{
			{"From", made.From(), fragment.From},
			{"To", made.To(), fragment.To},
			{"Call-ID", made.CallID(), fragment.CallID},
			{"Contact", made.TopValue(sip.HeaderContact), fragment.Contact},
		} {
			if field.got != field.want {
				return fmt.Errorf("its fragment has %s %q, and F%d has %q", field.name, field.got, answer, field.want)
			}
		}
		return nil
	}}
}
