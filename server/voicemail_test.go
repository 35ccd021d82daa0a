package server

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/pin"
	"hookflash/store"
	"hookflash/ua"
)

// mouth is a device that hums.
type mouth struct{ at int }

func (m *mouth) Rate() int     { return 8000 }
func (m *mouth) Write([]int16) {}
func (m *mouth) Read(frame []int16) bool {
	for i := range frame {
		m.at++
		frame[i] = int16(8000 * (m.at / 10 % 2))
	}
	return true
}

// TestVoicemail: somebody speaks to a user's mailbox, hangs up, and the message is kept, mailed, and told to a
// phone that registers.
func TestVoicemail(t *testing.T) {
	t.Parallel()
	mailed := filepath.Join(t.TempDir(), "mail")
	s, _ := agentServerWith(t, func(c *config.Config) {
		c.Voicemail.Mail = []string{"/bin/sh", "-c", "cat >" + mailed + ".new && mv " + mailed + ".new " + mailed}
		c.Voicemail.From = "voicemail@example.test"
		for i := range c.Users {
			if c.Users[i].Name == "bob" {
				c.Users[i].Routing.Mailbox.Mail = "bob@example.test"
			}
		}
	}, nil)
	p := agentPhone(t, s, machine.UDP, media.Settings{Device: &mouth{}})
	call(t, p, "sip:voicemail@example.test;target=sip:bob%40example.test;cause=486")
	await(t, p, ua.Established)
	for s.recordingNow() == "" { // a key goes on from the greeting to the tone
		p.Do(func(a *ua.Agent) { a.Calls()[0].Dial("1", 100*time.Millisecond) })
		time.Sleep(300 * time.Millisecond)
	}
	time.Sleep(1500 * time.Millisecond)
	p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, p, ua.Ended)
	deadline := time.Now().Add(20 * time.Second)
	var letter []byte
	for letter == nil && time.Now().Before(deadline) {
		letter, _ = os.ReadFile(mailed)
		time.Sleep(5 * time.Millisecond)
	}
	if counts := s.boxes.Counts("bob"); counts.New != 1 {
		t.Fatalf("kept: %+v", counts)
	}
	if !bytes.Contains(letter, []byte("To: ")) || !bytes.Contains(letter, []byte("bob@example.test")) || !strings.Contains(string(letter), "audio/") {
		t.Errorf("the mail: %.300s", letter)
	}
	if message := s.boxes.List("bob")[0]; message.From != "sip:alice@example.test" || !message.Asserted || message.Length < time.Second {
		t.Errorf("what is known of it: %+v", message)
	}
	bob, err := phone.Open(phone.Settings{User: "bob", Domain: "example.test", Password: "builder", Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bob.Close() })
	await(t, bob, ua.MessagesWaiting)
}

// TestPIN: a PIN that is set by phone is kept for the user, and for nobody else.
func TestPIN(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	if err := s.setPIN("bob", "493817"); err != nil {
		t.Fatal(err)
	}
	if user := s.directory.User("bob"); !pin.Check(user.Routing.Mailbox.PIN, "493817") || len(user.Routing.Numbers) == 0 {
		t.Errorf("bob's is kept beside what else bob has set: %+v", user.Routing)
	}
	if err := s.setPIN("nobody", "493817"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("whoever there isn't: %v", err)
	}
}

// TestMailFails: why a command took no mail is told, in a few words.
func TestMailFails(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) {
		c.Voicemail.Mail = []string{"/bin/sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; exit 3"}
	}, nil)
	if err := s.mail("bob@example.test", []byte("hello")); err == nil || len(err.Error()) > 2*maxMailSays || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v", err)
	}
}

// recordingNow is a file that is being recorded, "" when there is none.
func (s *Server) recordingNow() string {
	files, _ := filepath.Glob(filepath.Join(s.current().config.Data, voicemailFolder, "incoming", "*.wav"))
	if len(files) == 0 {
		return ""
	}
	return files[0]
}
