package voicemail_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// TestGuesses: whoever tries PINs, from as many calls as they like, gets TriesPerHour an hour at a mailbox; its owner is
// not kept out meanwhile, at the own phone.
func TestGuesses(t *testing.T) {
	checked := map[string]int{} // PINs that were compared, by hash; this scene runs alone
	change := func(r *rooms) {
		clear(checked)
		check := r.settings.CheckPIN
		r.settings.CheckPIN = func(hash, pin string) bool {
			checked[hash]++
			return check(hash, pin)
		}
	}
	guess := func(o *office.Office, number string, guesses *int) func() error {
		return func() error {
			if err := office.InOrder(calls(o, "alice", own+";any"), hears(o, prompts+"enter-mailbox"), presses(o, "alice", number+"#")); err != nil {
				return err
			}
			for len(o.Desk("alice").Agent().Calls()) > 0 {
				if err := o.RunFor(time.Second); err != nil {
					return err
				}
				if o.Hearing() == prompts+"enter-pin\n" {
					*guesses++
					if err := presses(o, "alice", fmt.Sprintf("%06d#", *guesses))(); err != nil {
						return err
					}
				}
			}
			return o.RunFor(time.Minute)
		}
	}
	run(t, change, play.Scene{
		Name: "guesses", Title: "PINs are guessed for an hour", Seeds: 1,
		Play: func(o *office.Office) error {
			began, guesses := o.Now(), 0
			for o.Now().Sub(began) < 50*time.Minute {
				if err := guess(o, "1002", &guesses)(); err != nil {
					return err
				}
			}
			if got := checked["pin:"+bobsPIN]; got != 10 || guesses < 10 {
				return fmt.Errorf("%d PINs compared of %d that were guessed in 50 minutes", got, guesses)
			}
			// The owner is not locked out by that.
			if err := office.InOrder(enters(o, own, bobsPIN), hears(o, bobs+"no-messages"), hangsUp(o, "bob")); err != nil {
				return err
			}
			// Nor does the owner's success give others more.
			if err := guess(o, "1002", &guesses)(); err != nil {
				return err
			}
			if got := checked["pin:"+bobsPIN]; got != 11 {
				return fmt.Errorf("%d PINs compared, want 10 and the owner's", got)
			}
			// An hour later there are ten again.
			if err := o.RunFor(time.Hour); err != nil {
				return err
			}
			before := o.Now()
			for o.Now().Sub(before) < 20*time.Minute {
				if err := guess(o, "1002", &guesses)(); err != nil {
					return err
				}
			}
			if got := checked["pin:"+bobsPIN]; got != 21 {
				return fmt.Errorf("%d PINs compared, want 21", got)
			}
			// A mailbox that is not there, or has no PIN, costs as much, and opens to no PIN.
			if err := guess(o, "1001", &guesses)(); err != nil {
				return err
			}
			if err := guess(o, "5555", &guesses)(); err != nil {
				return err
			}
			return o.Pause()
		},
	})
}
