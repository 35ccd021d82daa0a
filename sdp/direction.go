package sdp

// Direction says which way media flows, seen from the side that wrote it (RFC 8866 §6.7).
type Direction uint8

// The directions. SendReceive is meant when none is written.
const (
	SendReceive Direction = iota
	SendOnly              // hold: the other side is not heard (RFC 3264 §8.4)
	ReceiveOnly           // the answer to SendOnly
	Inactive              // held from both sides
)

// Sends tells whether the writer sends media.
func (d Direction) Sends() bool { return d == SendReceive || d == SendOnly }

// Receives tells whether the writer receives media.
func (d Direction) Receives() bool { return d == SendReceive || d == ReceiveOnly }

// Reverse is the direction as the other side sees it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return ReceiveOnly
	case ReceiveOnly:
		return SendOnly
	default:
		return d
	}
}

// And is what both allow.
func (d Direction) And(other Direction) Direction {
	return flow(d.Sends() && other.Sends(), d.Receives() && other.Receives())
}

// String is the attribute: "sendrecv", "sendonly", "recvonly", "inactive".
func (d Direction) String() string {
	switch d {
	case SendReceive:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case ReceiveOnly:
		return "recvonly"
	default:
		return "inactive"
	}
}

func flow(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendReceive
	case sends:
		return SendOnly
	case receives:
		return ReceiveOnly
	default:
		return Inactive
	}
}

func directionOf(attribute string) (Direction, bool) {
	switch attribute {
	case "sendrecv":
		return SendReceive, true
	case "sendonly":
		return SendOnly, true
	case "recvonly":
		return ReceiveOnly, true
	case "inactive":
		return Inactive, true
	default:
		return 0, false
	}
}
