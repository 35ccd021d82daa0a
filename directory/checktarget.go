package directory

import (
	"fmt"
	"strings"
)

// target checks that a target leads somewhere. owner is whose it is; nil for a group or menu,
// which have neither phones nor a mailbox.
func (k *check) target(path string, t Target, owner *User) {
	if len(t.Value) > MaxText {
		k.wrong(path, "is too long", fmt.Sprintf("write at most %d characters", MaxText))
		return
	}
	switch t.Kind {
	case TargetNone:
		k.wrong(path, "leads nowhere", "write a name, a number, a SIP URI, voicemail, menu:NAME or announcement:NAME")
	case TargetPhones:
		if owner == nil {
			k.wrong(path, `"phones" are a user's own, and this is no user's`, "write the user's name")
		}
	case TargetName:
		if k.findUser(t.Value) == nil && k.findGroup(t.Value) == nil {
			k.wrong(path, fmt.Sprintf("there is no user or group %q", t.Value), "name one that is there, or create it first")
		}
	case TargetURI:
		k.uri(path, t.Value, owner)
	case TargetNumber:
		k.dialled(path, t.Value, owner)
	case TargetVoicemail:
		k.voicemail(path, t.Value, owner)
	case TargetMenu:
		if _, known := k.Menus[t.Value]; !known {
			k.wrong(path, fmt.Sprintf("there is no menu %q", t.Value), "name one of menus")
		}
	case TargetAnnouncement:
		k.announcement(path, t.Value)
	default:
		k.wrong(path, "is of no known kind", "write it anew")
	}
}

// announcement checks a name; "" is the domain's.
func (k *check) announcement(path, name string) {
	switch fault := nameFault(name); {
	case name == "":
	case fault != "" || name[0] == '.':
		k.wrong(path, fmt.Sprintf("%q can't name an announcement", name), "use letters, digits, . _ - +")
	case k.Announcements != nil && !k.Announcements(name):
		k.wrong(path, fmt.Sprintf("there is no announcement %q", name), "name one that is there, or add NAME.wav to the folder of prompts")
	}
}

// voicemail checks whose mailbox it is.
func (k *check) voicemail(path, name string, owner *User) {
	user := owner
	if name != "" {
		user = k.findUser(name)
	}
	switch {
	case k.NoVoicemail:
		k.wrong(path, "this server has no voicemail", "choose another target, or switch voicemail on")
	case user == nil && name == "":
		k.wrong(path, "it is not said whose voicemail", "write voicemail:NAME")
	case user == nil:
		k.wrong(path, fmt.Sprintf("there is no user %q", name), "write voicemail: and the name of a user")
	case user.Routing != nil && user.Routing.Mailbox.Off:
		k.wrong(path, "the mailbox of "+user.Name+" is switched off", "switch it on, or choose another target")
	}
}

// uri checks a SIP URI. One of the own domain is as good as the name or number in it.
func (k *check) uri(path, text string, owner *User) {
	user, host, ok := splitURI(text)
	switch {
	case !ok:
		k.wrong(path, fmt.Sprintf("%q is no SIP URI", text), "write sip:name@domain")
	case !strings.EqualFold(host, k.Domain):
	case k.findUser(user) != nil || k.findGroup(user) != nil:
	case Digits(user) != "":
		k.dialled(path, Digits(user), owner)
	default:
		for _, agent := range Reserved {
			if agent == user {
				return
			}
		}
		k.wrong(path, fmt.Sprintf("there is no user or group %q in %s", user, k.Domain), "name one that is there, or create it first")
	}
}

// dialled checks that a number leads to somebody here, or that it may be called.
func (k *check) dialled(path, number string, owner *User) {
	if k.ownerOf(number) != "" || k.findUser(number) != nil || k.findGroup(number) != nil {
		return
	}
	switch {
	case strings.ContainsAny(number, "*#"):
		k.wrong(path, fmt.Sprintf("%q is a dialled code, no number", number), "write a number, a name, or voicemail")
		return
	case !k.Trunks:
		k.wrong(path, fmt.Sprintf("nobody has the number %q, and no trunk leads to the telephone network", number), "write the number of a user or group, or add a trunk")
		return
	case owner == nil || k.Normalize == nil:
		return
	}
	normal, class, ok := k.Normalize(number)
	if !ok {
		k.wrong(path, fmt.Sprintf("%q is no number that can be called", number), "write it with its country, as +4930123456")
		return
	}
	var permissions Outgoing
	if owner.Routing != nil {
		permissions = owner.Routing.Outgoing
	}
	for i := range permissions.Rules { // these may depend on the time
		for _, pattern := range permissions.Rules[i].To {
			if pattern.Fits(Subject{Number: normal}) {
				return
			}
		}
	}
	if !class.Within(permissions.Class) {
		k.wrong(path, fmt.Sprintf("%s may not call %s numbers such as %q: the class of outgoing calls is %s", owner.Name, class, number, permissions.Class.Or()),
			"choose another target, or raise outgoing.class")
	}
}

// ownerOf finds who has a number, as it is written or in E.164 form; "" for nobody.
func (k *check) ownerOf(number string) string {
	if name := k.number()(number); name != "" {
		return name
	}
	if k.Normalize != nil {
		if normal, _, ok := k.Normalize(number); ok {
			return k.number()(normal)
		}
	}
	return ""
}

// leads finds the user or group of the domain that a target leads to; "" for anybody else.
func (k *check) leads(t Target, owner string) string {
	switch t.Kind {
	case TargetPhones:
		return owner
	case TargetName:
		return t.Value
	case TargetNumber:
		return k.ownerOf(t.Value)
	case TargetURI:
		user, host, ok := splitURI(t.Value)
		switch {
		case !ok || !strings.EqualFold(host, k.Domain):
		case k.findUser(user) != nil || k.findGroup(user) != nil:
			return user
		case Digits(user) != "":
			return k.ownerOf(Digits(user))
		}
	case TargetNone, TargetVoicemail, TargetMenu, TargetAnnouncement:
	}
	return ""
}
