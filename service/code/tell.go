package code

import (
	"time"

	"hookflash/directory"
	"hookflash/ua"
)

// asks says where calls go, in one of the cases.
func asks(way func(f *directory.Forward) directory.Target) action {
	return action{tell: func(v *visit) []string {
		routing := v.routing()
		to := way(&routing.Forward)
		if to.IsZero() {
			return v.voice.Prompts("forward-off")
		}
		said := v.voice.Prompts("forward-on")
		switch to.Kind {
		case directory.TargetVoicemail:
			return append(said, v.voice.Prompt("forward-to-voicemail"))
		case directory.TargetNumber, directory.TargetName:
			if number := v.numberOf(to.Value); number != "" {
				return append(append(said, v.voice.Prompt("forward-to")), v.voice.Spell(number)...)
			}
		case directory.TargetNone, directory.TargetPhones, directory.TargetURI, directory.TargetMenu, directory.TargetAnnouncement:
		}
		return said
	}}
}

// asksWaiting says what becomes of calls while the caller is in one.
func asksWaiting(v *visit) []string {
	routing := v.routing()
	return v.voice.Prompts(waitingPrompt(&routing))
}

// numberOf is what is said for a number, or for a user or group by name; "" for what has none.
func (v *visit) numberOf(name string) string {
	users := v.settings.Users
	if user := users.User(name); user != nil {
		if user.Routing != nil && len(user.Routing.Numbers) > 0 {
			return user.Routing.Numbers[0]
		}
		return directory.Digits(name)
	}
	if group := users.Group(name); group != nil {
		if len(group.Numbers) > 0 {
			return group.Numbers[0]
		}
		return directory.Digits(name)
	}
	return directory.Digits(name)
}

// routing is what the caller has set.
func (v *visit) routing() directory.Routing {
	if user := v.settings.Users.User(v.user); user != nil && user.Routing != nil {
		return *user.Routing
	}
	return directory.Routing{}
}

// myNumber says the caller's number.
func myNumber(v *visit) []string {
	if number := v.numberOf(v.user); number != "" {
		return append(v.voice.Prompts("your-number"), v.voice.Spell(number)...)
	}
	return v.voice.Prompts("your-number-none")
}

// clock says the time where the caller is: as the user has set, else as the server has it.
func clock(v *visit) []string {
	routing, zone := v.routing(), v.settings.Zone
	if !routing.Zone.IsZero() {
		zone = routing.Zone.Location()
	}
	if zone == nil {
		zone = time.UTC
	}
	return timeOf(v.voice, v.call.Agent().Now().In(zone))
}

// timeOf says hours and minutes, of 24 hours: in both languages one after the other.
func timeOf(voice ua.Voice, now time.Time) []string {
	said := append(voice.Prompts("clock-now"), voice.Count(now.Hour())...)
	said = append(said, voice.Prompt("clock-hours"))
	minute := now.Minute()
	if minute == 0 {
		return append(said, voice.Prompt("clock-sharp"))
	}
	if minute < 10 {
		said = append(said, voice.Prompt("zero"))
	}
	return append(append(said, voice.Count(minute)...), voice.Prompt("clock-minutes"))
}
