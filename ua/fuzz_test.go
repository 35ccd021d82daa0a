package ua_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// FuzzFarSide has a far side and a user that keep to no rule, one act a byte: whatever they do, nothing
// panics, and in the end nothing is left.
func FuzzFarSide(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		script := make([]byte, 200)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		w := &wild{bench: newBench(t, func(s *ua.Settings) { s.Reliable, s.Secure = len(script)%2 == 0, sdp.Policy(len(script)%3) }), script: script}
		w.handle(ua.Handlers{
			Invite: func(*ua.Call) {}, Info: func(*ua.Call, *sip.Message) int { return 200 }, Message: func(ua.Letter) int { return 200 },
			Replace: func(c, _ *ua.Call) { c.Ring() }, Join: func(c, _ *ua.Call) { _ = c.Answer() },
		})
		for len(w.script) > 0 && len(script) < 2000 {
			w.act()
		}
		for _, c := range w.a.Calls() {
			w.do(func(*ua.Agent) { c.HangUp() })
		}
		w.run(10 * time.Minute)
		w.forget().gone("after all that")
	})
}

// wild is a bench whose far side does what a script says.
type wild struct {
	*bench
	script []byte
	fars   []*far
	asked  []*sip.Message // requests of the agent's
	heard  []*sip.Message // its responses
}

func (w *wild) pick(among int) int {
	if len(w.script) == 0 || among == 0 {
		return 0
	}
	n := int(w.script[0]) % among
	w.script = w.script[1:]
	return n
}

func (w *wild) act() {
	switch w.pick(12) {
	case 0:
		f := w.far()
		w.fars = append(w.fars, f)
		w.receive(f.request("INVITE", w.fields()...))
	case 1, 2, 3:
		w.request()
	case 4, 5, 6:
		w.respond()
	case 7, 8, 9:
		w.use()
	case 10:
		w.do(func(a *ua.Agent) {
			_, _ = a.Invite(ua.Invitation{Target: "sip:alice@example.test", Offerless: w.pick(2) == 0, OnHold: w.pick(3) == 0})
		})
	case 11:
		w.run(time.Duration(1+w.pick(200)*w.pick(200)) * 10 * time.Millisecond)
	}
	for _, m := range w.sent {
		if m.IsRequest() {
			w.asked = append(w.asked, m)
		} else {
			w.heard = append(w.heard, m)
			for _, f := range w.fars {
				if f.callID == m.CallID() && f.peer == "" {
					f.peer = m.ToTag()
				}
			}
		}
	}
	w.sent, w.to = nil, nil
}

// fields are header fields and bodies that a far side may send.
func (w *wild) fields() (fields []string) {
	all := []string{
		"Require: 100rel", "Supported: 100rel, timer", "Session-Expires: 90;refresher=uac", "Session-Expires: 100;refresher=uas", "Min-SE: 95",
		fmt.Sprint("RSeq: ", 1+w.pick(4)), "Allow: UPDATE, INVITE", "Retry-After: 1", "Expires: 10", "Record-Route: <sip:192.0.2.10:5060;lr>", "Record-Route: <sip:192.0.2.66>",
	}
	seen := map[string]bool{}
	for range w.pick(4) {
		field := all[w.pick(len(all))]
		name, _, _ := strings.Cut(field, ":")
		if !seen[name] {
			fields, seen[name] = append(fields, field), true
		}
	}
	switch w.pick(8) {
	case 0, 1, 2:
		fields = append(fields, offer)
	case 3:
		fields = append(fields, held)
	case 4:
		fields = append(fields, strings.Replace(offer, "AVP 0", "AVP 18", 1))
	case 5:
		fields = append(fields, "v=0\r\nnonsense")
	}
	return fields
}

func (w *wild) request() {
	if len(w.fars) == 0 {
		return
	}
	f := w.fars[w.pick(len(w.fars))]
	method := []string{"ACK", "BYE", "CANCEL", "INVITE", "UPDATE", "PRACK", "INFO", "OPTIONS"}[w.pick(8)]
	fields := w.fields()
	switch {
	case method == "CANCEL":
		peer := f.peer
		f.peer = ""
		w.receive(f.again("CANCEL", f.branch))
		f.peer = peer
		return
	case method == "ACK" && w.pick(2) == 0:
		w.receive(f.refused())
		return
	case method == "PRACK" && len(w.heard) > 0:
		fields = append([]string{rack(w.heard[len(w.heard)-1-w.pick(min(4, len(w.heard)))])}, fields...)
	case method == "INVITE" && w.pick(4) == 0 && len(w.fars) > 1:
		other := w.fars[w.pick(len(w.fars))]
		fields = append([]string{
			fmt.Sprintf("%s: %s;to-tag=%s;from-tag=%s", []string{"Replaces", "Join"}[w.pick(2)], other.callID, other.peer+"x"[:min(1, w.pick(8)/7)], other.local),
			"P-Asserted-Identity: <sip:alice@example.test>",
		}, fields...)
		f = w.far()
		w.fars = append(w.fars, f)
	}
	w.receive(f.request(method, fields...))
}

func (w *wild) respond() {
	if len(w.asked) == 0 {
		return
	}
	m := w.asked[max(0, len(w.asked)-1-w.pick(6))]
	if m.Method() == sip.ACK {
		return
	}
	var f *far
	for _, known := range w.fars {
		if known.callID == m.CallID() {
			f = known
		}
	}
	if f == nil {
		f = w.far()
		f.callID, f.peer = m.CallID(), m.FromTag()
		w.fars = append(w.fars, f)
	}
	local := f.local
	if m.ToTag() == "" && w.pick(5) == 0 {
		f.local = fmt.Sprint("fork", w.pick(3))
	}
	status := []string{
		"100 Trying", "180 Ringing", "183 Session Progress", "199 Early Dialog Terminated", "200 OK", "200 OK", "200 OK", "302 Moved", "422 Small",
		"481 Gone", "486 Busy", "487 Terminated", "491 Pending", "500 Error", "503 Down", "407 Proxy Authentication Required",
	}[w.pick(16)]
	fields := w.fields()
	if status[:3] == "407" {
		fields = append(fields, challenge("Proxy-Authenticate", "example.test", fmt.Sprint("n", w.pick(3)), []string{"", ", stale=true"}[w.pick(2)]))
	}
	w.receive(f.response(m, status, fields...))
	f.local = local
}

// use is what the person at the phone does.
func (w *wild) use() {
	calls := w.a.Calls()
	if len(calls) == 0 {
		return
	}
	c := calls[w.pick(len(calls))]
	change := func(do func(*ua.Call, *task.Task) error) {
		w.task(func(t *task.Task) error { return do(c, t) })
	}
	switch w.pick(13) {
	case 0, 1, 2:
		w.do(func(*ua.Agent) { _ = c.Answer() })
	case 3:
		w.do(func(*ua.Agent) { _ = c.Early(sip.Answer{Code: 183}) })
	case 4:
		w.do(func(*ua.Agent) { c.Ring() })
	case 5:
		w.do(func(*ua.Agent) { c.Reject(sip.Answer{Code: 486}) })
	case 6:
		w.do(func(*ua.Agent) { c.HangUp() })
	case 7:
		w.do(func(*ua.Agent) { c.Cancel() })
	case 8:
		change((*ua.Call).Hold)
	case 9:
		change((*ua.Call).Resume)
	case 10:
		change((*ua.Call).Update)
	case 11:
		change((*ua.Call).Renegotiate)
	case 12:
		change((*ua.Call).Reinvite)
	}
}
