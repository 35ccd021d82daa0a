package ua

import "hookflash/sip"

// Request is the SUBSCRIBE, nil once it was answered.
func (s *Subscription) Request() *sip.Message {
	if s.server == nil {
		return nil
	}
	return s.server.Request
}
