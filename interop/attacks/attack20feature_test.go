//go:build interop

package attacks

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// prize is a call that thieves want: its identifiers, and what they dial for it.
type prize struct {
	name    string
	id      sip.DialogID
	dialled []string // addresses that lead to it for those who may
	watched []string // addresses whose lamps show it
	ends    []*phone // who must hear nothing of it
}

// TestAttack20Features: a parked call, one that still rings, one that hears music and one that stands are taken over by a
// stranger, or by a user of no group that may: by dialling, with the right identifiers, or by having the server's own agents
// do it.
//
// Anchor: RFC 3891 §8, RFC 4235 §6. Must: the user is authorised, not the identifiers; an agent does for a user what that user
// may do, and no more; lamps tell identifiers to those alone who may use them.
//
// Figure: 0 takeovers; a NOTIFY tells a user who may not pick up no identifier and no far side, and a stranger gets none;
// members of the group take each of the calls afterwards.
func TestAttack20Features(t *testing.T) {
	s := startServer(t, setup{
		users: []string{"erin", "frank"}, keys: map[string]string{"carol": `numbers: ["1003"]`},
		lines: []string{"guests: true", "groups: [{name: sales, members: [carol, erin], pickup: true, numbers: [\"1300\"]}]", "park: {members: [sales]}"},
	})
	beside(t, s, func() {
		carol, dave, erin := newPhone(t, s, "carol"), newPhone(t, s, "dave"), newPhone(t, s, "erin")
		for _, p := range []*phone{carol, dave, erin} {
			p.register(t)
		}
		var thieves [2][]*phone
		for i, name := range []string{"mallory", "frank"} { // each may refer so often
			own := newPhone(t, s, name)
			own.register(t)
			thieves[i] = []*phone{own, newPhone(t, s, "stranger"), newPhone(t, s, guestName)}
		}
		for range sized(1, 20) {
			parkedPrize(t, carol, erin, thieves[0])
			ringingPrize(t, carol, dave, erin, thieves[1])
			talkingPrize(t, carol, dave, thieves[0])
			musicPrize(t, carol, thieves[1])
		}
	})
}

// guestName is the thief who is of another domain.
const guestName = "guest"

// insider tells whether a thief is one of our users.
func insider(who *phone) bool { return who.name == "mallory" || who.name == "frank" }

// dialogOf is a call of a phone's, as its far side has it.
func dialogOf(c *call) sip.DialogID {
	return sip.DialogID{CallID: c.invite.callID, LocalTag: c.ok.ToTag(), RemoteTag: c.ok.FromTag()}
}

// mustCall is a call to an address, with further fields.
func mustCall(t *testing.T, who *phone, uri string, fields ...string) *call {
	t.Helper()
	r := who.request("INVITE", uri)
	r.body = offer(who.local.Addr())
	r.fields = append(r.fields, fields...)
	c, code := who.tryCall(r)
	if c == nil {
		t.Fatalf("%s calls %s: %d", who.name, uri, code)
	}
	return c
}

func parkedPrize(t *testing.T, carol, erin *phone, thieves []*phone) {
	t.Helper()
	place := "sip:park@" + domain + ";orbit=701"
	c := mustCall(t, carol, place, "Referred-By: <"+addressOf("erin")+">", "Supported: replaces")
	steal(t, thieves, prize{
		name: "a parked call", id: dialogOf(c), ends: []*phone{carol}, watched: []string{place, "sip:park@" + domain, addressOf("701")},
		dialled: []string{
			place, place + ";bridge", place + ";retrieve", "sip:park@" + domain + ";retrieve", addressOf("701"), addressOf("park+701"), addressOf("callpark") + ";orbit=701",
			addressOf("%2372"), addressOf("5901"), "sip:p%61rk@" + domain + ";orbit=701", place + ";user=erin", "sip:park@" + domain + ";orbit=sales;retrieve",
		},
	})
	taken := mustCall(t, erin, addressOf("701"))
	if got := carol.received(sip.INVITE); len(got) == 0 || !got[0].Has(sip.HeaderReplaces) {
		t.Errorf("erin, who may, is connected with carol: %d INVITEs", len(got))
	}
	_ = taken.hangUp() // carol may have been faster
	_ = c.hangUp()     // erin's call has replaced it, if its phone was asked to
}

func ringingPrize(t *testing.T, carol, dave, erin *phone, thieves []*phone) {
	t.Helper()
	rings := make(chan *sip.Message, 1)
	carol.onRequest(func(p *phone, m *sip.Message) {
		switch m.Method() {
		case sip.INVITE:
			p.send(answer(m, "180 Ringing", "rings", "Contact: <"+p.contact()+">"))
			rings <- m
		case sip.CANCEL:
			p.respond(m, "200 OK")
			select {
			case invite := <-rings:
				p.respond(invite, "487 Request Terminated")
			default:
			}
		default:
			p.accept(m)
		}
	})
	defer carol.onRequest(nil)
	r := dave.request("INVITE", addressOf("carol"))
	r.body = offer(dave.local.Addr())
	r.fields = []string{"Supported: replaces"}
	dave.sign(r)
	ended := make(chan int, 1)
	go func() {
		response, _, err := dave.ask(r)
		if err != nil {
			ended <- 0
			return
		}
		ended <- response.StatusCode()
	}()
	var invite *sip.Message
	select {
	case invite = <-rings:
		rings <- invite
	case <-time.After(patience):
		t.Fatal("carol's phone does not ring")
	}
	id := sip.DialogID{CallID: invite.CallID(), LocalTag: "rings", RemoteTag: invite.FromTag()}
	steal(t, thieves, prize{
		name: "a call that rings", id: id, ends: []*phone{dave}, watched: []string{addressOf("carol"), addressOf("sales"), addressOf("1003"), addressOf("dave")},
		dialled: []string{addressOf("*8"), addressOf("**carol"), addressOf("**1003"), addressOf("**1300"), addressOf("**sales"), addressOf("**dave"), addressOf("%2A%2Acarol"), addressOf("*8") + ";user=erin"},
	})
	dave.onRequest(func(p *phone, m *sip.Message) {
		p.accept(m)
		if m.Method() == sip.INVITE { // RFC 3891 §3: in the place of the call that rings
			cancel := *r
			cancel.method, cancel.fields, cancel.body, cancel.contact = "CANCEL", nil, "", ""
			p.send(cancel.text(p.transport, p.place()))
		}
	})
	defer dave.onRequest(nil)
	taken := mustCall(t, erin, addressOf("*8"))
	if got := dave.received(sip.INVITE); len(got) == 0 || !got[0].Has(sip.HeaderReplaces) {
		t.Errorf("erin, who may, is connected with dave: %d INVITEs", len(got))
	}
	_ = taken.hangUp() // dave may have been faster
	select {
	case code := <-ended:
		if code != 487 {
			t.Errorf("dave's own call ended with %d", code)
		}
	case <-time.After(patience):
		t.Error("dave's INVITE is not answered when erin has picked it up")
	}
}

func musicPrize(t *testing.T, carol *phone, thieves []*phone) {
	t.Helper()
	music := addressOf("music")
	c := mustCall(t, carol, music, "Supported: replaces")
	steal(t, thieves, prize{name: "a call that hears music", id: dialogOf(c), ends: []*phone{carol}, watched: []string{music}})
	if err := c.hangUp(); err != nil {
		t.Errorf("the music stands until carol hangs up: %v", err)
	}
}

func talkingPrize(t *testing.T, carol, dave *phone, thieves []*phone) {
	t.Helper()
	c := mustCall(t, carol, addressOf("dave"), "Supported: replaces")
	dave.forget()
	steal(t, thieves, prize{name: "a call that stands", id: dialogOf(c), ends: []*phone{carol, dave}, watched: []string{addressOf("carol"), addressOf("dave"), addressOf("sales")}})
	if err := c.hangUp(); err != nil {
		t.Errorf("the call stands until carol hangs up: %v", err)
	}
}

// steal lets every thief try everything.
func steal(t *testing.T, thieves []*phone, p prize) {
	t.Helper()
	for _, end := range p.ends {
		end.forget()
	}
	for _, who := range thieves {
		codes := map[int]int{}
		for name, r := range p.attempts(who) {
			code := 0
			if who.name == guestName {
				r.from = strings.Replace(r.from, "sip:"+guestName+"@"+domain, "sip:eve@elsewhere.test", 1)
			}
			if r.method == "INVITE" {
				var c *call
				if c, code = who.tryCall(r); c != nil && !onlyExcuses(c) {
					t.Errorf("%s: %s gets it by %s: answered %d by %s", p.name, who.name, name, code, c.ok.Header(sip.HeaderContact))
				}
				if c != nil {
					_ = c.hangUp() // whatever it was
				}
			} else if response, _ := who.tryRequest(r); response != nil {
				code = response.StatusCode()
			}
			codes[code]++
		}
		p.lamps(t, who)
		t.Logf("%s: %s: %v", p.name, who.name, codes)
	}
	time.Sleep(silently)
	for _, end := range p.ends {
		for _, m := range end.received("") {
			if m.Method() != sip.NOTIFY && m.Method() != sip.ACK {
				t.Errorf("%s: %s is asked:\n%s", p.name, end.name, m.Text())
			}
		}
	}
}

// onlyExcuses tells an answer of an agent that only says why not; that the call was not touched is seen at its ends.
func onlyExcuses(c *call) bool {
	uri := uriIn(c.ok.Header(sip.HeaderContact))
	return strings.HasPrefix(uri, addressOf("codes")) || strings.HasPrefix(uri, addressOf("announce"))
}

// attempts are what a thief tries.
func (p *prize) attempts(thief *phone) map[string]*request {
	found := map[string]*request{}
	invite := func(uri string, fields ...string) *request {
		r := thief.request("INVITE", uri)
		r.body = offer(thief.local.Addr())
		r.fields = append(r.fields, fields...)
		return r
	}
	refer := func(uri, to string, fields ...string) *request {
		r := thief.request("REFER", uri)
		r.fields = append(fields, "Refer-To: <"+to+">")
		return r
	}
	for _, uri := range p.dialled {
		found["dialling "+uri] = invite(uri)
		found["in erin's name "+uri] = invite(uri, "P-Asserted-Identity: <"+addressOf("erin")+">", "Referred-By: <"+addressOf("nobody")+">", "Remote-Party-ID: <"+addressOf("erin")+">")
		forged := invite(uri)
		forged.from = "<" + addressOf("erin") + ">;tag=" + word()
		found["from erin "+uri] = forged
	}
	swapped := sip.DialogID{CallID: p.id.CallID, LocalTag: p.id.RemoteTag, RemoteTag: p.id.LocalTag}
	for tags, id := range map[string]sip.DialogID{"right": p.id, "swapped": swapped} {
		replaces := string(id.AppendReplaces(nil))
		for _, uri := range []string{addressOf("carol"), addressOf("dave"), addressOf("park"), addressOf("park") + ";orbit=701", addressOf("music"), addressOf("click"), addressOf("redial"), addressOf("701"), addressOf("*8"), addressOf("bridge"), addressOf("bridge") + ";to=" + url.QueryEscape(addressOf("carol")), "sip:carol@" + p.ends[0].place()} {
			found["Replaces, "+tags+" "+uri] = invite(uri, "Require: replaces", "Replaces: "+replaces)
			found["Replaces early, "+tags+" "+uri] = invite(uri, "Replaces: "+replaces+";early-only")
			found["Join, "+tags+" "+uri] = invite(uri, "Join: "+replaces)
			for _, end := range []string{"carol", "dave"} {
				found["REFER of an agent, "+tags+" "+uri+end] = refer(uri, addressOf(end)+"?Replaces="+url.QueryEscape(replaces), "Referred-By: <"+addressOf("carol")+">")
			}
			found["REFER about it, "+tags+" "+uri] = refer(uri, "sip:"+thief.name+"@"+thief.place(), "Target-Dialog: "+string(id.AppendTargetDialog(nil)))
		}
		for _, method := range []string{"BYE", "UPDATE", "INFO", "REFER", "INVITE"} {
			r := thief.request(method, addressOf("park"))
			r.callID, r.to, r.from = id.CallID, "<"+addressOf("carol")+">;tag="+id.LocalTag, "<"+addressOf("carol")+">;tag="+id.RemoteTag
			r.cseq += 5000
			if method == "REFER" {
				r.fields = append(r.fields, "Refer-To: <sip:"+thief.name+"@"+thief.place()+">")
			}
			found[method+" within it, "+tags] = r
		}
	}
	return found
}

// lamps has a thief watch, and holds what is told to what may be known.
func (p *prize) lamps(t *testing.T, who *phone) {
	t.Helper()
	who.forget()
	for _, uri := range p.watched {
		for _, parameters := range []string{"", ";call-id=\"" + p.id.CallID + "\";from-tag=" + p.id.RemoteTag + ";to-tag=" + p.id.LocalTag} {
			r := who.request("SUBSCRIBE", uri)
			if who.name == guestName {
				r.from = "<sip:eve@elsewhere.test>;tag=" + word()
			}
			r.fields = []string{"Event: dialog" + parameters, "Accept: application/dialog-info+xml", "Expires: 0"}
			response, code := who.tryRequest(r)
			if response != nil && code/100 == 2 && !insider(who) {
				t.Errorf("%s: a stranger may watch %s", p.name, uri)
			}
		}
	}
	time.Sleep(silently)
	told := who.received(sip.NOTIFY)
	if !insider(who) && len(told) > 0 {
		t.Errorf("%s: a stranger is told:\n%s", p.name, told[0].Text())
	}
	for _, m := range told {
		secrets := []string{p.id.CallID, p.id.LocalTag, p.id.RemoteTag, p.ends[0].place()}
		if slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(m.Body(), secret) }) {
			t.Errorf("%s: %s is told by what it could be taken:\n%s", p.name, who.name, m.Text())
		}
	}
	who.forget()
}
