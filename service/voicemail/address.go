package voicemail

import (
	"hookflash/sip"
	"hookflash/ua"
)

// wish is what a call is for.
type wish struct {
	leave bool   // a message, or else to listen
	box   string // "": to be asked for
	own   bool   // the box is the caller's
	cause string // of RFC 4458, "" when not said
	code  int    // the call is refused with it; 0: it is not
}

// maxCause is how many digits a cause has.
const maxCause = 3

// wish reads the address that was called.
func (s *Service) wish(c *ua.Call) wish {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		return wish{code: 400}
	}
	caller := s.caller(c.Remote)
	target, targeted := uri.Params.Get("target")
	switch {
	case targeted:
		w := wish{box: s.local(sip.Unescape(target)), leave: true}
		if s.user(w.box) == nil {
			return wish{code: 404}
		}
		w.own = w.box == caller
		w.leave = !w.own
		if cause, _ := uri.Params.Get("cause"); len(cause) <= maxCause && digitsAlone(cause) {
			w.cause = cause
		}
		return w
	case uri.Params.Has("any") || caller == "":
		return wish{}
	}
	return wish{box: caller, own: true}
}

// caller is the user of the domain who calls or subscribes, by what our server vouches for; "" for
// everybody else, and for users without a mailbox.
func (s *Service) caller(p ua.Party) string {
	if !p.Asserted {
		return ""
	}
	name := s.local(p.URI)
	if s.user(name) == nil {
		return ""
	}
	return name
}

// local is the user part of an address in the domain, "" for others.
func (s *Service) local(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() || sip.Lower(uri.Host) != sip.Lower(s.settings.Domain) {
		return ""
	}
	return sip.Unescape(uri.User)
}

func digitsAlone(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
