package voicemail

import (
	"errors"
	"slices"

	"hookflash/ua"
)

const (
	maxDigits = 32 // of a PIN, or of the number of a mailbox
	// decoy is the hash that nobody's PIN has: what a mailbox costs to guess at that is not there, or has no PIN.
	decoy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// enter lets somebody in who may listen.
func (v *visit) enter() {
	if v.box == "" && !v.askBox() {
		return
	}
	if v.admitted() {
		v.voice = v.Service.voice(v.box)
		v.listen()
	}
}

// askBox asks for the number of a mailbox. One that nobody has is found out no earlier than its PIN is wrong.
func (v *visit) askBox() bool {
	number, err := v.ask(ua.Prompt{Sources: v.voice.Prompts("enter-mailbox"), Interruptible: true, Until: "#", Max: maxDigits})
	if err != nil {
		v.say("goodbye")
		return false
	}
	v.box = number
	if name := v.settings.Users.Number(number); name != "" {
		v.box = name
	}
	if user := v.user(v.box); user == nil {
		v.box = ""
	}
	v.own = v.box != "" && v.caller(v.call.Remote) == v.box
	return true
}

// ask is Call.Ask, and holds up the end of the call.
func (v *visit) ask(p ua.Prompt) (digits string, err error) { return v.call.Ask(v.t, p) }

// admitted asks for the PIN. From the own phone a box without one is open; others never get into it.
func (v *visit) admitted() bool {
	hash := v.mailbox(v.box).PIN
	if hash == "" && v.own {
		return true
	}
	door := door{v.box, v.own}
	for {
		if v.box != "" && !v.tries.left(door, v.t.Now()) || v.pins >= TriesPerCall {
			v.say("too-many-tries")
			return false
		}
		v.pins++
		// Keys that were pressed before the question count for nothing.
		pin, err := v.ask(ua.Prompt{Sources: v.voice.Prompts("enter-pin"), Interruptible: true, Until: "#", Max: maxDigits})
		if errors.Is(err, ua.ErrOver) {
			return false
		}
		if err != nil {
			continue
		}
		at := v.t.Now()
		if v.box != "" && !v.tries.take(door, at) {
			v.say("too-many-tries") // others were faster
			return false
		}
		if v.checked(hash, pin) {
			v.tries.giveBack(door, at)
			return v.call.State != ua.Over
		}
		if !v.say("wrong-pin") {
			return false
		}
	}
}

// checked takes as long for a mailbox without a PIN.
func (v *visit) checked(hash, pin string) bool {
	against, check := hash, v.settings.CheckPIN
	if hash == "" {
		against = decoy
	}
	right, err := job(v.agent, v.t, func() (bool, error) { return check(against, pin), nil })
	if err != nil {
		v.trouble("check a PIN", v.box, err)
	}
	return right && hash != ""
}

// changePIN asks for a new PIN, twice.
func (v *visit) changePIN() bool {
	if v.settings.SetPIN == nil {
		return v.say("code-refused")
	}
	var typed [2]string
	for i := range typed {
		pin, err := v.ask(ua.Prompt{Sources: v.voice.Prompts("enter-pin"), Interruptible: true, Until: "#", Max: maxDigits})
		if err != nil {
			return !errors.Is(err, ua.ErrOver)
		}
		typed[i] = pin
		if i == 0 && v.settings.PINProblem != nil && v.settings.PINProblem(pin, v.numbers()) != "" {
			return v.say("code-refused")
		}
	}
	if typed[0] != typed[1] {
		return v.say("wrong-pin")
	}
	box, set := v.box, v.settings.SetPIN
	if err := act(v.agent, v.t, func() error { return set(box, typed[0]) }); err != nil {
		v.trouble("change a PIN", box, err)
		return v.say("storage-trouble")
	}
	return v.say("code-done")
}

// numbers are those that a PIN may not be made of.
func (v *visit) numbers() []string {
	user := v.user(v.box)
	if user == nil || user.Routing == nil {
		return nil
	}
	return slices.Clone(user.Routing.Numbers)
}
