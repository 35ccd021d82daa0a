package refer

import (
	"strconv"

	"hookflash/sip"
)

// EventOf is the Event of the subscription that a REFER makes: its id is the CSeq number of
// the REFER, so that several in one dialog are told apart (RFC 3515 §2.4.6).
func EventOf(sequence uint32) sip.Event {
	return sip.Event{Package: Package, ID: strconv.FormatUint(uint64(sequence), 10)}
}

// Matches tells whether a NOTIFY with an Event belongs to the REFER with that CSeq number.
// RFC 3515 §2.4.6: of the first REFER in a dialog the notifier may leave the id out.
func Matches(event sip.Event, sequence uint32, first bool) bool {
	if event.Package != Package {
		return false
	}
	if event.ID == "" {
		return first
	}
	number, err := strconv.ParseUint(event.ID, 10, 32)
	return err == nil && uint32(number) == sequence
}
