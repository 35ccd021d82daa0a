package ua_test

import (
	"fmt"
	"testing"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestReferOutside: a REFER that belongs to no call.
func TestReferOutside(t *testing.T) {
	const phone = "sip:alice@example.test;gr=urn:uuid:1"
	for _, test := range []struct {
		reason string
		wish   ua.Reference
		first  bool // a NOTIFY comes before the response
		answer []string
		told   []int
	}{
		{"with reports", ua.Reference{}, false, nil, []int{100, 200}},
		{"of which one comes first", ua.Reference{}, true, nil, []int{100, 200}},
		{"silent", ua.Reference{Silent: true}, false, []string{"Refer-Sub: false"}, nil},
	} {
		b := newBench(t).handle(ua.Handlers{})
		test.wish.Target = "sip:carol@example.test"
		test.wish.From = ua.Party{URI: "sip:alice@example.test", Asserted: true}
		var told []int
		over := b.task(func(t *task.Task) error {
			r, err := b.a.Refer(t, phone, test.wish)
			if err != nil {
				return err
			}
			defer r.Close()
			for report, ok := r.Next(t); ok; report, ok = r.Next(t) {
				told = append(told, report.Code)
				if report.Final() {
					break
				}
			}
			return nil
		})
		m := b.next(test.reason, "REFER")
		b.want(test.reason+": to the phone", m.RequestURI(), phone)
		b.want(test.reason+": on whose behalf", m.Header(sip.HeaderPAssertedIdentity), "<sip:alice@example.test>")
		b.want(test.reason+": on whose behalf", m.Header(sip.HeaderReferredBy), "<sip:alice@example.test>")
		b.want(test.reason, m.Header(sip.HeaderReferSub), map[bool]string{true: "false"}[test.wish.Silent])
		f := b.far()
		f.callID, f.peer = m.CallID(), m.FromTag()
		if test.first {
			b.receive(f.notify("", "active", "SIP/2.0 100 Trying"))
			b.next(test.reason, "200 NOTIFY")
		}
		b.receive(f.response(m, "200 OK", test.answer...))
		if test.told == nil {
			b.receive(f.notify("", "active", "SIP/2.0 100 Trying"))
			b.next(test.reason+": nothing was asked for", "481 NOTIFY")
			b.want(test.reason, *over, nil)
			continue
		}
		if !test.first {
			b.receive(f.notify("", "active", "SIP/2.0 100 Trying"))
			b.next(test.reason, "200 NOTIFY")
		}
		b.from(stranger, f.notify("", "terminated", "SIP/2.0 200 OK"))
		b.next(test.reason+": strangers tell nothing", "403 NOTIFY")
		b.receive(f.notify(fmt.Sprint(m.CSeq()), "terminated;reason=noresource", "SIP/2.0 200 OK"))
		b.next(test.reason, "200 NOTIFY")
		b.want(test.reason, told, test.told)
		b.want(test.reason, *over, nil)
		b.gone(test.reason)
	}
}

// TestReferOutsideRefused: the code is the error's.
func TestReferOutsideRefused(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	result := b.task(func(t *task.Task) error {
		_, err := b.a.Refer(t, "sip:alice@example.test", ua.Reference{Target: "sip:carol@example.test"})
		return err
	})
	b.receive(b.far().response(b.next("it refers", "REFER"), "603 Decline"))
	b.want("refused", code(*result), 603)
	b.gone("refused")
	b.want("no URI", *b.task(func(t *task.Task) error {
		_, err := b.a.Refer(t, "tel:+15551234", ua.Reference{Target: "sip:carol@example.test"})
		return err
	}), ua.ErrTarget)
}
