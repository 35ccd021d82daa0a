package sip

// Abilities are what a user agent says of itself that the services need.
type Abilities uint8

// What is said. A user agent that says nothing may still know everything (RFC 3261 §20.5), and most that say nothing know
// nothing.
const (
	Said     Abilities = 1 << iota // it has Allow or Supported at all
	Refers                         // takes REFER (RFC 3515)
	Replaces                       // INVITE with Replaces (RFC 3891)
	Joins                          // INVITE with Join (RFC 3911)
)

// AbilitiesOf reads Allow and Supported of what a user agent sent. Where one of them alone is missing, REFER counts as
// known, which Allow would name, and the others as unknown, which Supported would.
func AbilitiesOf(m *Message) Abilities {
	var found Abilities
	allows := m.Has(HeaderAllow)
	if allows || m.Has(HeaderSupported) {
		found = Said
	}
	if found != 0 && (!allows || m.HasToken(HeaderAllow, string(REFER))) {
		found |= Refers
	}
	if m.Has(HeaderSupported) {
		if m.HasToken(HeaderSupported, "replaces") {
			found |= Replaces
		}
		if m.HasToken(HeaderSupported, "join") {
			found |= Joins
		}
	}
	return found
}

// Lacks tells that something is said, and that some of all this is not.
func (a Abilities) Lacks(all Abilities) bool { return a&Said != 0 && a&all != all }
