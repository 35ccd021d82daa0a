package identity

import (
	"encoding/binary"
	"net/netip"
	"time"

	"hookflash/digest"
	"hookflash/guard/guess"
	"hookflash/machine"
)

// Identifier knows what the users of one shard did with their nonces, and what was tried
// in their names. It belongs to one owner at a time.
type Identifier struct {
	settings *Settings
	windows  windows
	guesses  *guess.Guesses
	accepted recently[time.Time] // REGISTER requests by their octets and source: when
	devices  recently[device]
	attempt  attempt // the request being judged
	scratch  []byte
}

// New makes an Identifier that has seen nothing yet.
func New(settings *Settings) *Identifier {
	var key [16]byte
	for half := range 2 {
		binary.LittleEndian.PutUint64(key[8*half:], settings.hash([]byte{labelGuess, byte(half)}))
	}
	return &Identifier{
		settings: settings,
		windows:  windows{users: map[string]*digest.Windows{}},
		guesses:  guess.New(shareOf(settings), key),
		accepted: newRecently[time.Time](MaxAccepted),
		devices:  newRecently[device](MaxDevices),
	}
}

// shareOf divides what is bounded for all users together.
func shareOf(settings *Settings) guess.Limits {
	limits, shares := settings.Guess, max(settings.Identifiers, 1)
	if limits.UnprovenBurst <= 0 {
		limits.UnprovenBurst = guess.DefaultLimits.UnprovenBurst
	}
	if limits.UnprovenEvery <= 0 {
		limits.UnprovenEvery = guess.DefaultLimits.UnprovenEvery
	}
	limits.UnprovenBurst = max(limits.UnprovenBurst/shares, 2)
	limits.UnprovenEvery *= time.Duration(shares)
	return limits
}

// Vouch reports that a binding of a user was restored at start, made from an address:
// that address is then good for the user (guess.Guesses).
func (i *Identifier) Vouch(now time.Time, username string, from netip.Addr) {
	i.guesses.Succeeded(now, username, from)
}

// Guesses counts what was tried so far.
func (i *Identifier) Guesses() guess.Counts { return i.guesses.Counts() }

// transmission is the key of a request as it came: its octets and where from.
func (i *Identifier) transmission(p machine.Packet) uint64 {
	data := append(i.scratch[:0], labelMemory)
	data = appendAddressPort(data, p.Flow.Remote)
	data = binary.LittleEndian.AppendUint64(data, p.Flow.Connection)
	data = append(data, p.Message.Text()...)
	i.scratch = data
	return i.settings.hash(data)
}

func appendAddressPort(dst []byte, from netip.AddrPort) []byte {
	bytes := from.Addr().As16()
	dst = append(dst, bytes[:]...)
	return binary.LittleEndian.AppendUint16(dst, from.Port())
}
