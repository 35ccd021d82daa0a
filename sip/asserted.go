package sip

// AssertedIdentity is what P-Asserted-Identity or P-Preferred-Identity say: at most one sip
// or sips URI and one tel URI (RFC 3325 §9.1).
type AssertedIdentity struct {
	SIP, Tel       Address
	HasSIP, HasTel bool
}

// AssertedIdentity reads all values of P-Asserted-Identity or P-Preferred-Identity. More
// than the two that may stand is an error: whichever we read, another hop could read the
// other.
func (m *Message) AssertedIdentity(h Header) (AssertedIdentity, error) {
	var identity AssertedIdentity
	for value := range m.Values(h) {
		address, err := ParseAddress(value)
		if err != nil {
			return AssertedIdentity{}, err
		}
		switch {
		case address.URI.IsSIP() && !identity.HasSIP:
			identity.SIP, identity.HasSIP = address, true
		case address.URI.IsTel() && !identity.HasTel:
			identity.Tel, identity.HasTel = address, true
		default:
			return AssertedIdentity{}, ErrValue
		}
	}
	return identity, nil
}
