package registrar

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Record is everything registered for one address of record. It is immutable: a change
// makes a new Record, so readers never need a lock for longer than fetching the pointer.
type Record struct {
	// AddressOfRecord is canonical: "user@domain", the user unescaped where that is
	// safe, the domain in lower case (RFC 3261 §10.3 step 5).
	AddressOfRecord string
	Bindings        []Binding // in the order they were first made; never empty in a stored record
	// TemporaryGRUUs is the number of the temporary GRUU minted last for this address of
	// record (RFC 5627 §5.1); it grows with each one, so that old ones can be told from live ones.
	TemporaryGRUUs uint32
}

// Binding is one contact of an address of record (RFC 3261 §10.3).
type Binding struct {
	Contact    string    // the contact URI as registered
	Parameters string    // the contact's header parameters as registered, from the first ";", without expires, q, pub-gruu and temp-gruu
	Q          uint16    // preference in thousandths, 0 to 1000
	Expires    time.Time // wall clock
	CallID     string    // RFC 3261 §10.3 step 7: of the REGISTER that last changed it
	CSeq       uint32
	Instance   string // +sip.instance without quotes and brackets, "" without one (RFC 5626 §4.1)
	RegID      uint32 // reg-id, 0 without one (RFC 5626 §4.2)
	// Path is the route to the contact, topmost first (RFC 3327 §5.3).
	Path []string
	// Flow is where the REGISTER came from. It is used to reach the contact when FlowBound.
	Flow machine.Flow
	// FlowBound tells that requests leave on Flow instead of going to the Contact's
	// address: the phone asked for it (RFC 5626) or stands behind a NAT or on a stream.
	FlowBound bool
	UserAgent string
	// Abilities are what the phone said in its REGISTER.
	Abilities sip.Abilities
	// FirstTemporaryGRUU is the smallest number of a temporary GRUU that is still valid
	// for this instance (RFC 5627 §3.2: those of one Call-ID).
	FirstTemporaryGRUU uint32
}

// View reads bindings; the store implements it. Safe for any number of readers.
type View interface {
	// Bindings is the record of a canonical address of record, nil without bindings.
	// Expired bindings may still be in it; readers compare Expires.
	Bindings(addressOfRecord string) *Record
}

// Change replaces the record of an address of record. New is nil when nothing is left.
type Change struct {
	AddressOfRecord string
	Old, New        *Record
}

// SetAbilities sets Abilities as they were kept.
func (b *Binding) SetAbilities(kept byte) { b.Abilities = sip.Abilities(kept) }
