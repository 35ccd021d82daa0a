//go:build interop

package attacks

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	carolsPIN = "493817"
	mostPINs  = 10 // an hour at a mailbox, from elsewhere than the own phone
	asksPIN   = 1500 * time.Millisecond
)

// TestAttack33PINGuessing: PINs are tried until a mailbox opens: many in one call, in many calls at once, by
// many users and from outside.
//
// Anchor: Vigo, DEF CON 26: a PIN of 4 digits in 2 minutes, many in one call; FreePBX GHSA-426v-c5p7-cp29.
// Must: at most 3 tries in a call and 10 an hour at a mailbox, keys that were pressed before the question
// count for nothing; the owner's own phone has tries of its own; recordings have no URL.
//
// Figure: after 10 wrong PINs within an hour the right one does not open the mailbox to anybody elsewhere,
// and does at once to the owner's phone; no recording is found at any path of the HTTP port.
func TestAttack33PINGuessing(t *testing.T) {
	s := startServer(t, setup{
		users: []string{"erin", "frank"},
		keys:  map[string]string{"carol": `numbers: ["1003"], mailbox: {pin: "` + carolsPIN + `"}`, "dave": `numbers: ["1004"], mailbox: {pin: "` + carolsPIN + `"}`},
		lines: []string{"guests: true"},
	})
	beside(t, s, func() {
		mallory := newPhone(t, s, "mallory")
		var attack sync.WaitGroup
		for _, box := range []string{"carol", "dave"} {
			attack.Go(func() { leaveOne(t, mallory, box) })
		}
		attack.Wait()
		wantRecordings(t, s, 2, "a message was left in each mailbox")
		// The right PIN opens the box to somebody elsewhere who has not tried too often.
		enterMailbox(t, newPhone(t, s, "erin"), "1004", "000000", carolsPIN)
		wantRecordings(t, s, 1, "the right PIN after a wrong one opens the mailbox")
		guessers := []*phone{mallory, newPhone(t, s, "erin"), newPhone(t, s, "frank"), newPhone(t, s, "outside")}
		var calls atomic.Int64
		for i := range sized(8, 80) {
			attack.Go(func() { calls.Add(manyPINs(t, guessers[i%len(guessers)], i)) })
		}
		attack.Wait()
		if calls.Load() < 8 {
			t.Errorf("only %d calls got as far as being asked", calls.Load())
		}
		for _, who := range guessers {
			attack.Go(func() { enterMailbox(t, who, "1003", carolsPIN) })
		}
		attack.Wait()
		wantRecordings(t, s, 1, fmt.Sprintf("after more than %d wrong PINs the right one opens nothing elsewhere", mostPINs))
		noRecordings(t, s)
		owner := newPhone(t, s, "carol")
		owner.register(t)
		enterMailbox(t, owner, "", carolsPIN)
		wantRecordings(t, s, 0, "the owner is not kept out at the own phone")
	})
}

// recordings are the paths of those on the disk, below the folder of voicemail.
func recordings(t *testing.T, s *server) (found []string) {
	t.Helper()
	root := filepath.Join(filepath.Dir(s.config), "data", "voicemail")
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".wav") {
			found = append(found, strings.TrimPrefix(path, root))
		}
		return nil // what goes meanwhile is gone
	})
	return found
}

func wantRecordings(t *testing.T, s *server, count int, reason string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); len(recordings(t, s)) != count && time.Now().Before(deadline); {
		time.Sleep(pollPeriod)
	}
	if found := recordings(t, s); len(found) != count {
		t.Errorf("%s: %d recordings are there, want %d: %q", reason, len(found), count, found)
	}
}

// leaveOne leaves a message in somebody's mailbox.
func leaveOne(t *testing.T, who *phone, box string) {
	t.Helper()
	c, k, code := who.callWithMedia(t, fmt.Sprintf("sip:voicemail@%s;target=sip:%s%%40%[1]s;cause=486", domain, box), nil)
	if c == nil {
		t.Errorf("%s leaves a message for %s: %d", who.name, box, code)
		return
	}
	k.talk(200 * time.Millisecond)
	k.press("1") // no greeting
	k.talk(2500 * time.Millisecond)
	k.press("#")
	k.talk(300 * time.Millisecond)
	_ = c.hangUp() // the server may have been faster
}

// enterMailbox calls voicemail, enters the number of a mailbox ("" for the own), each PIN when it is asked for, and
// deletes what is there.
func enterMailbox(t *testing.T, who *phone, number string, pins ...string) {
	t.Helper()
	uri := "sip:voicemail@" + domain
	if number != "" {
		uri += ";any"
	}
	c, k, code := who.callWithMedia(t, uri, foreign(who))
	if c == nil {
		t.Errorf("%s calls voicemail: %d", who.name, code)
		return
	}
	k.talk(asksPIN / 2)
	if number != "" {
		k.press(number + "#")
		k.talk(asksPIN / 2)
	}
	for i, pin := range pins {
		if i > 0 {
			k.talk(2 * asksPIN) // "wrong"
		}
		k.press(pin + "#")
	}
	for range 7 {
		k.talk(asksPIN / 3)
		k.press("3") // deletes what is played
	}
	_ = c.hangUp() // the server may have been faster
}

// foreign makes whoever is no user a guest of another domain.
func foreign(who *phone) func(*request) {
	return func(r *request) {
		if who.name == "outside" {
			r.from = "<sip:eve@elsewhere.test>;tag=" + word()
		}
	}
}

// manyPINs presses wrong PINs without waiting for any question, until the server has hung up or it takes too
// long; it gives how many calls were taken.
func manyPINs(t *testing.T, who *phone, number int) int64 {
	c, k, code := who.callWithMedia(t, "sip:voicemail@"+domain+";any", foreign(who))
	if c == nil {
		t.Logf("%s is answered %d", who.name, code)
		return 0
	}
	k.talk(asksPIN / 2)
	k.press("1003#")
	began := time.Now()
	for i := 0; time.Since(began) < 8*time.Second; i++ {
		k.press(fmt.Sprintf("%06d#", 100_000+1000*number+i))
		time.Sleep(asksPIN / 4)
	}
	_ = c.hangUp() // the server may have been faster
	return 1
}

// noRecordings asks the HTTP port for recordings by the names that they have on the disk.
func noRecordings(t *testing.T, s *server) {
	t.Helper()
	for _, name := range recordings(t, s) {
		base := filepath.Base(name)
		for _, path := range []string{
			name, "/voicemail" + name, "/data/voicemail" + name, "/api/v1" + name, "/api/v1/voicemail" + name, "/api/v1/users/carol" + name, "/api/v1/users/carol/messages/" + base, "/api/v1/recordings/" + base, "/recordings/" + base, "/" + base,
			"/..%2fdata/voicemail" + name, "/api/v1/users/..%2f..%2fvoicemail" + name, "/static/../voicemail" + name, "//voicemail" + name,
		} {
			if status, body := s.get(path); status/100 == 2 || strings.Contains(body, "WAVE") {
				t.Errorf("%s is answered %d %.100s", path, status, body)
			}
		}
	}
}
