//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// barred are numbers that cost more than a call within the country.
var barred = []string{"+19005551234", "+499001234567", "+447700900123", "+88213123456", "+88351000123", "+8823456789012"}

// dear are the beginnings of German numbers that cost more than others, or choose another carrier.
var dear = []string{"+49900", "+49190", "+4913", "+4911", "+49180", "+49700", "+4910", "+4919", "+490"}

// ordinary tells whether anybody may call a number as the gateway gets it.
func ordinary(number string) bool {
	return number == "112" || strings.HasPrefix(number, "+49") && !slices.ContainsFunc(dear, func(prefix string) bool { return strings.HasPrefix(number, prefix) })
}

const (
	paid       = "+4930999888" // anybody may call it
	mostRefers = 60            // REFERs of one user that reach phones in a minute by each core, whatever he sends
)

// fraud is the scene of this attack: a gateway that counts, and users with their permissions.
type fraud struct {
	s       *server
	gateway *gateway
	twin    *gateway // another machine of the provider, not among the hops
	mallory *phone   // may call within the country
	carol   *phone   // may call everything
	tried   int
}

// TestAttack18TollFraud: a user who may not call a number gets it called all the same: by another
// spelling, past the rules to the gateway itself, or by somebody else's phone, settings or permission.
//
// Anchor: CFCA 2023, USD 38.95 bn. Must: whoever makes a call go somewhere needs the permission for it;
// a REFER comes from a user, and goes to an agent, to their own phone, or is about a call of theirs;
// REFER is limited by user.
//
// Figure: 0 calls to barred numbers by dialling, REFER, the 302 of a phone, forwarding, find-me, menus,
// registered contacts, Route, the gateway's host or address, the server's own agents, other methods,
// calls that came from the trunk; at most 60 REFERs of a user in a minute and core reach a phone.
func TestAttack18TollFraud(t *testing.T) {
	hop := freeAddress(t)
	twin := netip.AddrPortFrom(hop.Addr().Next(), hop.Port())
	s := startServer(t, setup{users: fraudUsers, keys: fraudKeys(hop), lines: append(trunkLines(fmt.Sprintf(
		", sources: [%q, %q], emergency: true, default: dora", netip.PrefixFrom(hop.Addr(), 32), netip.PrefixFrom(twin.Addr(), 32)), hop), fraudLines...)})
	beside(t, s, func() {
		f := &fraud{s: s, gateway: openGateway(t, s, hop), twin: openGateway(t, s, twin), mallory: newPhone(t, s, "mallory"), carol: newPhone(t, s, "carol")}
		f.mallory.register(t)
		f.carol.register(t)
		f.controls(t)
		for _, attack := range []struct {
			name string
			run  func(*testing.T)
		}{
			{"spellings", f.spellings},
			{"past the rules", f.pastTheRules},
			{"settings", f.settings},
			{"contacts", f.contacts},
			{"redirects", f.redirects},
			{"agents", f.agents},
			{"within calls", f.withinCalls},
			{"elsewhere", f.elsewhere},
			{"from the trunk", f.fromTrunk},
			{"REFER", f.refers},
			{"menu", f.menu},
			{"rate", f.rate},
		} {
			began := time.Now()
			t.Run(attack.name, attack.run)
			f.none(t, attack.name)
			t.Logf("%s: %s", attack.name, time.Since(began).Round(time.Millisecond))
		}
		f.controls(t)
		t.Logf("%d ways were tried", f.tried)
	})
}

// fraudUsers are those whose settings lead to barred numbers, and those they may be called on.
var fraudUsers = []string{"dora", "forwards", "finds", "both", "points", "asks", "dials", "contact", "strict", "outside"}

const fraudRules = `outgoing: {rules: [{to: ["+1*", "+88*", "+44*", "+49900*"], allow: false}]}`

// fraudKeys give users targets that they may not call. The file takes them where a rule, which may
// change by the hour, decides about the number.
func fraudKeys(hop netip.AddrPort) map[string]string {
	return map[string]string{
		"carol":    `numbers: ["1003", "+4930123453"], outgoing: {class: premium}`,
		"dora":     `numbers: ["1004"], outgoing: {class: internal}`,
		"forwards": fraudRules + `, forward: {unconditional: "+19005551234"}`,
		"finds":    fraudRules + `, find-me: {steps: [{ring: ["+19005551234", "+499001234567"], for: 1s}, {ring: ["+88213123456"], for: 1s, confirm: true}]}, forward: {no-answer: "+447700900123", busy: "+447700900123"}`,
		"both":     fraudRules + fmt.Sprintf(`, forward: {unconditional: "sip:+19005551234@%s"}`, hop),
		"points":   "redirects: follow",
		"asks":     `forward: {unconditional: "sip:ask@example.test;target=sip:%2B19005551234%40example.test%3Bpayer%3Dcarol;confirm"}`,
		"dials":    `find-me: {steps: [{ring: ["sip:codes@example.test;code=*72;argument=%2B19005551234"], for: 1s}]}`,
		"strict":   `outgoing: {class: premium, rules: [{to: ["0900*", "001*"], allow: false}]}`,
	}
}

var fraudLines = []string{`menus: [{name: main, prompt: menu-main, choices: {"1": "+19005551234", "2": carol}, dial: true}]`}

// controls: what may be called is called, so that the gateway would see what may not be.
func (f *fraud) controls(t *testing.T) {
	t.Helper()
	for who, number := range map[*phone]string{f.mallory: paid, f.carol: "+19005551234"} {
		if code := f.dial(who, "sip:"+number+"@"+domain); code != 200 {
			t.Errorf("%s may call %s: %d", who.name, number, code)
		}
		if calls := f.gateway.take(); len(calls) != 1 || numberIn(calls[0]) != number {
			t.Errorf("the call of %s to %s reaches the gateway: %q", who.name, number, calls)
		}
	}
}

// none: nothing has reached the gateway.
func (f *fraud) none(t *testing.T, what string) {
	t.Helper()
	for _, g := range []*gateway{f.gateway, f.twin} {
		for _, called := range g.take() {
			t.Errorf("%s: %s is called", what, called)
		}
	}
}

// dial makes a call with further lines, hangs up at once if it is answered, and gives the answer.
func (f *fraud) dial(who *phone, uri string, fields ...string) int {
	r := who.request("INVITE", uri)
	r.fields = append(r.fields, fields...)
	r.body = offer(who.local.Addr())
	return f.place(who, r)
}

func (f *fraud) place(who *phone, r *request) int {
	f.tried++
	for range 3 {
		who.sign(r)
		response, err := who.once(r, timerT1/10)
		if err != nil {
			return 0
		}
		code := response.StatusCode()
		if code == 407 && who.learn(response) == nil {
			*r = *r.again()
			continue
		}
		if code == 200 {
			c := &call{phone: who, invite: r, ok: response}
			ack := c.request("ACK")
			ack.cseq = r.cseq
			who.send(ack.text(who.transport, who.place()))
			who.sign(c.request("BYE"))
			_, _ = who.once(c.request("BYE"), timerT1) // it may lead where nobody hangs up
		}
		return code
	}
	return 407
}

// spellings writes barred numbers in every way that somebody could read as the number.
func (f *fraud) spellings(t *testing.T) {
	for _, number := range barred {
		for _, written := range spelledNumbers(number) {
			for _, uri := range []string{"sip:" + written + "@" + domain, "sip:" + written + "@" + domain + ";user=phone", "tel:" + written} {
				if !full && f.tried%5 != 0 && !strings.HasPrefix(written, number) {
					f.tried++
					continue
				}
				code := f.dial(f.mallory, uri)
				for _, called := range f.gateway.take() {
					// Digits without their country may be somebody's in this one.
					if !ordinary(numberIn(called)) {
						t.Errorf("%s is answered %d, and calls %s", uri, code, called)
					}
				}
			}
		}
	}
	strict := newPhone(t, f.s, "strict")
	for _, number := range []string{"09001234567", "+499001234567", "00499001234567", "0900-1234567", "%2B499001234567", "0019005551234", "+19005551234"} {
		code := f.dial(strict, "sip:"+number+"@"+domain)
		f.none(t, fmt.Sprintf("a rule bars 0900 and 001; %s is answered %d", number, code))
	}
}

// spelledNumbers are spellings of a number in E.164 form.
func spelledNumbers(number string) []string {
	digits := number[1:]
	escaped, wide, arabic := "", "", ""
	for _, c := range digits {
		escaped += fmt.Sprintf("%%%02X", c)
		wide += url.PathEscape(string(c - '0' + '０'))
		arabic += url.PathEscape(string(c - '0' + '٠'))
	}
	apart := digits[:1] + "-" + digits[1:4] + "." + digits[4:7] + "-" + digits[7:]
	found := []string{
		number, "%2B" + digits, "%2b" + escaped, "+" + escaped, "00" + digits, "%30%30" + digits, "000" + digits, "0000" + digits, "+00" + digits, "+0" + digits, "++" + digits, "%2B%2B" + digits,
		"+" + apart, "(+)" + digits, "+(" + digits[:1] + ")" + digits[1:], "00-" + apart, "00." + digits, "0-0" + digits, "%20" + number, number + "%20", "+%20" + digits, "+%09" + digits, "+%00" + digits, number + "%00",
		"+%C2%A0" + digits, "+%E2%80%8B" + digits, "%E2%80%AA" + number, "%EF%BC%8B" + digits, "+" + wide, "00" + wide, "%EF%BC%8B" + wide, "+" + arabic,
		number + ";phone-context=example.test", digits[1:] + ";phone-context=+" + digits[:1], number + ";isub=1", number + ";ext=1", number + ";postd=1", number + ";npdi;rn=" + number, number + ";cic=+49",
		number + ":password", number + ",1", number + "p1", number + "w1", number + "#", number + "*", "*31#" + number, "#31#" + number, "*67" + number, "9" + number, "9," + number, "0" + number,
		digits, "0" + digits, "49" + "00" + digits, "+4900" + digits, "+49" + number, "+490" + "0" + digits, "01013" + "00" + digits, "010130" + digits, "+491013" + "00" + digits, "0101300" + digits[:len(digits)-1],
		"112" + digits, "112%2B" + digits, "112;" + number, number + ";112", "112" + ";phone-context=" + number, "anonymous;" + number,
	}
	if national, ok := strings.CutPrefix(number, "+49"); ok {
		found = append(found, "0"+national, "0"+national[:3]+"-"+national[3:], "0049"+national, "+490"+national, "049"+national, "0900", "0190"+national[3:], "0137"+national[4:], "0118"+"33", "01805", "0700"+national[:6])
	}
	return found
}

// pastTheRules dials the gateway itself, by its address and by other machines of its provider, and by Route.
func (f *fraud) pastTheRules(t *testing.T) {
	number := "+19005551234"
	for _, g := range []*gateway{f.gateway, f.twin} {
		hop, host, port := g.local.String(), g.local.Addr().String(), g.local.Port()
		mapped := fmt.Sprintf("[::ffff:%s]:%d", host, port)
		for _, place := range []string{
			hop, hop + ";transport=udp", hop + ";transport=UDP;lr", hop + ";user=phone", hop + ";payer=carol", hop + ";phones", mapped, host + ".:" + fmt.Sprint(port),
			fmt.Sprintf("127.0.0.1:%d;maddr=%s", port, host), fmt.Sprintf("nowhere.test:%d;maddr=%s", port, host), fmt.Sprintf("%s:%d;maddr=%s", domain, port, host),
			fmt.Sprintf("127.%d:%d", 1<<16, port), fmt.Sprintf("0%s:%d", host, port),
		} {
			for _, user := range []string{number, "%2B19005551234", "0019005551234", "x", "carol", "+1%20900%205551234", "19005551234;x=y", ""} {
				uri := "sip:" + user + "@" + place
				if user == "" {
					uri = "sip:" + place
				}
				f.dial(f.mallory, uri)
				f.none(t, uri)
			}
		}
		for _, route := range []string{
			"<sip:" + hop + ";lr>", "<sip:" + hop + ">", "<sip:x@" + hop + ";lr>", "<sip:" + f.s.address.String() + ";lr>, <sip:" + hop + ";lr>", "<sip:" + domain + ";lr>, <sip:" + hop + ";lr>",
			"<sip:" + mapped + ";lr>", fmt.Sprintf("<sip:127.0.0.1:%d;lr;maddr=%s>", port, host), "<sip:" + f.mallory.local.String() + ";lr>, <sip:" + hop + ";lr>",
		} {
			for _, uri := range []string{"sip:" + number + "@" + domain, "sip:" + number + "@" + hop, "tel:" + number, "sip:carol@" + domain, "sip:" + paid + "@" + domain} {
				f.dial(f.mallory, uri, "Route: "+route)
				f.none(t, uri+" by "+route)
			}
		}
		for _, method := range []string{"MESSAGE", "OPTIONS", "SUBSCRIBE", "REFER", "PUBLISH", "INFO", "FOO"} {
			g.forget()
			r := f.mallory.request(method, "sip:"+number+"@"+hop)
			r.fields = append(r.fields, "Event: presence", "Refer-To: <tel:"+number+">")
			_, _, _ = f.mallory.ask(r) // what is answered does not matter
			if got := g.received(""); len(got) > 0 {
				t.Errorf("%s reaches the gateway:\n%s", method, got[0].Text())
			}
		}
	}
	for _, field := range []string{
		"P-Asserted-Identity: <sip:carol@example.test>", "P-Preferred-Identity: <sip:carol@example.test>", "Referred-By: <sip:carol@example.test>", "Diversion: <sip:carol@example.test>;reason=unconditional",
		"History-Info: <sip:carol@example.test>;index=1", "Remote-Party-ID: <sip:carol@example.test>", "X-Payer: carol", "Replaces: a;from-tag=b;to-tag=c", "Join: a;from-tag=b;to-tag=c", "Target-Dialog: a;local-tag=b;remote-tag=c",
		"Priority: emergency", "Resource-Priority: esnet.0", "Geolocation: <cid:x@y>", "Privacy: id", "P-Served-User: <sip:carol@example.test>",
	} {
		f.dial(f.mallory, "sip:"+number+"@"+domain, field)
		f.none(t, field)
	}
	for _, params := range []string{";payer=carol", ";payer=carol;phones", ";phones", ";user=phone;payer=carol", "?payer=carol", ";payer=%63arol"} {
		f.dial(f.mallory, "sip:"+number+"@"+domain+params)
		f.none(t, params)
	}
}

// settings calls those whose own settings lead to barred numbers.
func (f *fraud) settings(t *testing.T) {
	for _, who := range []*phone{f.mallory, f.carol} { // carol may call the number, but not on others' settings
		for _, user := range []string{"forwards", "finds", "both", "asks", "dials"} {
			code := f.dial(who, addressOf(user))
			f.none(t, fmt.Sprintf("%s calls %s, and is answered %d", who.name, user, code))
		}
	}
}

// contacts registers addresses that lead on, at which mallory is called by others.
func (f *fraud) contacts(t *testing.T) {
	hop := f.gateway.local.String()
	for _, contact := range []string{
		"sip:+19005551234@" + hop, "sip:+19005551234@" + f.twin.local.String(), "sip:+19005551234@" + domain, "tel:+19005551234", "sip:x@127.0.0.1;maddr=" + f.gateway.local.Addr().String(),
		"sip:ask@example.test;target=sip:%2B19005551234%40example.test%3Bpayer%3Dcarol;confirm", "sip:ask@example.test;target=sip:%2B19005551234%40example.test",
		"sip:codes@example.test;code=*72;argument=1004", "sip:menu@example.test;menu=main", "sip:forwards@example.test",
		"sip:voicemail@example.test;target=sip:%2B19005551234%40example.test",
	} {
		owner := newPhone(t, f.s, "contact")
		r := owner.registration(60)
		r.contact = "<" + contact + ">;expires=60"
		if response, _, err := owner.ask(r); err != nil {
			t.Errorf("registering %s: %v%s", contact, err, textOf(response))
		}
		for _, who := range []*phone{f.mallory, f.carol} {
			code := f.dial(who, addressOf("contact"))
			f.none(t, fmt.Sprintf("%s calls a phone registered as %s: %d", who.name, contact, code))
		}
		r = owner.registration(0)
		r.contact = "*"
		r.fields = append(r.fields, "Expires: 0")
		_, _, _ = owner.ask(r) // the next one stands beside it
	}
	// What carol did not ask for was not done in her name.
	if code := f.dial(f.mallory, addressOf("carol")); code != 200 || len(f.carol.received(sip.INVITE)) == 0 {
		t.Errorf("carol is called at her own phone, as before: %d", code)
	}
	f.withPath(t)
}

// withPath registers with a Path that leads to the gateway.
func (f *fraud) withPath(t *testing.T) {
	owner := newPhone(t, f.s, "contact")
	r := owner.registration(60)
	r.fields = append(r.fields, "Supported: path", "Path: <sip:"+f.gateway.local.String()+";lr>")
	if _, _, err := owner.ask(r); err != nil {
		t.Error(err)
	}
	f.dial(f.mallory, addressOf("contact"))
	f.none(t, "a phone with a Path to the gateway")
}

// redirects calls phones that point elsewhere.
func (f *fraud) redirects(t *testing.T) {
	points := newPhone(t, f.s, "points")
	points.register(t)
	hop := f.gateway.local.String()
	for _, contact := range []string{
		"<sip:+19005551234@" + domain + ">", "<tel:+19005551234>", "<sip:0019005551234@" + domain + ">", "<sip:+19005551234@" + hop + ">", "<sip:x@" + f.twin.local.String() + ">", "<sip:+19005551234@" + domain + ";payer=carol>",
		"<sip:ask@example.test;target=sip:%2B19005551234%40example.test%3Bpayer%3Dcarol;confirm>", "<sip:codes@example.test;code=*72;argument=1004>", "<sip:forwards@example.test>",
		"<sip:" + paid + "@" + domain + "?Route=%3Csip:" + hop + "%3E>", "<sip:+19005551234@" + domain + ">;q=1, <sip:dora@" + domain + ">;q=0.1", "<sip:contact@" + domain + ">",
	} {
		for _, status := range []string{"302 Moved Temporarily", "301 Moved Permanently", "300 Multiple Choices", "305 Use Proxy", "380 Alternative Service"} {
			points.onRequest(func(p *phone, m *sip.Message) {
				if m.Method() != sip.INVITE {
					p.accept(m)
					return
				}
				p.respond(m, status, "Contact: "+contact)
			})
			for _, who := range []*phone{f.mallory, f.carol} {
				code := f.dial(who, addressOf("points"))
				if calls := f.gateway.take(); !slices.ContainsFunc(calls, func(c string) bool { return numberIn(c) != paid }) {
					continue
				}
				t.Errorf("%s calls a phone that answers %s with %s: %d, and a barred number is called", who.name, status, contact, code)
			}
		}
	}
}

// agents dials the server's own agents with what only the server may tell them.
func (f *fraud) agents(t *testing.T) {
	stranger := newPhone(t, f.s, "stranger")
	target := url.QueryEscape("sip:+19005551234@example.test;payer=carol")
	for _, uri := range []string{
		"sip:ask@example.test;target=" + target, "sip:ask@example.test;target=" + target + ";confirm", "sip:%61sk@example.test;target=" + target, "sip:ASK@example.test;target=" + target,
		"sip:ask@" + f.s.address.String() + ";target=" + target, "sip:ask;x=y@example.test;target=" + target, "sip:ask:p@example.test;target=" + target, "sip:ask@example.test.;target=" + target, "sip:ask@EXAMPLE.test;confirm;target=" + target,
		"sip:ask@example.test;maddr=" + f.s.address.Addr().String() + ";target=" + target,
		"sip:codes@example.test;code=*72;argument=%2B19005551234", "sip:c%6fdes@example.test;code=*72;argument=1004", "sip:codes@" + f.s.address.String() + ";code=*72;argument=1004",
		"sip:menu@example.test;menu=main;payer=carol", "sip:voicemail@example.test;target=" + target, "sip:voicemail@example.test;target=" + target + ";payer=carol", "sip:announce@example.test;announcement=" + target,
	} {
		for _, who := range []*phone{f.mallory, stranger, f.gateway.phone, f.twin.phone} {
			code := f.dial(who, uri)
			f.none(t, fmt.Sprintf("%s dials %s: %d", who.name, uri, code))
			if strings.Contains(uri, "codes") && code == 200 {
				t.Errorf("%s dials %s past the code: %d", who.name, uri, code)
			}
		}
		for _, method := range []string{"REFER", "MESSAGE"} {
			r := f.mallory.request(method, uri)
			r.fields = append(r.fields, "Refer-To: <sip:+19005551234@"+domain+";payer=carol>")
			_, _, _ = f.mallory.ask(r) // what is answered does not matter
			f.none(t, method+" "+uri)
		}
	}
}

// fromTrunk calls in by the trunk, to be led out again.
func (f *fraud) fromTrunk(t *testing.T) {
	for _, g := range []*gateway{f.gateway, f.twin} {
		for _, uri := range []string{
			"sip:+19005551234@" + f.s.address.String(), "sip:" + paid + "@" + domain, "tel:+19005551234", "sip:112@" + domain, "sip:forwards@" + domain, "sip:finds@" + domain, "sip:both@" + domain, "sip:asks@" + domain,
			"sip:+19005551234@" + f.gateway.local.String(), "sip:+19005551234@" + domain + ";payer=carol", "sip:*72%2B19005551234@" + domain, "sip:menu@example.test;menu=main",
		} {
			for _, fields := range [][]string{nil, {"P-Asserted-Identity: <sip:carol@example.test>"}, {"Route: <sip:" + f.gateway.local.String() + ";lr>"}, {"Diversion: <sip:carol@example.test>"}} {
				code := f.dial(g.phone, uri, fields...)
				f.none(t, fmt.Sprintf("the trunk calls %s with %q: %d", uri, fields, code))
			}
			r := g.request("INVITE", uri)
			r.from = "<" + addressOf("carol") + ">;tag=" + word()
			code := f.place(g.phone, r)
			f.none(t, fmt.Sprintf("the trunk calls %s in carol's name: %d", uri, code))
		}
	}
}

// withinCalls turns a call that is allowed into another one.
func (f *fraud) withinCalls(t *testing.T) {
	other := newPhone(t, f.s, "contact")
	other.register(t)
	for _, remote := range []string{"sip:+19005551234@" + f.gateway.local.String(), "sip:+19005551234@" + f.twin.local.String(), "sip:+19005551234@" + domain, "tel:+19005551234"} {
		other.onRequest(func(p *phone, m *sip.Message) {
			p.hold(m.CallID(), p.respond(m, "200 OK", "Contact: <"+remote+">"), timerB)
		})
		c, err := f.mallory.dial(addressOf("contact"))
		if err != nil {
			t.Fatal(err)
		}
		f.none(t, "the ACK to a call whose contact is "+remote)
		for i, method := range []string{"INVITE", "UPDATE", "REFER", "INFO", "BYE"} {
			f.tried++
			f.gateway.forget()
			r := c.request(method)
			r.cseq += i
			r.fields = append(r.fields, "Refer-To: <"+remote+">")
			f.mallory.sign(r)
			_, _ = f.mallory.once(r, silently) // nobody may be there
			f.none(t, method+" in a call whose contact is "+remote)
		}
	}
}

// elsewhere sends what belongs to a call from another place, with credentials, naming another call.
func (f *fraud) elsewhere(t *testing.T) {
	c, err := f.mallory.dial(addressOf("carol"))
	if err != nil {
		t.Fatal(err)
	}
	other := newPhone(t, f.s, "mallory")
	for i, field := range []string{"Replaces: a;from-tag=b;to-tag=c", "Join: a;from-tag=b;to-tag=c", "Replaces: x", "Target-Dialog: a;local-tag=b;remote-tag=c"} {
		for j, method := range []string{"INVITE", "REFER", "INFO"} {
			r := c.request(method)
			r.cseq += 10*i + j
			r.fields = append(r.fields, field, "Refer-To: <tel:+19005551234>")
			if _, _, err := other.ask(r); err != nil {
				t.Errorf("%s with %s is answered: %v", method, field, err)
			}
		}
	}
	f.none(t, "requests within a call from elsewhere")
	c.invite.cseq += 100
	_ = c.hangUp() // one of them may have
}

// refers has others call: a phone calls on its own user's permission what a REFER names.
func (f *fraud) refers(t *testing.T) {
	f.carol.register(t)
	stranger := newPhone(t, f.s, "stranger")
	targets := []string{"<sip:+19005551234@" + domain + ">", "<tel:+19005551234>", "<sip:%2B19005551234@" + domain + ";user=phone>", "<sip:0019005551234@" + f.gateway.local.String() + ">", "<sip:forwards@example.test>"}
	for _, who := range []*phone{f.mallory, stranger, f.gateway.phone} {
		for _, to := range targets {
			for _, uri := range []string{addressOf("carol"), "sip:carol@" + f.carol.place(), "sip:1003@" + domain, "sip:carol@" + f.s.address.String()} {
				f.carol.forget()
				r := who.request("REFER", uri)
				r.fields = append(r.fields, "Refer-To: "+to, "Referred-By: <"+addressOf("carol")+">", "Target-Dialog: a;local-tag=b;remote-tag=c")
				f.tried++
				response, _, err := who.ask(r)
				if err != nil || response.StatusCode() < 400 || len(f.carol.received(sip.REFER)) > 0 {
					t.Errorf("%s refers carol (%s) to %s: %v%s", who.name, uri, to, err, textOf(response))
				}
			}
		}
	}
	f.referWithin(t, targets[:len(targets)-1]) // whom somebody forwards to, that one's permissions say
	own := newPhone(t, f.s, "mallory")
	own.register(t)
	r := f.mallory.request("REFER", addressOf("mallory"))
	r.fields = append(r.fields, "Refer-To: <"+addressOf("carol")+">")
	if response, _, err := f.mallory.ask(r); err != nil || response.StatusCode()/100 != 2 {
		t.Errorf("a user's own phone may be referred: %v%s", err, textOf(response))
	}
}

// referWithin: who is in a call with carol has her phone call on her permission.
func (f *fraud) referWithin(t *testing.T, targets []string) {
	for _, who := range []*phone{f.mallory, f.gateway.phone} {
		uri := addressOf("carol")
		if who == f.gateway.phone {
			uri = "sip:+4930123453@" + f.s.address.String()
		}
		c, err := who.dial(uri)
		if err != nil {
			t.Fatal(err)
		}
		id := sip.DialogID{CallID: c.invite.callID, LocalTag: c.ok.FromTag(), RemoteTag: c.ok.ToTag()}
		refer := func(to string, outside bool) (*sip.Message, error) {
			f.tried++
			f.carol.forget()
			c.invite.cseq++
			r := c.request("REFER")
			if outside {
				r = who.request("REFER", addressOf("carol"))
				r.fields = append(r.fields, "Target-Dialog: "+string(id.AppendTargetDialog(nil)))
			}
			r.fields = append(r.fields, "Refer-To: "+to)
			response, _, err := who.ask(r)
			return response, err
		}
		for _, to := range targets {
			for _, outside := range []bool{false, true} {
				response, err := refer(to, outside)
				if err != nil || response.StatusCode() < 400 || len(f.carol.received(sip.REFER)) > 0 {
					t.Errorf("%s, in a call with carol, refers her to %s (outside the dialog: %v): %v%s", who.name, to, outside, err, textOf(response))
				}
			}
		}
		if response, err := refer("<"+addressOf("bob")+">", false); err != nil || response.StatusCode() != 200 || len(f.carol.received(sip.REFER)) != 1 {
			t.Errorf("%s, in a call with carol, may transfer her to bob: %v%s", who.name, err, textOf(response))
		}
		if who == f.mallory {
			if response, err := refer("<"+addressOf("bob")+">", true); err != nil || response.StatusCode() != 200 {
				t.Errorf("a call of one's own may be named by Target-Dialog: %v%s", err, textOf(response))
			}
			if response, err := refer("<sip:"+paid+"@"+domain+">", false); err != nil || response.StatusCode() != 200 {
				t.Errorf("who may call a number may transfer to it: %v%s", err, textOf(response))
			}
		}
		if err := c.hangUp(); err != nil {
			t.Errorf("the call stands after it: %v", err)
		}
	}
}

// menu presses keys that lead out.
func (f *fraud) menu(t *testing.T) {
	stranger := newPhone(t, f.s, "outside")
	for _, who := range []*phone{f.mallory, stranger, f.gateway.phone} {
		for _, keys := range []string{"1", "0019005551234#", "**19005551234#"} {
			f.tried++
			c, _, code := who.callWithMedia(t, "sip:menu@"+domain+";menu=main", nil)
			if c == nil {
				if who != f.gateway.phone {
					t.Errorf("%s calls the menu: %d", who.name, code)
				}
				continue
			}
			c.press(keys)
			time.Sleep(300 * time.Millisecond)
			f.none(t, fmt.Sprintf("%s presses %s in a menu", who.name, keys))
			_ = c.hangUp() // the menu may have hung up
		}
	}
}

// rate sends more REFERs to one's own phones than anybody needs.
func (f *fraud) rate(t *testing.T) {
	victim := newPhone(t, f.s, "outside")
	victim.register(t)
	most := mostRefers * runtime.GOMAXPROCS(0)
	for range most * 2 {
		r := victim.request("REFER", addressOf("outside"))
		r.fields = append(r.fields, "Refer-To: <"+addressOf("carol")+">")
		f.tried++
		if _, _, err := victim.ask(r); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(victim.received(sip.REFER)); got > most || got < mostRefers {
		t.Errorf("%d of %d REFERs reached a phone, at most %d", got, 2*most, most)
	}
}
