package server

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/pin"
	"hookflash/registrar"
	"hookflash/service/voicemail"
	"hookflash/store/mailbox"
	"hookflash/ua"
)

const (
	expireEvery = time.Hour        // how often old messages are looked for
	mailTimeout = 20 * time.Second // of the command that takes mails
	maxMailSays = 512              // octets of what the command writes that are told
)

// installVoicemail opens the mailboxes.
func (s *Server) installVoicemail(a *ua.Agent) (err error) {
	c := s.current().config
	keeper := s.agents[len(s.agents)-1]
	s.boxes, err = mailbox.Open(mailbox.Settings{
		Disk: mailbox.In(s.recordings), Messages: c.Voicemail.MaxMessages, Keep: c.Voicemail.Keep,
		Changed: func(box string) { s.within(keeper, func() { s.voicemail.Changed(box) }) },
	})
	if err != nil {
		return fmt.Errorf("opening the mailboxes: %w", err)
	}
	s.voicemail, s.voicemailAgent = voicemail.Install(a, s.voicemailSettings()), keeper
	return nil
}

// voicemailSettings are what the configuration says of voicemail.
func (s *Server) voicemailSettings() voicemail.Settings {
	c := s.current().config
	settings := voicemail.Settings{
		Domain: c.Domain, Boxes: voicemail.Boxes{Recordings: s.boxes, Messages: s.boxes, Sounds: s.boxes}, Users: s.directory,
		Longest: c.Voicemail.Longest, Briefest: c.Voicemail.Briefest, CheckPIN: pin.Check, PINProblem: pin.Problem, SetPIN: s.setPIN,
		From: c.Voicemail.From, Phones: s.phonesOf,
	}
	if len(c.Voicemail.Mail) > 0 {
		settings.Mail = s.mail
	}
	return settings
}

// phonesOf counts the phones that a user has registered.
func (s *Server) phonesOf(user string) (count int) {
	record := s.bindings.Bindings(user + "@" + s.current().config.Domain)
	if record == nil {
		return 0
	}
	now := time.Now()
	for i := range record.Bindings {
		if record.Bindings[i].Expires.After(now) {
			count++
		}
	}
	return count
}

// setPIN changes the PIN of a user's mailbox.
func (s *Server) setPIN(user, digits string) error {
	hash := pin.Hash(digits)
	return s.change(user, func(u directory.User) (*directory.Routing, error) {
		var routing directory.Routing
		if u.Routing != nil {
			routing = *u.Routing
		}
		routing.Mailbox.PIN = hash
		return &routing, nil
	})
}

// mail gives a mail to the command of the configuration. Nothing that callers say of themselves is among
// its arguments: the recipients stand in the mail.
func (s *Server) mail(_ string, text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), mailTimeout)
	defer cancel()
	words := s.current().config.Voicemail.Mail
	if len(words) == 0 {
		return nil // a new configuration sends none
	}
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	said := &beginning{}
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(text), said, said
	command.WaitDelay = time.Second
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", words[0], err, said.text)
	}
	return nil
}

// beginning is the first maxMailSays octets of what is written.
type beginning struct{ text []byte }

func (b *beginning) Write(p []byte) (int, error) {
	b.text = append(b.text, p[:min(len(p), maxMailSays-len(b.text))]...)
	return len(p), nil
}

// registeredAnew has voicemail tell phones that were not there before what waits for them.
func (b *batch) registeredAnew(changes []any) {
	s := b.server
	if s.voicemail == nil {
		return
	}
	for _, change := range changes {
		c, ok := change.(registrar.Change)
		if !ok || c.New == nil || c.Old != nil && len(c.New.Bindings) <= len(c.Old.Bindings) {
			continue
		}
		user, _, _ := strings.Cut(c.AddressOfRecord, "@")
		if counts := s.boxes.Counts(user); counts.New+counts.Old > 0 {
			s.voicemailAgent.later(b, func() { s.voicemail.Registered(user) })
		}
	}
}

// expireMessages removes messages that are older than they are kept.
func (s *Server) expireMessages(ctx context.Context) {
	each := time.NewTicker(expireEvery)
	defer each.Stop()
	for {
		gone, err := s.boxes.Expire(time.Now())
		if err != nil {
			s.logger.Warn("removing old voice messages failed", "error", err)
		}
		if gone > 0 {
			s.logger.Info("old voice messages removed", "count", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
	}
}
