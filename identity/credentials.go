package identity

import (
	"errors"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

// Username is the user that a request's credentials for our realm name; "" without any.
func (s *Settings) Username(m *sip.Message) string {
	credentials, _ := s.credentials(m)
	return credentials.Username
}

// Shard names the Identifier that must be asked about a request: the same name, the same
// Identifier. Needed is false when Unsigned will do.
func (s *Settings) Shard(p machine.Packet) (name string, needed bool) {
	if s.Trusts(p.Flow) {
		return "", false
	}
	if name := s.Username(p.Message); name != "" {
		return name, true
	}
	return sip.Unescape(s.claimed(p.Message).URI.User), true
}

// credentials finds those for our realm. Both header fields will do: some phones answer a
// proxy as a server and the other way round. Without any, and when we can't check them
// (another scheme or algorithm, no nonce yet), the Username is ""; the refusal is of
// malformed ones.
func (s *Settings) credentials(m *sip.Message) (found digest.Credentials, refusal *sip.StatusError) {
	first, second := sip.HeaderProxyAuthorization, sip.HeaderAuthorization
	if m.Method() == sip.REGISTER {
		first, second = second, first
	}
	read := 0
	for _, header := range [...]sip.Header{first, second} {
		if !m.Has(header) {
			continue
		}
		for value := range m.FieldValues(header) {
			if read++; read > MaxCredentials {
				return digest.Credentials{}, refusedSyntax
			}
			credentials, err := digest.ParseCredentials(value)
			switch {
			// RFC 8760 §2.7: an empty nonce asks for a challenge.
			case err == nil && credentials.Realm == s.Realm() && credentials.Nonce != "":
				return credentials, nil
			case err == nil || notForUs(err):
			case sip.MentionsRealm(value, s.Realm()):
				refusal = refusedSyntax
			}
		}
	}
	return digest.Credentials{}, refusal
}

// notForUs tells errors of credentials that we can't check from those of malformed ones.
func notForUs(err error) bool {
	return errors.Is(err, digest.ErrScheme) || errors.Is(err, digest.ErrAlgorithm) || errors.Is(err, digest.ErrUserhash)
}
