package sip

// Diversion is one value of Diversion, the newest first (RFC 5806 §4).
type Diversion struct {
	Address Address
	Reason  string // "unknown" where it does not say (RFC 5806 §5)
	Counter uint32 // how many diversions this value stands for, 1 where it does not say
	Privacy string // "" without one
	Screen  string // "" without one
}

// maxDiversions bounds a counter (RFC 5806 §4: two digits).
const maxDiversions = 99

// ParseDiversion parses one value of Diversion.
func ParseDiversion(s string) (Diversion, error) {
	address, err := ParseAddress(s)
	if err != nil {
		return Diversion{}, err
	}
	counter, there, ok := address.Params.number("counter", maxDiversions)
	if !ok {
		return Diversion{}, ErrValue
	}
	if !there {
		counter = 1
	}
	reason, there := address.Params.Get("reason")
	if !there {
		reason = "unknown"
	}
	privacy, _ := address.Params.Get("privacy")
	screen, _ := address.Params.Get("screen")
	return Diversion{Address: address, Reason: reason, Counter: uint32(counter), Privacy: privacy, Screen: screen}, nil
}

// Append prints the value.
func (d Diversion) Append(b []byte) []byte {
	b = d.Address.appendBracketed(b)
	b = appendParam(b, "reason", d.Reason)
	if d.Counter != 1 {
		b = appendNumberParam(b, "counter", uint64(d.Counter))
	}
	if d.Privacy != "" {
		b = appendParam(b, "privacy", d.Privacy)
	}
	if d.Screen != "" {
		b = appendParam(b, "screen", d.Screen)
	}
	return b
}
