package menu

import (
	"errors"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// follow does what was chosen, and tells whether the call is over by that.
func (v *visit) follow(t *task.Task, target directory.Target) (over bool) {
	switch target.Kind {
	case directory.TargetMenu:
		menu, ok := v.settings.Menus[target.Value]
		if ok {
			v.menu = menu
		}
		return !ok
	case directory.TargetAnnouncement:
		_ = v.call.Say(t, v.voice.Prompt(target.Value))
		return true
	case directory.TargetName, directory.TargetURI, directory.TargetNumber, directory.TargetVoicemail:
		return v.connect(t, target)
	case directory.TargetNone, directory.TargetPhones:
	}
	return true
}

// connect calls somebody. When that fails, the caller is told why.
func (v *visit) connect(t *task.Task, target directory.Target) (over bool) {
	err := b2bua.Connect(t, b2bua.Connection{Caller: v.call, Target: v.address(target)})
	if err == nil {
		return true
	}
	return errors.Is(v.call.Say(t, v.voice.Prompt(b2bua.Excuse(err))), ua.ErrOver)
}

// address is the URI of a target.
func (v *visit) address(target directory.Target) string {
	domain := v.settings.Domain
	text := ""
	switch target.Kind {
	case directory.TargetURI:
		text = withoutPayer(target.Value)
	case directory.TargetNumber:
		text = "sip:" + sip.EscapeUser(target.Value) + "@" + domain + ";user=phone"
	case directory.TargetVoicemail:
		text = "sip:voicemail@" + domain + ";target=sip:" + sip.EscapeUser(target.Value) + "%40" + domain + ";cause=302" // RFC 4458 §5
	case directory.TargetNone, directory.TargetPhones, directory.TargetName, directory.TargetMenu, directory.TargetAnnouncement:
		text = "sip:" + sip.EscapeUser(target.Value) + "@" + domain
	}
	if v.menu.Payer != "" {
		text += ";payer=" + sip.EscapeUser(v.menu.Payer)
	}
	return text
}

// withoutPayer is a URI without what the server believes a menu.
func withoutPayer(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() {
		return text
	}
	uri.Params, uri.Headers = uri.Params.Without("payer"), ""
	return uri.String()
}
