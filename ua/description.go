package ua

import (
	"errors"
	"strings"

	"hookflash/sdp"
	"hookflash/sip"
)

const sdpType = "application/sdp"

// descriptionOf is the session description of a message, "" without one. A body of other types only
// is refused with 415, unless it is said to be optional (RFC 3261 §8.2.3).
func descriptionOf(m *sip.Message) (description string, problem *sip.StatusError) {
	if m.Body() == "" {
		return "", nil
	}
	encoding := m.Header(sip.HeaderContentEncoding)
	media, err := sip.ParseContentType(m.Header(sip.HeaderContentType))
	if err != nil || encoding != "" && !strings.EqualFold(encoding, "identity") {
		return "", &sip.StatusError{Code: 415, Err: err}
	}
	parts, err := sip.ParseBody(media, m.Body())
	if err != nil {
		return "", &sip.StatusError{Code: 400, Reason: "Malformed body", Err: err}
	}
	for _, part := range parts {
		if part.Type.Is(sdpType) {
			return part.Body, nil
		}
	}
	if strings.Contains(sip.Lower(m.Header(sip.HeaderContentDisposition)), "handling=optional") {
		return "", nil
	}
	return "", &sip.StatusError{Code: 415}
}

// typeOf is the Content-Type of a session description.
func typeOf(description string) string {
	if description == "" {
		return ""
	}
	return sdpType
}

// refusal is the response to an offer that can't be taken.
func refusal(err error) *sip.StatusError {
	var status *sip.StatusError
	switch {
	case errors.As(err, &status):
		return status
	case errors.Is(err, sdp.ErrMalformed) || errors.Is(err, sdp.ErrLimit):
		return &sip.StatusError{Code: 400, Reason: "Malformed session description", Err: err}
	}
	return &sip.StatusError{Code: 488, Err: err}
}

// problemFields are the header fields that go with a refusal.
func (a *Agent) problemFields(problem *sip.StatusError) []field {
	switch problem.Code {
	case 488:
		return a.warning(problem.Err)
	case 415:
		return []field{{sip.HeaderAccept, sdpType}, {sip.HeaderAcceptEncoding, "identity"}}
	case 422:
		return []field{{sip.HeaderMinSE, "90"}}
	}
	return nil
}

// warning says why an offer can't be taken (RFC 3261 §20.43).
func (a *Agent) warning(problem error) []field {
	for _, known := range []struct {
		problem error
		code    int
		text    string
	}{
		{sdp.ErrNoCommonCodec, 305, "Incompatible media format"},
		{sdp.ErrNoAudio, 304, "Media type not available"},
		{sdp.ErrProfile, 302, "Incompatible transport protocol"},
		{sdp.ErrSecurity, 302, "Incompatible transport protocol: no agreement on SRTP"},
		{sdp.ErrFamily, 300, "Incompatible network protocol"},
		{sdp.ErrHostName, 301, "Incompatible network address formats"},
		{sdp.ErrAddress, 301, "Incompatible network address formats"},
	} {
		if errors.Is(problem, known.problem) {
			warning := sip.Warning{Code: known.code, Agent: a.settings.Local.String(), Text: known.text}
			return []field{{sip.HeaderWarning, string(warning.Append(nil))}}
		}
	}
	return nil
}
