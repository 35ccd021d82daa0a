//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack20Takeover: somebody who is no end of a call knows all its identifiers and asks to replace an
// end, to join, or to have it transferred.
//
// Anchor: RFC 3891 §8, RFC 3911 §8. Must: the user is authorised, not the identifiers; who must not see
// them is not told them.
//
// Figure: INVITE with Replaces or Join, and REFER, outside the dialog and within it, through the server
// and straight to the phone, from a stranger and from a user of the domain with the right password: 403,
// 481 or a challenge; 0 takeovers, and the call still talks.
func TestAttack20Takeover(t *testing.T) {
	s := startServer(t, setup{users: []string{"erin"}})
	beside(t, s, func() {
		home := freePort(t, netip.MustParseAddr("127.0.0.1"))
		dave := startOwnPhone(t, s, "dave", "--auto-answer", "--local", home.String())
		carol, erin := newPhone(t, s, "carol"), newPhone(t, s, "erin")
		carol.register(t)
		erin.register(t)
		insider := newPhone(t, s, "mallory")
		insider.register(t)
		thieves := []thief{{"a stranger", newPhone(t, s, "stranger"), false}, {"a user", insider, false}}
		for _, name := range []string{"stranger", "mallory", "carol"} {
			p := newPhone(t, s, name)
			p.server = home
			thieves = append(thieves, thief{name + " past the server", p, true})
		}
		for range sized(1, 20) {
			for _, who := range thieves {
				t.Run(who.name, func(t *testing.T) { takeOver(t, s, carol, dave, who) })
			}
			t.Run("with somebody else's permission", func(t *testing.T) { othersPermission(t, carol, dave, erin, insider) })
		}
	})
}

// thief is who tries to take a call over.
type thief struct {
	name  string
	phone *phone
	past  bool // sends straight to the phone
}

// refusals are the answers that a thief may get to a request that takes something.
var refusals = []int{401, 403, 405, 407, 481}

// standing is a call of carol's to dave's phone.
func standing(t *testing.T, carol *phone, dave *ownPhone) (*call, sip.DialogID) {
	t.Helper()
	invite := carol.request("INVITE", addressOf(dave.name))
	invite.body = offer(carol.local.Addr())
	c, code := carol.tryCall(invite)
	if c == nil {
		t.Fatalf("carol calls dave: %d", code)
	}
	wantTalking(t, dave)
	carol.forget()
	return c, sip.DialogID{CallID: invite.callID, LocalTag: c.ok.ToTag(), RemoteTag: c.ok.FromTag()}
}

// wantTalking: dave talks with carol, and with nobody else.
func wantTalking(t *testing.T, dave *ownPhone) {
	t.Helper()
	calls := dave.do(t, "calls").Calls
	if len(calls) != 1 || calls[0].State != "talking" || calls[0].URI != addressOf("carol") || calls[0].HeldByThem || calls[0].Focus {
		t.Errorf("dave talks with carol and nobody else: %+v", calls)
	}
}

// takeOver lets a thief try everything with one call.
func takeOver(t *testing.T, s *server, carol *phone, dave *ownPhone, who thief) {
	c, id := standing(t, carol, dave)
	codes := map[int]int{}
	for name, r := range thefts(c, id, who.phone) {
		who.phone.sign(r)
		code := 0
		if response, err := who.phone.once(r, 2*timerT1); err == nil {
			code = response.StatusCode()
		}
		if code == 407 && !who.past && who.phone.name == "mallory" { // a nonce for a user: with it
			if _, code = who.phone.tryRequest(r); code == 407 {
				t.Errorf("%s: %s: the right password is taken", who.name, name)
			}
		}
		codes[code]++
		// A user may watch that there are calls, as redial when free does; wantTold sees that it is no more.
		watches := code == 200 && strings.HasPrefix(name, "SUBSCRIBE") && who.phone.name == "mallory" && !who.past
		if !watches && !slices.Contains(refusals, code) {
			t.Errorf("%s: %s: answered %d, want one of %v", who.name, name, code, refusals)
		}
	}
	t.Logf("%s: %v", who.name, codes)
	for _, m := range carol.received("") {
		t.Errorf("%s: carol is asked:\n%s", who.name, m.Text())
	}
	wantTold(t, who.phone, id)
	wantTalking(t, dave)
	if err := c.hangUp(); err != nil {
		t.Errorf("%s: the call still stands, and ends by its own BYE: %v", who.name, err)
	}
}

// tryRequest sends a request with credentials, and gives its final response.
func (p *phone) tryRequest(r *request) (*sip.Message, int) {
	response, _, err := p.ask(r.again())
	if err != nil {
		return nil, 0
	}
	return response, response.StatusCode()
}

// wantTold: nobody told a thief the identifiers of the call, in an answer or a NOTIFY.
func wantTold(t *testing.T, thief *phone, id sip.DialogID) {
	t.Helper()
	time.Sleep(silently)
	for _, m := range thief.received(sip.NOTIFY) {
		if strings.Contains(m.Body(), id.CallID) || strings.Contains(m.Body(), id.LocalTag) || strings.Contains(m.Body(), id.RemoteTag) || strings.Contains(m.Body(), "carol") {
			t.Errorf("a thief is told the identifiers, or who talks:\n%s", m.Text())
		}
	}
	thief.forget()
}

// thefts are the requests of a thief, by what they try.
func thefts(c *call, id sip.DialogID, thief *phone) map[string]*request {
	found := map[string]*request{}
	swapped := sip.DialogID{CallID: id.CallID, LocalTag: id.RemoteTag, RemoteTag: id.LocalTag}
	contact := uriIn(c.ok.Header(sip.HeaderContact))
	for where, uri := range map[string]string{"to the user": addressOf("dave"), "to the phone": contact} {
		invite := func(field string) *request {
			r := thief.request("INVITE", uri)
			r.body = offer(thief.local.Addr())
			r.fields = append(r.fields, field)
			return r
		}
		found["Replaces "+where] = invite("Replaces: " + string(id.AppendReplaces(nil)))
		found["Replaces with its tags swapped "+where] = invite("Replaces: " + string(swapped.AppendReplaces(nil)))
		found["Replaces that is required "+where] = invite("Require: replaces\r\nReplaces: " + string(id.AppendReplaces(nil)))
		found["Join "+where] = invite("Join: " + string(id.AppendReplaces(nil)))
		found["Replaces by the word of carol "+where] = invite("Replaces: " + string(id.AppendReplaces(nil)) + "\r\nReferred-By: <" + addressOf("carol") + ">")
		inCarolsName := invite("Replaces: " + string(id.AppendReplaces(nil)) + "\r\nP-Asserted-Identity: <" + addressOf("carol") + ">")
		inCarolsName.from = "<" + addressOf("carol") + ">;tag=" + word()
		found["Replaces in carol's name "+where] = inCarolsName
		refer := func(to string, fields ...string) *request {
			r := thief.request("REFER", uri)
			r.fields = append(fields, "Refer-To: <"+to+">")
			return r
		}
		mine := "sip:" + thief.name + "@" + thief.place()
		found["REFER that names the call "+where] = refer(mine, "Target-Dialog: "+string(id.AppendTargetDialog(nil)))
		found["REFER that names the call by the word of carol "+where] = refer(mine, "Target-Dialog: "+string(id.AppendTargetDialog(nil)), "Referred-By: <"+addressOf("carol")+">")
		found["REFER with Replaces "+where] = refer(mine+"?Replaces="+url.QueryEscape(string(swapped.AppendReplaces(nil))), "Target-Dialog: "+string(id.AppendTargetDialog(nil)))
		subscribe := thief.request("SUBSCRIBE", uri)
		subscribe.fields = []string{"Event: dialog", "Accept: application/dialog-info+xml", "Expires: 60"}
		found["SUBSCRIBE to its dialogs "+where] = subscribe
	}
	for _, direction := range []string{"as carol", "as carol, without a route"} {
		r := c.request("REFER")
		r.contact, r.cseq = "<"+thief.contact()+">", r.cseq+100
		if direction != "as carol" {
			r.fields = nil
		}
		r.fields = append(slices.Clone(r.fields), fmt.Sprintf("Refer-To: <sip:%s@%s>", thief.name, thief.place()))
		found["REFER within the call "+direction] = r
		for _, method := range []string{"BYE", "INVITE", "UPDATE", "INFO"} {
			other := *r
			other.method, other.branch, other.cseq = method, "z9hG4bK"+word(), other.cseq+1
			found[method+" within the call "+direction] = &other
		}
	}
	return found
}

// othersPermission: carol tells erin how to take the call over. That lets erin do it, once, and nobody
// else; and who is in no call gives no permission for it.
func othersPermission(t *testing.T, carol *phone, dave *ownPhone, erin, mallory *phone) {
	c, id := standing(t, carol, dave)
	letter := func(from *phone, to string) {
		t.Helper()
		r := from.request("MESSAGE", addressOf(to))
		r.contact = ""
		r.body = "<" + addressOf("dave") + "?Replaces=" + url.QueryEscape(string(id.AppendReplaces(nil))) + ">"
		if response, _, err := from.ask(r); err != nil || response.StatusCode() != 200 {
			t.Fatalf("%s writes to %s: %v%s", from.name, to, err, textOf(response))
		}
	}
	take := func(who *phone) (*call, int) {
		r := who.request("INVITE", uriIn(c.ok.Header(sip.HeaderContact)))
		r.body = offer(who.local.Addr())
		r.fields = []string{"Replaces: " + string(id.AppendReplaces(nil))}
		return who.tryCall(r)
	}
	letter(mallory, "mallory")
	letter(mallory, "erin")
	for _, who := range []*phone{mallory, erin} {
		if _, code := take(who); code != 403 {
			t.Errorf("a letter of mallory's is no permission for %s: %d", who.name, code)
		}
	}
	letter(carol, "erin")
	if _, code := take(mallory); code != 403 {
		t.Errorf("carol's letter to erin is no permission for mallory: %d", code)
	}
	wantTalking(t, dave)
	taken, code := take(erin)
	if taken == nil {
		t.Errorf("erin may take the call over: %d", code)
		_ = c.hangUp() // it still stands
		return
	}
	eventually(t, patience, "carol is told", func() bool { return len(carol.received(sip.BYE)) > 0 })
	if err := taken.hangUp(); err != nil {
		t.Errorf("erin hangs up: %v", err)
	}
}
