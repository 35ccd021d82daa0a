package voicemail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode"

	"hookflash/store/mailbox"
)

// ErrAddress tells of something that is no mail address.
var ErrAddress = errors.New("voicemail: not a mail address")

// maxNamed is how many characters of a caller's name or address stand in a mail.
const maxNamed = 80

// Letter is what a mail is made of.
type Letter struct {
	From, To string // mail addresses alone
	Language string // "zh", or English
	Message  mailbox.Message
	Audio    []byte // a WAV file
}

// words of a mail, by language.
var words = map[string]struct{ subject, body string }{
	"en": {"Voice message from %s", "%s left you a voice message.\r\n\r\nWhen: %s\r\nLength: %s\r\n"},
	"zh": {"来自 %s 的语音留言", "%s 给您留了一条语音留言。\r\n\r\n时间：%s\r\n时长：%s\r\n"},
}

// Compose makes the mail of a message (RFC 5322, RFC 2045 to 2047). Whatever callers say of themselves stays
// text within its place.
func Compose(l Letter) ([]byte, error) {
	if !isAddress(l.From) || !isAddress(l.To) {
		return nil, ErrAddress
	}
	said, ok := words[l.Language]
	if !ok {
		said = words["en"]
	}
	who, at := named(l.Message.Meta), l.Message.Received
	host := l.From[strings.IndexByte(l.From, '@')+1:]
	boundary := "=_" + token(l.Message.ID) // "=_" is in no base64 (RFC 2045 §6.7)
	var b bytes.Buffer
	field := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	field("From", l.From)
	field("To", l.To)
	field("Subject", mime.QEncoding.Encode("utf-8", fmt.Sprintf(said.subject, who)))
	field("Date", at.Format(time.RFC1123Z))
	field("Message-ID", "<"+token(l.Message.ID)+"@"+host+">")
	field("Auto-Submitted", "auto-generated")
	field("MIME-Version", "1.0")
	field("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n--" + boundary + "\r\n")
	field("Content-Type", "text/plain; charset=utf-8")
	field("Content-Transfer-Encoding", "base64")
	text := fmt.Sprintf(said.body, who, at.Format("2006-01-02 15:04:05 MST"), l.Message.Length.Round(time.Second))
	encode(&b, []byte(text))
	b.WriteString("--" + boundary + "\r\n")
	field("Content-Type", "audio/wav")
	field("Content-Transfer-Encoding", "base64")
	field("Content-Disposition", `attachment; filename="message-`+at.UTC().Format("20060102-150405")+`.wav"`)
	encode(&b, l.Audio)
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes(), nil
}

// named is who left a message, in one line.
func named(m mailbox.Meta) string {
	address := oneLine(strings.TrimPrefix(m.From, "sip:"))
	switch name := oneLine(m.Name); {
	case name != "" && address != "":
		return name + " (" + address + ")"
	case address != "":
		return address
	}
	return "?"
}

// oneLine makes a text harmless: printable, and no longer than maxNamed.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if characters := []rune(text); len(characters) > maxNamed {
		text = string(characters[:maxNamed]) + "…"
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "=?", "= ?")) // no encoded word of the caller's
}

// token is what of a text may stand in a boundary and a Message-ID.
func token(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, text)
}

// line is how many octets of base64 a line has (RFC 2045 §6.8).
const line = 76

func encode(b *bytes.Buffer, data []byte) {
	b.WriteString("\r\n")
	for len(data) > 0 {
		n := min(len(data), line/4*3)
		b.WriteString(base64.StdEncoding.EncodeToString(data[:n]))
		b.WriteString("\r\n")
		data = data[n:]
	}
}

// isAddress tells whether a text is a mail address alone, without a name, and no option of a command.
func isAddress(text string) bool {
	local, domain, divided := strings.Cut(text, "@")
	odd := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`<>()[]:;,\"@`, c) }
	return divided && local != "" && domain != "" && len(text) <= 254 && local[0] != '-' &&
		!strings.ContainsFunc(local, odd) && !strings.ContainsFunc(domain, odd)
}
