package voicemail_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/voicemail"
	"hookflash/store/mailbox"
)

var received = time.Date(2026, 3, 4, 12, 30, 0, 0, time.FixedZone("", 3600))

func letter(name, from string) voicemail.Letter {
	return voicemail.Letter{
		From: "voicemail@example.test", To: "bob@mail.test", Audio: bytes.Repeat([]byte{0, 1, 254, '\r', '\n', '.', '-', '-'}, 1000),
		Message: mailbox.Message{ID: "00ff", Meta: mailbox.Meta{Name: name, From: from, Received: received, Length: 83 * time.Second}},
	}
}

// read takes a mail apart as a reader of mails does.
func read(t *testing.T, text []byte) (subject, body string, audio []byte) {
	t.Helper()
	for number, line := range strings.Split(string(text), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
			t.Fatalf("line %d: %.80q", number, line)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Header) != 8 || m.Header.Get("To") != "bob@mail.test" || m.Header.Get("From") != "voicemail@example.test" || m.Header.Get("Message-Id") != "<00ff@example.test>" {
		t.Fatalf("the header: %v", m.Header)
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(received) {
		t.Errorf("the date: %v, %v", date, err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Error(err)
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	var contents [][]byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, content)
		if name := part.FileName(); len(contents) == 2 && name != "message-20260304-113000.wav" {
			t.Errorf("the attachment is called %q", name)
		}
	}
	if len(contents) != 2 {
		t.Fatalf("%d parts", len(contents))
	}
	return subject, string(contents[0]), contents[1]
}

func TestCompose(t *testing.T) {
	for _, test := range []struct{ reason, name, from, who string }{
		{"a name and an address", "Alice", "sip:alice@example.test", "Alice (alice@example.test)"},
		{"no name", "", "sip:alice@example.test", "alice@example.test"},
		{"nothing", "", "", "?"},
		{"a name that is not ASCII", "李雷 Ünlü", "sip:a@b", "李雷 Ünlü (a@b)"},
		{"a second line", "x\r\nBcc: everybody@example.test\r\n\r\nbody", "sip:a@b\r\nCc: c@d", "x  Bcc: everybody@example.test    body (a@b  Cc: c@d)"},
		{"an encoded word in an encoded word", "=?utf-8?q?=0D=0ABcc:_x@y?=", "sip:a@b", "= ?utf-8?q?=0D=0ABcc:_x@y?= (a@b)"},
		{"line separators of Unicode", "a\u2028b\u0085c\u202ed", "sip:a@b", "a b c d (a@b)"},
		{"the boundary", "--=_00ff--", "sip:a@b", "--=_00ff-- (a@b)"},
		{"no UTF-8", "\xff\xfe", "sip:a@b", "\uFFFD (a@b)"},
		{"a long name", strings.Repeat("ü", 300), "sip:a@b", strings.Repeat("ü", 80) + "… (a@b)"},
	} {
		l := letter(test.name, test.from)
		text, err := voicemail.Compose(l)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		subject, body, audio := read(t, text)
		if subject != "Voice message from "+test.who {
			t.Errorf("%s: the subject is %q", test.reason, subject)
		}
		if want := test.who + " left you a voice message.\r\n\r\nWhen: 2026-03-04 12:30:00 +0100\r\nLength: 1m23s\r\n"; body != want {
			t.Errorf("%s: the text is %q", test.reason, body)
		}
		if !bytes.Equal(audio, l.Audio) {
			t.Errorf("%s: the message is another one", test.reason)
		}
	}
	chinese := letter("Alice", "")
	chinese.Language, chinese.Message.From = "zh", "sip:alice@example.test"
	text, err := voicemail.Compose(chinese)
	if err != nil {
		t.Fatal(err)
	}
	if subject, body, _ := read(t, text); subject != "来自 Alice (alice@example.test) 的语音留言" || !strings.Contains(body, "时长：1m23s") {
		t.Errorf("%q, %q", subject, body)
	}
	for _, address := range []string{"", "bob", "@b", "a@", "-oQ/tmp@b", "a@b, c@d", "a@b\r\nBcc: c@d", "Bob <a@b>", "a b@c", "a@b\x00", strings.Repeat("a", 300) + "@b"} {
		for _, l := range []voicemail.Letter{{From: address, To: "a@b"}, {From: "a@b", To: address}} {
			if _, err := voicemail.Compose(l); !errors.Is(err, voicemail.ErrAddress) {
				t.Errorf("%q is a mail address: %v", address, err)
			}
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Alice\r\nBcc: x@y", "sip:alice@example.test")
	f.Fuzz(func(t *testing.T, name, from string) {
		text, err := voicemail.Compose(letter(name, from))
		if err != nil {
			t.Fatal(err)
		}
		read(t, text)
	})
}

func TestMail(t *testing.T) {
	leave := func(o *office.Office) error {
		return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"), over(o, "alice"))
	}
	mailed := func(o *office.Office, want int, counts mailbox.Counts) error {
		if got := roomsOf(o).mails; len(got) != want {
			return fmt.Errorf("%d mails, want %d", len(got), want)
		}
		return has(o, counts)()
	}
	for _, test := range []struct {
		name, title string
		fails       int
		only        bool
		mails       int
		want        mailbox.Counts
	}{
		{"mail", "each message is mailed", 0, false, 1, mailbox.Counts{New: 1}},
		{"mail-fails", "a mail that fails is tried again", 3, false, 1, mailbox.Counts{New: 1}},
		{"mail-only", "and the message deleted, where that is wished", 1, true, 1, mailbox.Counts{}},
		{"mail-never", "what can't be mailed is not lost, nor tried for ever", 1000, true, 0, mailbox.Counts{New: 1}},
	} {
		run(t, func(r *rooms) {
			r.unmailed = test.fails
			r.routing["bob"].Mailbox.Mail, r.routing["bob"].Mailbox.MailOnly = "bob@mail.test", test.only
		}, play.Scene{
			Name: test.name, Title: test.title, Seeds: 4,
			Play: func(o *office.Office) error {
				if err := leave(o); err != nil {
					return err
				}
				if err := o.RunFor(4 * time.Hour); err != nil {
					return err
				}
				if tries := test.fails - roomsOf(o).unmailed; tries > voicemail.MaxMailTries {
					return fmt.Errorf("%d tries", tries)
				}
				return mailed(o, test.mails, test.want)
			},
		})
	}
}
