package sip

import "bytes"

const emptyBody = "Content-Length: 0\r\n\r\n"

// Terse makes a response to a datagram at most so many octets long, for a source that may
// be forged: without its reason phrase, and without the length of an empty body, which
// only streams need (RFC 3261 §18.3). It changes the response in place, and is nil when
// that does not do.
func Terse(response []byte, most int) []byte {
	if len(response) <= most {
		return response
	}
	const phrase = len(version) + len(" 000 ")
	end := bytes.IndexByte(response, '\r')
	if end < phrase {
		return nil
	}
	response = append(response[:phrase], response[end:]...)
	if head, found := bytes.CutSuffix(response, []byte(emptyBody)); found {
		response = append(head, "\r\n"...)
	}
	if len(response) > most {
		return nil
	}
	return response
}
