package ua

import (
	"errors"

	"hookflash/media/dtmf"
	"hookflash/sip"
)

// InfoDigits is a Handlers.Info that hears the digits of telephones which send them so
// (application/dtmf-relay, application/dtmf): each is told as DigitHeard, like those of telephone events.
func InfoDigits(c *Call, m *sip.Message) int {
	press, err := dtmf.ParseInfo(m.Header(sip.HeaderContentType), m.Body())
	switch {
	case errors.Is(err, dtmf.ErrInfoType):
		return 415
	case err != nil:
		return 400
	}
	c.tell(Event{Kind: DigitHeard, Text: string(rune(press.Digit))})
	return 200
}
