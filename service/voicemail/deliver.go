package voicemail

import (
	"errors"
	"time"

	"hookflash/store/mailbox"
	"hookflash/task"
)

// MaxMailTries is how often a mail is tried.
const MaxMailTries = 5

// mailAgain is the wait after each failure.
var mailAgain = [MaxMailTries - 1]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// errMail tells that there are too many tasks for another mail.
var errMail = errors.New("voicemail: too many mails wait")

// mail sends a message to its owner's address, where there is one. The message stays whatever becomes of
// that, but for a mailbox that wants mails alone.
func (s *Service) mail(box, id string) {
	if s.settings.Mail == nil || s.mailbox(box).Mail == "" {
		return
	}
	started := s.agent.Go("mail", func(t *task.Task) {
		var err error
		for try := range MaxMailTries {
			if err = s.mailOnce(t, box, id); err == nil || errors.Is(err, mailbox.ErrUnknown) || errors.Is(err, ErrAddress) {
				break
			}
			if try < len(mailAgain) {
				t.Sleep(mailAgain[try])
			}
		}
		if err != nil {
			s.trouble("mail a message", box, err)
		}
	})
	if started == nil {
		s.trouble("mail a message", box, errMail)
	}
}

func (s *Service) mailOnce(t *task.Task, box, id string) error {
	set := s.mailbox(box)
	letter := Letter{From: s.settings.From, To: set.Mail, Language: string(s.voice(box))}
	found := false
	for _, message := range s.settings.Boxes.List(box) {
		if message.ID == id {
			letter.Message, found = message, true
		}
	}
	if !found {
		return mailbox.ErrUnknown
	}
	boxes, send := s.settings.Boxes, s.settings.Mail
	err := act(s.agent, t, func() (err error) {
		if letter.Audio, err = boxes.Audio(box, id); err != nil {
			return err
		}
		text, err := Compose(letter)
		if err != nil {
			return err
		}
		return send(letter.To, text)
	})
	if err != nil || !set.MailOnly {
		return err
	}
	if err := act(s.agent, t, func() error { return boxes.Delete(box, id) }); err != nil {
		s.trouble("delete a message that was mailed", box, err)
	}
	s.Changed(box)
	return nil
}
