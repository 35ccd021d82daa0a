//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack18Bridged: the same where the server stands between the telephones of all calls, and makes calls of its own for
// those who talk: what they write into addresses, refer to, and press.
//
// Anchor: CFCA 2023, USD 38.95 bn. Must: whoever has the server call somebody pays for it; a leg whose user nobody vouches for
// presses no code, whomever was called there.
//
// Figure: 0 calls to barred numbers by dialling, REFER within and outside the call, the codes of a call (transfer, consultation,
// three-way, hand-over), the address of the server's own agent, the telephone to which a call was forwarded, an answer in
// somebody else's name, a caller from the trunk, and whom a conference room is to call.
func TestAttack18Bridged(t *testing.T) {
	hop := freeAddress(t)
	twin := netip.AddrPortFrom(hop.Addr().Next(), hop.Port())
	keys := fraudKeys(hop)
	keys["outside"] = fmt.Sprintf(`outgoing: {class: premium}, forward: {unconditional: "%s"}`, paid)
	s := startServer(t, setup{users: fraudUsers, keys: keys, lines: append(append(trunkLines(fmt.Sprintf(
		", sources: [%q, %q], emergency: true, default: dora", netip.PrefixFrom(hop.Addr(), 32), netip.PrefixFrom(twin.Addr(), 32)), hop), fraudLines...), helpEverybody, `rooms: [{number: "3300", members-invite: true}]`)})
	f := &fraud{s: s, gateway: openGateway(t, s, hop), twin: openGateway(t, s, twin), mallory: newPhone(t, s, "mallory"), carol: newPhone(t, s, "carol")}
	f.mallory.register(t)
	f.carol.register(t)
	carol, beyond := talks(f.carol), f.talkingGateway()
	for _, attack := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"allowed", func(t *testing.T) { f.allowedWithin(t, carol) }},
		{"spellings", f.spellings},
		{"past the rules", f.bridgedAddresses},
		{"settings", f.settings},
		{"redirects", f.redirects},
		{"agents", f.agents},
		{"from the trunk", f.fromTrunk},
		{"REFER", func(t *testing.T) { f.bridgedRefers(t, carol) }},
		{"codes", func(t *testing.T) { f.bridgedCodes(t, carol) }},
		{"forwarded", func(t *testing.T) { f.forwardedLeg(t, beyond) }},
		{"forged", f.forgedAnswer},
		{"rooms", func(t *testing.T) { f.rooms(t, beyond) }},
	} {
		t.Run(attack.name, attack.run)
		f.none(t, attack.name)
	}
	t.Logf("%d ways were tried", f.tried)
	s.alive(t)
}

// talkingGateway has the telephone network answer with a description of its media.
func (f *fraud) talkingGateway() *talking {
	k := talks(f.gateway.phone)
	answers := f.gateway.behave
	f.gateway.onRequest(func(p *phone, m *sip.Message) {
		f.gateway.note(m)
		answers(p, m)
	})
	return k
}

// barredOnes are barred numbers as they are pressed.
var barredOnes = []string{"0019005551234", "09001234567", "00447700900123"}

// allowedWithin: who may call a number may have others connected with it, so that the gateway would see who may not.
func (f *fraud) allowedWithin(t *testing.T, carol *talking) {
	c := mustCall(t, f.mallory, addressOf("carol"))
	dialsWithin(carol.last(t).press, "##", barredOnes[0])
	eventually(t, patience, "carol, who may, connects mallory", func() bool { return len(f.gateway.take()) == 1 })
	_ = c.hangUp() // the far end of it may have gone
	c = mustCall(t, f.mallory, addressOf("carol"))
	dialsWithin(func(digits string) { c.press(digits) }, "##", strings.Replace(paid, "+49", "0", 1))
	eventually(t, patience, "mallory may connect carol with a number within the country", func() bool { return len(f.gateway.take()) == 1 })
	_ = c.hangUp() // as above
	time.Sleep(silently)
	f.gateway.take()
}

// bridgedAddresses writes into an address what the server alone may say.
func (f *fraud) bridgedAddresses(t *testing.T) {
	hop := f.gateway.local.String()
	for _, number := range []string{"+19005551234", "0019005551234", "%2B19005551234"} {
		for _, place := range []string{domain, hop, f.s.address.String()} {
			for _, params := range []string{"", ";payer=carol", ";phones;payer=carol", ";payer=%63arol", ";PAYER=carol", ";payer=carol;payer=mallory", "?payer=carol", ";user=phone;payer=carol"} {
				f.dial(f.mallory, "sip:"+number+"@"+place+params)
				f.none(t, number+"@"+place+params)
			}
		}
	}
	to := "sip%3A%2B19005551234%40example.test%3Bpayer%3Dcarol"
	for _, uri := range []string{
		"sip:bridge@" + domain + ";to=" + to, "sip:bridge@" + f.s.address.String() + ";to=" + to, "sip:br%69dge@" + domain + ";to=" + to, "sip:bridge@" + domain + ";to=%2B19005551234",
		"sip:bridge@" + domain + ";join=" + to, "sip:bridge@" + domain + ";take=" + to, "sip:bridge@" + domain + ";take=x;to=" + to, "sip:bridge@" + domain + ";payer=carol;to=" + to,
	} {
		for _, fields := range [][]string{nil, {"Replaces: a;from-tag=b;to-tag=c"}, {"Join: a;from-tag=b;to-tag=c"}, {"P-Asserted-Identity: <" + addressOf("carol") + ">"}} {
			if code := f.dial(f.mallory, uri, fields...); code < 400 {
				t.Errorf("%s with %q is answered %d", uri, fields, code)
			}
			f.none(t, uri)
		}
	}
}

// bridgedRefers refers those who talk through the server.
func (f *fraud) bridgedRefers(t *testing.T, carol *talking) {
	targets := []string{
		"sip:+19005551234@" + domain, "tel:+19005551234", "sip:+19005551234@" + domain + ";payer=carol", "sip:0019005551234@" + f.gateway.local.String(), "sip:forwards@" + domain,
		"sip:bridge@" + domain + ";to=sip%3A%2B19005551234%40example.test%3Bpayer%3Dcarol", "sip:+19005551234@" + domain + "?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc", "sip:+19005551234@" + domain + ";phones;payer=carol",
		"sip:*72%2B19005551234@" + domain, "sip:+19005551234@" + domain + "?P-Asserted-Identity=%3Csip:carol%40example.test%3E",
	}
	for _, who := range []*phone{f.mallory, f.gateway.phone} {
		uri := addressOf("carol")
		if who == f.gateway.phone {
			uri = "sip:+4930123453@" + f.s.address.String()
		}
		for _, to := range targets {
			for _, outside := range []bool{false, true} {
				c := mustCall(t, who, uri)
				r := c.request("REFER")
				if outside {
					id := dialogOf(c)
					r = who.request("REFER", addressOf("carol"))
					r.fields = append(r.fields, "Target-Dialog: "+string(sip.DialogID{CallID: id.CallID, LocalTag: id.RemoteTag, RemoteTag: id.LocalTag}.AppendTargetDialog(nil)))
				}
				r.fields = append(r.fields, "Refer-To: <"+to+">")
				f.tried++
				response, code := who.tryRequest(r)
				time.Sleep(2 * silently)
				f.none(t, fmt.Sprintf("%s refers carol to %s (outside the dialog: %v): %d%s", who.name, to, outside, code, textOf(response)))
				_ = carol.last(t) // she was called
				c.invite.cseq += 10
				_ = c.hangUp() // it may have been transferred
			}
		}
	}
}

// bridgedCodes presses the codes of a call.
func (f *fraud) bridgedCodes(t *testing.T, carol *talking) {
	for _, code := range []string{"##", "*2", "*3", "*6"} {
		for _, number := range barredOnes {
			c := mustCall(t, f.mallory, addressOf("carol"))
			f.tried++
			dialsWithin(func(digits string) { c.press(digits) }, code, number)
			f.none(t, fmt.Sprintf("mallory presses %s and %s", code, number))
			_ = c.hangUp() // it may be over
		}
		stranger := mustCall(t, f.gateway.phone, "sip:+4930123453@"+f.s.address.String())
		f.tried++
		dialsWithin(func(digits string) { stranger.press(digits) }, code, strings.Replace(paid, "+49", "0", 1))
		f.none(t, "a caller from the trunk presses "+code)
		stranger.invite.cseq++
		if err := stranger.hangUp(); err != nil {
			t.Errorf("what a stranger presses after %s changes nothing: %v", code, err)
		}
	}
	_ = carol.last(t)
}

// forwardedLeg calls a user whose calls go to a number of the telephone network: who answers there is not that user, whatever
// the answer says.
func (f *fraud) forwardedLeg(t *testing.T, beyond *talking) {
	for _, code := range []string{"##", "*2", "*3", "*6"} {
		c := mustCall(t, f.mallory, addressOf("outside"))
		if calls := f.gateway.take(); len(calls) != 1 || numberIn(calls[0]) != paid {
			t.Fatalf("the call is forwarded: %q", calls)
		}
		f.tried++
		dialsWithin(beyond.last(t).press, code, barredOnes[0])
		f.none(t, "the telephone to which a call was forwarded presses "+code)
		r := beyond.last(t).request("REFER")
		r.fields = append(r.fields, "Refer-To: <sip:+19005551234@"+domain+">", "P-Asserted-Identity: <"+addressOf("outside")+">", "Referred-By: <"+addressOf("outside")+">")
		_, _ = beyond.once(r, timerT1*4)
		time.Sleep(2 * silently)
		f.none(t, "the telephone to which a call was forwarded refers")
		_ = c.hangUp() // it may be over
	}
}

// forgedAnswer has mallory's telephone answer in carol's name: the server alone says who has answered.
func (f *fraud) forgedAnswer(t *testing.T) {
	dave := newPhone(t, f.s, "dave")
	dave.register(t)
	k := talks(f.mallory)
	defer f.mallory.onRequest(nil)
	k.fields = []string{
		"P-Asserted-Identity: <" + addressOf("carol") + ">", "P-Asserted-Identity: \"Carol\" <" + addressOf("carol") + ">, <tel:+4930123453>", "P-Preferred-Identity: <" + addressOf("carol") + ">",
		"Remote-Party-ID: <" + addressOf("carol") + ">;party=called", "P-Called-Party-ID: <" + addressOf("carol") + ">", "p-asserted-identity : <" + addressOf("carol") + ">",
	}
	for _, code := range []string{"##", "*2", "*3"} {
		c := mustCall(t, dave, addressOf("mallory"))
		f.tried++
		dialsWithin(k.last(t).press, code, barredOnes[0])
		f.none(t, "mallory answers in carol's name, and presses "+code)
		_ = c.hangUp() // it may be over
	}
}

// rooms has conference rooms call barred numbers.
func (f *fraud) rooms(t *testing.T, beyond *talking) {
	for _, room := range []string{"3300", "3150"} { // one of the configuration, and one that mallory makes
		c := mustCall(t, f.mallory, addressOf(room))
		press := func(digits string) { c.press(digits) }
		for _, number := range barredOnes {
			f.tried++
			dialsWithin(press, "*6", number)
			f.none(t, "mallory has the room "+room+" call "+number)
		}
		for _, to := range []string{
			"sip:+19005551234@" + domain, "sip:+19005551234@" + domain + ";payer=carol", "tel:+19005551234", "sip:+19005551234@" + domain + ";phones;payer=carol", "sip:+19005551234@" + f.gateway.local.String(),
			"sip:forwards@" + domain, "sip:bridge@" + domain + ";to=sip%3A%2B19005551234%40example.test%3Bpayer%3Dcarol",
		} {
			for _, r := range []*request{c.request("REFER"), f.mallory.request("REFER", addressOf("conference")+";room="+room), f.mallory.request("REFER", addressOf(room))} {
				f.tried++
				c.invite.cseq++
				r.fields = append(r.fields, "Refer-To: <"+to+">", "Referred-By: <"+addressOf("carol")+">")
				_, code := f.mallory.tryRequest(r)
				time.Sleep(silently)
				f.none(t, fmt.Sprintf("mallory refers the room %s to %s: %d", room, to, code))
			}
		}
		f.guestOfRoom(t, c, beyond)
		c.invite.cseq++
		_ = c.hangUp() // the room may have ended
	}
}

// guestOfRoom has the room call somebody whose calls go to the telephone network, where keys are pressed then.
func (f *fraud) guestOfRoom(t *testing.T, c *call, beyond *talking) {
	r := c.request("REFER")
	c.invite.cseq++
	r.fields = append(r.fields, "Refer-To: <"+addressOf("outside")+">")
	if _, code := f.mallory.tryRequest(r); code != 200 {
		t.Errorf("the room calls whom mallory wants: %d", code)
	}
	eventually(t, patience, "the room's call is forwarded", func() bool {
		calls := f.gateway.take()
		return len(calls) == 1 && numberIn(calls[0]) == paid
	})
	time.Sleep(silently)
	f.tried++
	dialsWithin(beyond.last(t).press, "*6", barredOnes[0])
	f.none(t, "who was called by the room presses its keys")
}
