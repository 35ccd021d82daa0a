package config

const maxMailWords = 32 // of the command that sends mails

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
