package dialog_test

import (
	"testing"
	"time"

	"hookflash/dialog"
	"hookflash/sip"
)

// TestAnswerTimer is table 2 of RFC 4028 and what stands around it in §9.
func TestAnswerTimer(t *testing.T) {
	const supported = "Supported: timer"
	for _, test := range []struct {
		reason string
		wish   time.Duration
		fields []string
		value  string
		who    dialog.Refresher
		code   int
	}{
		{"nobody asks", 0, nil, "", dialog.Nobody, 0},
		{"we ask, and they don't know timers", 1800 * time.Second, nil, "", dialog.Nobody, 0},
		{"we ask, and they know timers", 1800 * time.Second, []string{supported}, "1800;refresher=uac", dialog.Theirs, 0},
		{"we ask for no less than they allow", 600 * time.Second, []string{supported, "Min-SE: 900"}, "900;refresher=uac", dialog.Theirs, 0},
		{"a proxy asks for one who knows no timers: we refresh", 0, []string{"Session-Expires: 1800"}, "1800;refresher=uas", dialog.Ours, 0},
		{"they leave it to us", 0, []string{supported, "Session-Expires: 1800"}, "1800;refresher=uac", dialog.Theirs, 0},
		{"they refresh", 0, []string{supported, "Session-Expires: 1800;refresher=uac"}, "1800;refresher=uac", dialog.Theirs, 0},
		{"they want us to refresh", 0, []string{supported, "Session-Expires: 1800;refresher=uas"}, "1800;refresher=uas", dialog.Ours, 0},
		{"compact form", 0, []string{"k: timer", "x: 1800;refresher=uas"}, "1800;refresher=uas", dialog.Ours, 0},
		{"we make it shorter", 600 * time.Second, []string{supported, "Session-Expires: 1800"}, "600;refresher=uac", dialog.Theirs, 0},
		{"but not shorter than they allow", 600 * time.Second, []string{supported, "Session-Expires: 1800", "Min-SE: 1200"}, "1200;refresher=uac", dialog.Theirs, 0},
		{"never longer", 3600 * time.Second, []string{supported, "Session-Expires: 1800"}, "1800;refresher=uac", dialog.Theirs, 0},
		{"never longer, whatever Min-SE says", 600 * time.Second, []string{supported, "Session-Expires: 1800", "Min-SE: 7200"}, "1800;refresher=uac", dialog.Theirs, 0},
		{"too brief", 0, []string{supported, "Session-Expires: 89"}, "", dialog.Nobody, 422},
		{"as brief as can be", 0, []string{supported, "Session-Expires: 90"}, "90;refresher=uac", dialog.Theirs, 0},
		{"too brief, from one who can't learn", 0, []string{"Session-Expires: 1"}, "90;refresher=uas", dialog.Ours, 0},
		{"unreadable counts as absent", 0, []string{supported, "Session-Expires: soon"}, "", dialog.Nobody, 0},
	} {
		timer, value, problem := dialog.AnswerTimer(request(t, "INVITE", test.fields...), test.wish, dialog.MinInterval)
		code := 0
		if problem != nil {
			code = problem.Code
		}
		if value != test.value || timer.Refresher != test.who || code != test.code {
			t.Errorf("%s: %q %v %d, want %q %v %d", test.reason, value, timer.Refresher, code, test.value, test.who, test.code)
		}
	}
}

func TestAcceptTimer(t *testing.T) {
	for _, test := range []struct {
		reason, field string
		want          dialog.SessionTimer
	}{
		{"none", "X: y", dialog.SessionTimer{}},
		{"we refresh", "Session-Expires: 1800;refresher=uac", dialog.SessionTimer{Interval: 30 * time.Minute, Refresher: dialog.Ours}},
		{"they refresh", "Session-Expires: 1800;refresher=uas", dialog.SessionTimer{Interval: 30 * time.Minute, Refresher: dialog.Theirs}},
		{"it does not say who: we do", "Session-Expires: 1800", dialog.SessionTimer{Interval: 30 * time.Minute, Refresher: dialog.Ours}},
		{"an interval that would keep us busy is not taken", "Session-Expires: 1", dialog.SessionTimer{Interval: 90 * time.Second, Refresher: dialog.Ours}},
		{"unreadable", "Session-Expires: x", dialog.SessionTimer{}},
		{"zero", "Session-Expires: 0", dialog.SessionTimer{}},
	} {
		if got := dialog.AcceptTimer(response(t, "200 OK", "b", test.field)); got != test.want {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		reason   string
		timer    dialog.SessionTimer
		due, end time.Duration // 0: never
	}{
		{"no timer", dialog.SessionTimer{}, 0, 0},
		{"we refresh at half the interval, and give up 32 s before its end", dialog.SessionTimer{Interval: 1800 * time.Second, Refresher: dialog.Ours}, 900 * time.Second, 1768 * time.Second},
		{"they refresh", dialog.SessionTimer{Interval: 1800 * time.Second, Refresher: dialog.Theirs}, 1768 * time.Second, 1768 * time.Second},
		{"of a brief one a third", dialog.SessionTimer{Interval: 90 * time.Second, Refresher: dialog.Theirs}, 60 * time.Second, 60 * time.Second},
	} {
		after := func(at time.Time) time.Duration {
			if at.IsZero() {
				return 0
			}
			return at.Sub(start)
		}
		if due, end := after(test.timer.Deadline(start)), after(test.timer.End(start)); due != test.due || end != test.end {
			t.Errorf("%s: %v and %v, want %v and %v", test.reason, due, end, test.due, test.end)
		}
	}
}

// response is a response to the INVITE of request, with further header fields.
func response(t *testing.T, status, toTag string, fields ...string) *sip.Message {
	t.Helper()
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	text := "SIP/2.0 " + status + "\r\nVia: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK1\r\n" +
		"From: \"Alice\" <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>" + toTag + "\r\nCall-ID: c2@near\r\nCSeq: 7 INVITE\r\n"
	for _, f := range fields {
		text += f + "\r\n"
	}
	m, err := sip.Parse(text + "Content-Length: 0\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return m
}
