package park

import (
	"hookflash/directory"
	"hookflash/sip"
)

// target is the URI of where a call goes that nobody took, by the permissions of who parked it; "" for nowhere.
func (y *stay) target() string {
	then, domain := y.slot.lot.Then, y.service.settings.Domain
	parker := y.service.local(y.parker.URI)
	text := ""
	switch then.Kind {
	case directory.TargetURI:
		text = unpaid(then.Value)
	case directory.TargetNumber:
		text = "sip:" + sip.EscapeUser(then.Value) + "@" + domain + ";user=phone"
	case directory.TargetName:
		text = "sip:" + sip.EscapeUser(then.Value) + "@" + domain
	case directory.TargetMenu:
		text = "sip:menu@" + domain + ";menu=" + sip.EscapeUser(then.Value)
	case directory.TargetAnnouncement:
		text = "sip:announce@" + domain + ";announcement=" + sip.EscapeUser(then.Value)
	case directory.TargetVoicemail:
		box := then.Value
		if box == "" {
			box = parker
		}
		if box == "" {
			return ""
		}
		text = "sip:voicemail@" + domain + ";target=sip:" + sip.EscapeUser(box) + "%40" + domain + ";cause=408" // RFC 4458 §5
	case directory.TargetNone, directory.TargetPhones:
		return ""
	}
	if parker != "" && !y.guest { // of a guest, nobody vouches for who it was
		text += ";payer=" + sip.EscapeUser(parker)
	}
	return text
}

// unpaid is a URI without what the server believes its agents alone: who pays, and whose rules are left out.
func unpaid(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return text
	}
	uri.Params, uri.Headers = uri.Params.Without("payer", "phones"), ""
	return uri.String()
}
