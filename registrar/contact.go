package registrar

import (
	"strings"
	"time"

	"hookflash/sip"
)

// contact is one value of Contact, read and checked.
type contact struct {
	address    sip.Address
	parameters string // without those that are ours to say
	instance   string
	regID      uint32 // 0 without outbound
	q          uint16
	expires    time.Duration // 0: remove
	place      int           // in the record that is being made, -1 for a new one
}

// Refusals, made once.
var (
	refusedStar       = &sip.StatusError{Code: 400, Reason: "Contact * Needs Expires 0 And Stands Alone"}
	refusedMany       = &sip.StatusError{Code: 403, Reason: "Too Many Bindings"}
	refusedLong       = &sip.StatusError{Code: 400, Reason: "Contact Too Long"}
	refusedScheme     = &sip.StatusError{Code: 403, Reason: "Contact Is No SIP URI"}
	refusedPreference = &sip.StatusError{Code: 400, Reason: "Malformed q In Contact"}
	refusedInstance   = &sip.StatusError{Code: 400, Reason: "Malformed Instance In Contact"}
	refusedTwice      = &sip.StatusError{Code: 400, Reason: "Contact Stands Twice"}
	refusedFlows      = &sip.StatusError{Code: 400, Reason: "Several Contacts With reg-id"}
	refusedControls   = &sip.StatusError{Code: 400, Reason: "Control Characters In Contact"}
)

// readContacts reads the Contact values of a request; star is the one that stands for all.
func (r *Registrar) readContacts(w *registration) (star bool, refusal *sip.StatusError) {
	m := w.p.Message
	r.contacts = r.contacts[:0]
	for value := range m.Values(sip.HeaderContact) {
		if star || value == "*" {
			if star || len(r.contacts) > 0 || w.expires != 0 {
				return true, refusedStar
			}
			star = true
			continue
		}
		if len(r.contacts) == r.settings.MaxBindings {
			return false, refusedMany
		}
		r.contacts = append(r.contacts, contact{place: -1})
		if refusal := r.readContact(w, value, &r.contacts[len(r.contacts)-1]); refusal != nil {
			return false, refusal
		}
	}
	return star, r.checkFlows(w)
}

func (r *Registrar) readContact(w *registration, value string, c *contact) (refusal *sip.StatusError) {
	var err error
	if c.address, err = sip.ParseAddress(value); err != nil {
		return &sip.StatusError{Code: 400, Reason: "Malformed Contact", Err: err}
	}
	if len(c.address.Text) > MaxContact || len(c.address.Params) > MaxParameters {
		return refusedLong
	}
	c.q, c.expires = 1000, r.settings.DefaultExpires
	if w.expires >= 0 {
		c.expires = w.expires
	}
	ours, others := 0, 0
	for name, text := range c.address.Params.Each {
		switch {
		case strings.EqualFold(name, "expires"):
			c.expires, ours = secondsOf(text), ours+1
		case strings.EqualFold(name, "q"):
			refusal, ours = readPreference(text, &c.q), ours+1
		case strings.EqualFold(name, "+sip.instance"):
			refusal, others = readInstance(text, &c.instance), others+1
		case strings.EqualFold(name, "reg-id"):
			// RFC 5626 §4.2: 1 to 2^31-1. Any other is no reg-id.
			c.regID, others = numberUpTo(text, 1<<31-1), others+1
		case strings.EqualFold(name, "pub-gruu"), strings.EqualFold(name, "temp-gruu"):
			ours++ // RFC 5627 §5.1: a phone can't propose a GRUU
		default:
			others++
		}
		if refusal != nil {
			return refusal
		}
	}
	switch {
	case others == 0:
	case ours == 0:
		c.parameters = string(c.address.Params)
	default:
		c.parameters = string(c.address.Params.Without("expires", "q", "pub-gruu", "temp-gruu"))
	}
	if strings.ContainsFunc(c.parameters, isControl) {
		return refusedControls
	}
	if refusal := w.checkFlow(c); refusal != nil {
		return refusal
	}
	return r.settings.checkExpires(c)
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 127 }

// readPreference reads a qvalue in thousandths (RFC 3261 §25.1).
func readPreference(text string, q *uint16) *sip.StatusError {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) != 1 || len(fraction) > 3 || whole[0] != '0' && whole[0] != '1' {
		return refusedPreference
	}
	n := int(whole[0]-'0') * 1000
	for i, unit := 0, 100; i < len(fraction); i, unit = i+1, unit/10 {
		if fraction[i] < '0' || fraction[i] > '9' {
			return refusedPreference
		}
		n += int(fraction[i]-'0') * unit
	}
	if n > 1000 {
		return refusedPreference
	}
	*q = uint16(n)
	return nil
}

// readInstance takes the URN out of its quotes and brackets (RFC 5626 §4.1). Whatever
// could not be printed there again is refused.
func readInstance(text string, instance *string) *sip.StatusError {
	text = sip.Unquote(text)
	if len(text) > 2 && text[0] == '<' && text[len(text)-1] == '>' {
		text = text[1 : len(text)-1]
	}
	if text == "" || len(text) > MaxInstance {
		return refusedInstance
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 127 || c == '"' || c == '\\' || c == '<' || c == '>' {
			return refusedInstance
		}
	}
	*instance = text
	return nil
}

// checkFlows: RFC 5626 §6: a registration with a reg-id makes one binding.
func (r *Registrar) checkFlows(w *registration) *sip.StatusError {
	lasting, flows := 0, 0
	for i := range r.contacts {
		c := &r.contacts[i]
		if c.expires > 0 {
			lasting++
			if c.regID != 0 {
				flows++
			}
		}
		w.registersFlow = w.registersFlow || c.regID != 0
	}
	if flows > 0 && lasting > 1 {
		return refusedFlows
	}
	return nil
}
