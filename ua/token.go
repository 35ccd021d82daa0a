package ua

import "hookflash/sip"

// secretLength is the octets of a Token.
const secretLength = 16

// Token is a random word of 128 bits that nobody guesses, in characters which a URI takes as they are.
func (a *Agent) Token() string { return string(sip.AppendOpaque(nil, a.secret(secretLength))) }
