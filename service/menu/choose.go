package menu

import (
	"errors"
	"strings"

	"hookflash/directory"
	"hookflash/task"
	"hookflash/ua"
)

// errNone tells that nothing was chosen in as many tries as there are.
var errNone = errors.New("menu: nothing was chosen")

// attend asks until somebody was reached, or there is nothing more to ask. A menu that is chosen goes on in
// the same call; who can't be reached leaves the caller in the menu.
//
//	Caller              Menu             Target
//	  |     INVITE F1     |                 |
//	  |------------------>|                 |
//	  |       200 F2      |                 |
//	  |<------------------|                 |
//	  |       ACK F3      |                 |
//	  |------------------>|                 |
//	  |  "…press 1 for…"  |                 |
//	  |<==================|                 |
//	  |         1         |                 |
//	  |==================>|    INVITE F4    |
//	  |                   |---------------->|
//	  |                   |      180 F5     |
//	  |      ringback     |<----------------|
//	  |<==================|      200 F6     |
//	  |                   |<----------------|
//	  |                   |      ACK F7     |
//	  |                   |---------------->|
//	  |             both way RTP            |
//	  |<===================================>|
func (v *visit) attend(t *task.Task) {
	for v.rounds < MaxRounds {
		target, err := v.choose(t)
		last := errors.Is(err, errNone)
		switch {
		case last && !v.menu.NoChoice.IsZero():
			target = v.menu.NoChoice
		case last:
			_ = v.call.Say(t, v.voice.Prompt("goodbye"))
			return
		case err != nil: // the caller left
			return
		}
		if v.follow(t, target) || last && target.Kind != directory.TargetMenu {
			return
		}
	}
	_ = v.call.Say(t, v.voice.Prompt("goodbye"))
}

// choose asks for a choice as often as there are tries. Errors: errNone, ua.ErrOver.
func (v *visit) choose(t *task.Task) (directory.Target, error) {
	said := v.voice.Prompts(v.menu.Prompt)
	for range max(v.menu.Tries, 1) {
		v.rounds++
		digits, err := v.call.Ask(t, ua.Prompt{
			Sources: said, Interruptible: true, Max: MaxDigits, Until: v.until(), Timeout: v.menu.Timeout, Between: Between, Whole: v.whole,
		})
		if errors.Is(err, ua.ErrOver) {
			return directory.Target{}, err
		}
		if target, ok := v.chosen(digits); ok {
			return target, nil
		}
		said = v.voice.Prompts(v.menu.Prompt)
		if digits != "" {
			said = v.voice.Prompts("invalid-choice", v.menu.Prompt)
		}
	}
	return directory.Target{}, errNone
}

// until are the keys that end a choice.
func (v *visit) until() string {
	for choice := range v.menu.Choices {
		if strings.Contains(choice, "#") {
			return ""
		}
	}
	return "#"
}

// whole tells that no further digit can make another choice.
func (v *visit) whole(digits string) bool {
	if v.menu.Dial {
		return false
	}
	for choice := range v.menu.Choices {
		if len(choice) > len(digits) && strings.HasPrefix(choice, digits) {
			return false
		}
	}
	return true
}

// chosen is what digits stand for: a choice before a number.
func (v *visit) chosen(digits string) (directory.Target, bool) {
	if target, ok := v.menu.Choices[digits]; ok && digits != "" {
		return target, true
	}
	if !v.menu.Dial || digits == "" || v.settings.Number == nil {
		return directory.Target{}, false
	}
	name := v.settings.Number(digits)
	return directory.Target{Kind: directory.TargetName, Value: name}, name != ""
}
