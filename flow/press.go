package flow

import (
	"fmt"
	"time"

	"hookflash/config"
	"hookflash/ua"
)

const (
	keyTime  = 100 * time.Millisecond // that a key is held down
	keyPause = 200 * time.Millisecond // until the next one
)

// press has a person press keys in the call that they listen to, and notes that in the ladder.
func (s *stage) press(who, keys string) error {
	s.witness.note(who + " presses " + keys)
	for _, key := range keys {
		attends := false
		s.people[who].phone.Do(func(a *ua.Agent) {
			if c := a.Attended(); c != nil {
				attends = true
				c.Dial(string(key), keyTime)
			}
		})
		if !attends {
			return fmt.Errorf("%s can press nothing, and has no call", who)
		}
		time.Sleep(keyPause)
	}
	return nil
}

// code is what is pressed in a call for something.
func code(does string) string { return codeIn(config.DefaultInCall(), does) }

// dialled is what is called for something.
func dialled(does string) string { return codeIn(config.DefaultCodes(), does) }

func codeIn(table []config.Code, does string) string {
	for _, c := range table {
		if c.Does == does {
			return c.Code
		}
	}
	return does
}

// number is the internal number of a person of the demo.
func (s *stage) number(name string) string {
	for i := range s.config.Users {
		if u := &s.config.Users[i]; u.Name == name && u.Routing != nil && len(u.Routing.Numbers) > 0 {
			return u.Routing.Numbers[0]
		}
	}
	return name
}

// ask has a person press the code for something, hear that a number is asked for, and press that of somebody.
func (s *stage) ask(who, does, whom string) error {
	return s.steps(
		func() error { return s.press(who, code(does)) },
		func() error { return s.told(who) },
		func() error { return s.press(who, s.number(whom)+"#") },
	)
}
