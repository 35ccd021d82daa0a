package config

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"

	"hookflash/pin"
)

// maxPINs bounds the PINs in plain digits in one file: each takes a moment at every reading.
const maxPINs = 1000

const pinRemedy = "choose six digits or more that nobody guesses"

// pin takes the PIN of user i out of what is kept, unless it is a hash already.
func (r *reader) pin(i int) {
	routing := r.config.Users[i].Routing
	if routing == nil || routing.Mailbox.PIN == "" || pin.IsHash(routing.Mailbox.PIN) {
		return
	}
	r.pins[i], routing.Mailbox.PIN = routing.Mailbox.PIN, ""
}

// checkPINs reports those that are easily guessed. Messages never show them.
func (r *reader) checkPINs() {
	for i := range r.config.Users {
		plain, ok := r.pins[i]
		if !ok {
			continue
		}
		user := &r.config.Users[i]
		f := field{path: fmt.Sprintf("users[%d].mailbox.pin", i)}
		if fault := pin.Problem(plain, append([]string{user.Name}, user.Routing.Numbers...)); fault != "" {
			r.wrong(f, fault, pinRemedy)
		}
	}
	if len(r.pins) > maxPINs {
		f := field{path: "users"}
		r.wrong(f, fmt.Sprintf("has %d mailboxes with a PIN in plain digits, at most %d are supported: each takes time at every start", len(r.pins), maxPINs),
			"set the others while the server runs, or write their hashes")
	}
}

// hashPINs puts hashes in the place of the PINs. The salt depends on the user alone, so that the
// same file gives the same users each time.
func (r *reader) hashPINs() {
	workers := make(chan struct{}, runtime.GOMAXPROCS(0)) // each takes its 19 MiB
	var all sync.WaitGroup
	for i, plain := range r.pins {
		workers <- struct{}{}
		all.Go(func() {
			user := &r.config.Users[i]
			salt := sha256.Sum256([]byte("hookflash mailbox\x00" + r.config.Domain + "\x00" + user.Name))
			user.Routing.Mailbox.PIN = pin.HashWith(plain, [16]byte(salt[:16]))
			<-workers
		})
	}
	all.Wait()
	r.pins = nil
}
