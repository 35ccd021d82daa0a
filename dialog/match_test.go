package dialog_test

import (
	"strings"
	"testing"

	"hookflash/dialog"
	"hookflash/sip"
)

// the dialog that is named, and how it is named.
var (
	named   = dialog.ID{CallID: "c1@far", LocalTag: "ours", RemoteTag: "theirs"}
	replace = "Replaces: c1@far;to-tag=ours;from-tag=theirs"
	join    = "Join: c1@far;to-tag=ours;from-tag=theirs"
)

// request is a request with further header fields.
func request(t *testing.T, method string, fields ...string) *sip.Message {
	t.Helper()
	text := method + " sip:bob@192.0.2.2 SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" +
		"From: <sip:carol@example.test>;tag=c\r\nTo: <sip:bob@example.test>\r\nCall-ID: c2@far\r\nCSeq: 1 " + method + "\r\n" +
		"Contact: <sip:carol@192.0.2.3>\r\n"
	for _, f := range fields {
		text += f + "\r\n"
	}
	m, err := sip.Parse(text + "Content-Length: 0\r\n\r\n")
	if m == nil { // the parser has an opinion about two fields, too
		t.Fatal(err)
	}
	return m
}

// one knows one dialog.
func one(s dialog.Standing) dialog.Finder {
	return func(id dialog.ID) (dialog.Standing, bool) {
		if id != named {
			return dialog.Standing{}, false
		}
		return s, true
	}
}

type matching struct {
	reason   string
	fields   []string
	standing dialog.Standing
	code     int // 0: it matches
}

func TestReplaces(t *testing.T) {
	mine := dialog.Standing{Invite: true, MayReplace: true, MayJoin: true}
	with := func(change func(*dialog.Standing)) dialog.Standing {
		s := mine
		change(&s)
		return s
	}
	confirmed := with(func(s *dialog.Standing) { s.State = dialog.Confirmed })
	confirmedOurs := with(func(s *dialog.Standing) { s.State, s.Initiator = dialog.Confirmed, true })
	earlyOurs := with(func(s *dialog.Standing) { s.Initiator = true })
	ended := with(func(s *dialog.Standing) { s.State = dialog.Ended })
	stranger := with(func(s *dialog.Standing) { s.State, s.MayReplace = dialog.Confirmed, false })
	for _, test := range []matching{
		{"a confirmed dialog that they began", []string{replace}, confirmed, 0},
		{"a confirmed dialog that we began", []string{replace}, confirmedOurs, 0},
		{"tags are those of a request to us: to-tag is ours", []string{"Replaces: c1@far;to-tag=theirs;from-tag=ours"}, confirmed, 481},
		{"the order of tags means nothing", []string{"Replaces: c1@far;from-tag=theirs;to-tag=ours"}, confirmed, 0},
		{"unknown parameters mean nothing", []string{replace + ";x=y"}, confirmed, 0},
		{"an early dialog that we began", []string{replace}, earlyOurs, 0},
		{"an early dialog that we began, early-only", []string{replace + ";early-only"}, earlyOurs, 0},
		{"an early dialog that they began is not replaced", []string{replace}, mine, 481},
		{"a confirmed dialog, early-only", []string{replace + ";early-only"}, confirmed, 486},
		{"a dialog that ended", []string{replace}, ended, 603},
		{"a dialog that ended, early-only", []string{replace + ";early-only"}, ended, 603},
		{"another Call-ID", []string{"Replaces: c9@far;to-tag=ours;from-tag=theirs"}, confirmed, 481},
		{"Call-IDs are compared with case", []string{"Replaces: C1@far;to-tag=ours;from-tag=theirs"}, confirmed, 481},
		{"another to-tag", []string{"Replaces: c1@far;to-tag=x;from-tag=theirs"}, confirmed, 481},
		{"another from-tag", []string{"Replaces: c1@far;to-tag=ours;from-tag=x"}, confirmed, 481},
		{"a tag of 0 stands for itself: all dialogs here have tags", []string{"Replaces: c1@far;to-tag=ours;from-tag=0"}, confirmed, 481},
		{"a dialog of a SUBSCRIBE", []string{replace}, with(func(s *dialog.Standing) { s.State, s.Invite = dialog.Confirmed, false }), 481},
		{"a stranger with the right identifiers", []string{replace}, stranger, 403},
		{"who may join may not replace for that", []string{replace + ";early-only"}, stranger, 403},
		{"two fields", []string{replace, replace}, confirmed, 400},
		{"two fields, one of them compact in spelling", []string{replace, strings.ToUpper(replace[:8]) + replace[8:]}, confirmed, 400},
		{"two values in one field", []string{replace + ", c3@far;to-tag=a;from-tag=b"}, confirmed, 400},
		{"Join contradicts", []string{replace, join}, confirmed, 400},
		{"no to-tag", []string{"Replaces: c1@far;from-tag=theirs"}, confirmed, 400},
		{"no from-tag", []string{"Replaces: c1@far;to-tag=ours"}, confirmed, 400},
		{"two to-tags", []string{replace + ";to-tag=ours"}, confirmed, 400},
		{"empty", []string{"Replaces:"}, confirmed, 400},
	} {
		id, there, problem := dialog.Replaces(request(t, "INVITE", test.fields...), one(test.standing))
		check(t, test, id, there, problem)
	}
	if _, there, problem := dialog.Replaces(request(t, "INVITE"), one(confirmed)); there || problem != nil {
		t.Error("without the field it is a call like any other", there, problem)
	}
	for _, method := range []string{"REFER", "BYE", "SUBSCRIBE", "OPTIONS", "UPDATE"} {
		if _, _, problem := dialog.Replaces(request(t, method, replace), one(confirmed)); problem == nil || problem.Code != 400 {
			t.Error("it goes with INVITE only, not with", method, problem)
		}
	}
}

func TestJoin(t *testing.T) {
	mine := dialog.Standing{Invite: true, MayReplace: true, MayJoin: true}
	with := func(change func(*dialog.Standing)) dialog.Standing {
		s := mine
		change(&s)
		return s
	}
	confirmed := with(func(s *dialog.Standing) { s.State = dialog.Confirmed })
	for _, test := range []matching{
		{"a confirmed dialog", []string{join}, confirmed, 0},
		{"a confirmed dialog that we began", []string{join}, with(func(s *dialog.Standing) { s.State, s.Initiator = dialog.Confirmed, true }), 0},
		{"an early dialog that we began", []string{join}, with(func(s *dialog.Standing) { s.Initiator = true }), 0},
		{"an early dialog that they began: Join has no limit there", []string{join}, mine, 0},
		{"a dialog that ended", []string{join}, with(func(s *dialog.Standing) { s.State = dialog.Ended }), 603},
		{"unknown", []string{"Join: c9@far;to-tag=ours;from-tag=theirs"}, confirmed, 481},
		{"tags the wrong way round", []string{"Join: c1@far;to-tag=theirs;from-tag=ours"}, confirmed, 481},
		{"a dialog of a SUBSCRIBE", []string{join}, with(func(s *dialog.Standing) { s.Invite = false }), 481},
		{"a stranger with the right identifiers", []string{join}, with(func(s *dialog.Standing) { s.MayJoin = false }), 403},
		{"two fields", []string{join, join}, confirmed, 400},
		{"Replaces contradicts", []string{join, replace}, confirmed, 400},
		{"no to-tag", []string{"Join: c1@far;from-tag=theirs"}, confirmed, 400},
		{"empty", []string{"Join:"}, confirmed, 400},
	} {
		id, there, problem := dialog.Join(request(t, "INVITE", test.fields...), false, one(test.standing))
		check(t, test, id, there, problem)
	}
	if _, there, problem := dialog.Join(request(t, "INVITE"), false, one(confirmed)); there || problem != nil {
		t.Error("without the field it is a call like any other", there, problem)
	}
	unknown := request(t, "INVITE", "Join: c9@far;to-tag=ours;from-tag=theirs")
	if _, there, problem := dialog.Join(unknown, true, one(confirmed)); there || problem != nil {
		t.Error("a conference ignores what it does not know", there, problem)
	}
	if id, there, problem := dialog.Join(request(t, "INVITE", join), true, one(confirmed)); id != named || !there || problem != nil {
		t.Error("a conference takes what it knows", id, there, problem)
	}
	if _, _, problem := dialog.Join(request(t, "REFER", join), true, one(confirmed)); problem == nil || problem.Code != 400 {
		t.Error("it goes with INVITE only", problem)
	}
}

func check(t *testing.T, test matching, id dialog.ID, there bool, problem *sip.StatusError) {
	t.Helper()
	code := 0
	if problem != nil {
		code = problem.Code
	}
	if code != test.code || !there {
		t.Errorf("%s: %d (there %v), want %d", test.reason, code, there, test.code)
	}
	if code == 0 && id != named {
		t.Errorf("%s: %v, want %v", test.reason, id, named)
	}
}
