//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

// helpEverybody is the line of a configuration by which every call is two dialogs, with the server between them.
const helpEverybody = "assist: all"

// talking is a telephone that answers calls with a description of its media, as it must where the server stands in the call.
type talking struct {
	*phone
	fields []string // further ones of its answers
	mutex  sync.Mutex
	legs   []*calleeLeg
}

// calleeLeg is a call that such a telephone has answered.
type calleeLeg struct {
	phone  *phone
	invite *sip.Message
	tag    string
	cseq   int
}

// talks has a telephone answer calls so from now on.
func talks(p *phone) *talking {
	k := &talking{phone: p}
	p.onRequest(func(p *phone, m *sip.Message) {
		if m.Method() != sip.INVITE {
			p.accept(m)
			return
		}
		tag := m.ToTag()
		if tag == "" {
			tag = "talks" + word()
			k.mutex.Lock()
			k.legs = append(k.legs, &calleeLeg{phone: p, invite: m, tag: tag, cseq: 1})
			k.mutex.Unlock()
		}
		body := offer(p.local.Addr())
		text := strings.Replace(answer(m, "200 OK", tag, append([]string{"Contact: <" + p.contact() + ">", "Supported: replaces"}, k.fields...)...), "Content-Length: 0\r\n\r\n",
			fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(body), body), 1)
		p.mutex.Lock()
		p.sent[key(m)] = text
		p.mutex.Unlock()
		p.send(text)
		p.hold(m.CallID(), text, timerT1)
	})
	return k
}

// last is the call that was answered last; the test fails where there is none.
func (k *talking) last(t *testing.T) *calleeLeg {
	t.Helper()
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if len(k.legs) == 0 {
		t.Fatalf("%s has answered no call", k.name)
	}
	return k.legs[len(k.legs)-1]
}

// request is one within the call.
func (l *calleeLeg) request(method string) *request {
	l.cseq++
	r := &request{
		method: method, uri: uriIn(l.invite.Header(sip.HeaderContact)), branch: "z9hG4bK" + word(), callID: l.invite.CallID(), cseq: l.cseq,
		from: l.invite.To() + ";tag=" + l.tag, to: l.invite.From(), contact: "<" + l.phone.contact() + ">",
	}
	for value := range l.invite.Values(sip.HeaderRecordRoute) {
		r.fields = append(r.fields, "Route: "+value)
	}
	return r
}

// press sends digits as INFO requests, one after the other.
func (l *calleeLeg) press(digits string) {
	for _, digit := range digits {
		r := l.request("INFO")
		r.body = "Signal=" + string(digit) + "\r\nDuration=100\r\n"
		r.fields = append(r.fields, "Content-Type: application/dtmf-relay")
		l.phone.sign(r)
		_, _ = l.phone.once(r, timerT1*4) // the call may be over
	}
}

// id is the dialog of the call as the server knows it, which is at the other end.
func (l *calleeLeg) id() sip.DialogID {
	return sip.DialogID{CallID: l.invite.CallID(), LocalTag: l.invite.FromTag(), RemoteTag: l.tag}
}

// dialsWithin presses a code, and behind it a number.
func dialsWithin(press func(digits string), code, number string) {
	press(code)
	time.Sleep(400 * time.Millisecond) // a code ends when no digit follows, or at once
	press(number + "#")
	time.Sleep(400 * time.Millisecond)
}
