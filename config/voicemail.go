package config

import (
	"path/filepath"
	"strings"
	"time"
)

const (
	maxMailWords = 32     // of the command that sends mails
	maxMessages  = 10_000 // of a mailbox
)

// voicemail reads false, or the bounds of mailboxes.
func (r *reader) voicemail(f field) {
	voicemail := &r.config.Voicemail
	if off, said := r.isOff(f); said {
		voicemail.Off = off
		return
	}
	keys := r.mapping(f, []string{"longest", "briefest", "messages", "keep", "mail", "from"})
	r.setDuration(keys["longest"], &voicemail.Longest)
	r.setDuration(keys["briefest"], &voicemail.Briefest)
	r.setInteger(keys["messages"], &voicemail.MaxMessages)
	r.setDuration(keys["keep"], &voicemail.Keep)
	if keys["mail"].node != nil {
		voicemail.Mail = r.texts(keys["mail"], maxMailWords, "[/usr/sbin/sendmail, -t, -i]")
	}
	r.setText(keys["from"], &voicemail.From)
}

func (c *Config) checkVoicemail(found *findings) {
	voicemail := &c.Voicemail
	if voicemail.Off {
		return
	}
	found.within("voicemail.longest", voicemail.Longest, 5*time.Second, time.Hour)
	found.within("voicemail.briefest", voicemail.Briefest, 0, time.Minute)
	if voicemail.Briefest >= voicemail.Longest {
		found.wrong("voicemail.briefest", brief(voicemail.Briefest)+" is not below voicemail.longest, "+brief(voicemail.Longest), "lower it")
	}
	found.between("voicemail.messages", voicemail.MaxMessages, 1, maxMessages)
	if voicemail.Keep != 0 {
		found.within("voicemail.keep", voicemail.Keep, time.Hour, 10*366*day)
	}
	if len(voicemail.Mail) > 0 && !filepath.IsAbs(voicemail.Mail[0]) {
		found.wrong("voicemail.mail[0]", quote(voicemail.Mail[0])+" is not the whole path of a program", "write it from the root, such as /usr/sbin/sendmail")
	}
	switch {
	case voicemail.From == "" && len(voicemail.Mail) > 0:
		found.wrong("voicemail.from", "is missing, so mails would have no sender", "write an address, such as voicemail@"+c.Domain)
	case voicemail.From != "" && !isMailAddress(voicemail.From):
		found.wrong("voicemail.from", quote(voicemail.From)+" is no mail address", "write one such as voicemail@"+c.Domain)
	}
}

// isMailAddress tells whether a text is an address alone, without a name or anything else that
// could become another line or option.
func isMailAddress(text string) bool {
	local, domain, divided := strings.Cut(text, "@")
	odd := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`<>()[]:;,\"@`, c) }
	return divided && local != "" && len(text) <= maxDomain && local[0] != '-' && !strings.ContainsFunc(local, odd) && hostFault(domain) == ""
}
