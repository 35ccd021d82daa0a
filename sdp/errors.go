package sdp

import "errors"

// Errors of what the other side sent. ErrMalformed and ErrLimit call for 400; the others
// mean a description that is right and not for us: 488 to an offer, the end of the call
// after an answer. ErrPending calls for 491 (RFC 3264 §4), ErrNoOffer for silence.
var (
	ErrMalformed     = errors.New("malformed session description")
	ErrLimit         = errors.New("session description beyond the limits")
	ErrNoAudio       = errors.New("no audio stream offered")
	ErrProfile       = errors.New("unknown transport profile")
	ErrHostName      = errors.New("host name in place of an address")
	ErrAddress       = errors.New("address that no stream can be sent to")
	ErrFamily        = errors.New("address of the other IP version")
	ErrNoCommonCodec = errors.New("no common codec")
	ErrSecurity      = errors.New("no agreement on media security")
	ErrFewerMedia    = errors.New("fewer m= lines than before")
	ErrUnmatched     = errors.New("answer does not fit the offer")
	ErrPending       = errors.New("own offer is not answered yet")
	ErrNoOffer       = errors.New("no offer is waiting for an answer")
)
