package b2bua

import (
	"errors"

	"hookflash/sip"
)

// Excuse is the name of the prompt that tells a caller why Ring or Connect failed.
func Excuse(err error) string {
	var status *sip.StatusError
	if !errors.As(err, &status) {
		return "unreachable"
	}
	switch status.Code {
	case 486, 600:
		return "busy-here"
	case 408, 487:
		return "no-answer"
	case 404, 410, 484, 604:
		return "not-in-service"
	case 403, 603:
		return "screening"
	}
	return "unreachable"
}
