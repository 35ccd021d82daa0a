package machine

// Limits of what agents keep.
const (
	MaxKept      = 1 << 14  // values of one kind
	MaxKeptValue = 64 << 10 // octets of a value
	MaxKeptName  = 255      // octets of a kind, and of an id
)

// Keep is a change: a value that an agent wants to find again in the next process, in place of what it kept under the
// same kind and id before; nil: none any more. Kinds are named by who keeps them, "room" and "parked".
type Keep struct {
	Kind, ID string
	Value    []byte // never changed after it was put here
	// Number tells the changes of one agent apart.
	Number uint64
}

// Within tells whether a change is within the limits, but for MaxKept.
func (k *Keep) Within() bool {
	return k.Kind != "" && k.ID != "" && len(k.Kind) <= MaxKeptName && len(k.ID) <= MaxKeptName && len(k.Value) <= MaxKeptValue
}
