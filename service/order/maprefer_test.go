package order_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hookflash/internal/office"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// refer has somebody who talks refer the other one to whoever has a dialog, and holds what comes of it to what may.
func (o *exchangeOffice) refer(id sip.DialogID) (int, error) {
	id.EarlyOnly = false
	who := o.pick(talkers)
	calls := o.talking(who)
	if len(calls) == 0 {
		return untried, nil
	}
	call := calls[o.random.IntN(len(calls))]
	d := call.Dialog()
	transferee, _ := o.side(sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag})
	near, _ := o.side(id)
	far, _ := o.side(mirrored(id))
	targets := o.targets(id)
	target := targets[o.random.IntN(len(targets))]
	before := o.snapshot()
	o.note("%s refers %q %v to %s, with Replaces of %s", who, transferee.desk, transferee.others, target, o.describe(id))
	code := o.refers(who, call, ua.Reference{Target: target, Replaces: id})
	after := o.snapshot()
	o.note("-> %d", code)
	if code != 200 {
		if !maps.Equal(before.calls, after.calls) || before.hearing != after.hearing {
			return code, fmt.Errorf("refused with %d, and something has changed: %s\n%s", code, before.hearing, after.hearing)
		}
		able := !slices.Contains(o.plain, transferee.desk)
		another := transferee.desk != "" || far.call != call && !slices.Contains(transferee.others, who) && !slices.Equal(together(transferee.others, who), together(near.others, who))
		if code != 486 && far.desk == who && far.call != call && able && another && near.desk == "" && near.call != nil && near.call.State == ua.Talking && len(near.others) > 0 && passes(target) && !strings.Contains(target, ";to=") {
			return code, fmt.Errorf("refused with %d, and it is the exchange's", code)
		}
		return code, nil
	}
	_, ended := before.compare(after)
	if problem := o.within(ended, call, transferee, near, far); problem != nil {
		return code, problem
	}
	return code, o.together(slices.Concat(transferee.names(), near.names()))
}

// passes tells whether what is sent to an address goes through the server.
func passes(target string) bool {
	return strings.Contains(target, "@example.test") || strings.Contains(target, "@"+office.ServerAddress.String())
}

func together(names []string, one string) []string {
	return slices.Sorted(slices.Values(append(slices.Clone(names), one)))
}

// names are who is behind a side of a dialog.
func (l mapLeg) names() []string {
	if l.desk != "" {
		return []string{l.desk}
	}
	return l.others
}

// within tells when a call has ended that is none of those which a transfer may end.
func (o *exchangeOffice) within(ended []*ua.Call, transferor *ua.Call, legs ...mapLeg) error {
	for _, c := range ended {
		if c == transferor {
			continue
		}
		if !slices.ContainsFunc(legs, func(l mapLeg) bool {
			return l.call == c || l.desk == "" && len(l.others) == 1 && c.Agent().Settings().AOR == office.AOR(l.others[0])
		}) {
			return fmt.Errorf("a call of %s with %s has ended", c.Agent().Settings().AOR, c.Remote.URI)
		}
	}
	return nil
}

// together tells whether people are connected with each other: by a call, or by one conversation.
func (o *exchangeOffice) together(names []string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 2 {
		return nil
	}
	for _, c := range o.Desk(names[0]).Agent().Calls() {
		d := c.Dialog()
		far, ok := o.side(sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag})
		if ok && !slices.ContainsFunc(names[1:], func(name string) bool { return !slices.Contains(far.names(), name) }) {
			return nil
		}
	}
	return fmt.Errorf("%v are not connected with each other", names)
}

// refers sends a REFER, and waits for what becomes of it: 200 is success.
func (o *exchangeOffice) refers(who string, call *ua.Call, wish ua.Reference) (code int) {
	err := o.Act(who, func(t *task.Task, _ *ua.Agent) error {
		referral, err := call.Refer(t, wish)
		if err != nil {
			return err
		}
		defer referral.Close()
		for {
			report, ok := referral.Next(t)
			if code = report.Code; !ok || report.Final() {
				break
			}
		}
		if code == 200 {
			t.Sleep(time.Second)
			call.HangUp()
		}
		return nil
	})
	_ = o.RunFor(12 * time.Second) // who was referred in vain calls back a transferor who leaves at once
	var refused *sip.StatusError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return code
}

// referAbout has somebody send a REFER outside of any dialog, which is about one (RFC 4538).
func (o *exchangeOffice) referAbout(id sip.DialogID) (int, error) {
	id.EarlyOnly = false
	near, _ := o.side(id)
	far, _ := o.side(mirrored(id))
	who, to := o.pick(everybody), o.pick(everybody)
	if far.desk != "" && o.random.IntN(2) == 0 {
		who = far.desk
	}
	targets := o.targets(id)
	target := targets[o.random.IntN(len(targets))]
	before := o.snapshot()
	o.note("%s sends REFER to %s about %s to %s", who, to, o.describe(id), target)
	code := o.asks(who, target, to, mirrored(id))
	o.note("-> %d", code)
	after := o.snapshot()
	if code != 200 {
		if !maps.Equal(before.calls, after.calls) || before.hearing != after.hearing {
			return code, fmt.Errorf("refused with %d, and something has changed: %s\n%s", code, before.hearing, after.hearing)
		}
		if code != 486 && who == far.desk && near.desk == "" && near.call != nil && near.call.State == ua.Talking && len(near.others) > 0 && passes(target) {
			return code, fmt.Errorf("refused with %d, and it is the exchange's", code)
		}
		return code, nil
	}
	_, ended := before.compare(after)
	defer func() { _ = o.RunFor(ua.ReferralLimit) }() // it may ring for as long
	if own := o.Desk(who).Agent(); target == own.Settings().AOR || target == own.ContactURI() {
		return code, o.within(ended, nil, near, far) // one's own telephone calls whom one likes
	}
	if who != far.desk && !(who == "zoe" && slices.Contains(far.others, who)) { // her telephone and the server let an assistant speak
		return code, errors.New("it is no business of theirs")
	}
	return code, o.within(ended, nil, near, far)
}

// asks sends a REFER as a telephone's other half would, and gives the answer.
func (o *exchangeOffice) asks(who, target, to string, id sip.DialogID) (code int) {
	o.asked++
	callID := fmt.Sprintf("about-%d", o.asked)
	local := o.Desk(who).Agent().Settings().Local
	text := strings.Join([]string{
		"REFER " + target + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s", local, callID), "Max-Forwards: 70",
		"From: <" + office.AOR(who) + ">;tag=1", "To: <" + target + ">", "Call-ID: " + callID, "CSeq: 1 REFER",
		fmt.Sprintf("Contact: <sip:%s@%s>", who, local), "Refer-To: <" + office.AOR(to) + ">",
		"Target-Dialog: " + string(id.AppendTargetDialog(nil)), "Content-Length: 0", "", "",
	}, "\r\n")
	o.Inject(local, office.ServerAddress, text)
	_ = o.RunFor(38 * time.Second)
	for i := range o.Ladder().Arrows {
		arrow := &o.Ladder().Arrows[i]
		if arrow.CallID != callID {
			continue
		}
		if m, err := sip.Parse(arrow.Text); err == nil && !m.IsRequest() && m.Method() == sip.REFER {
			code = m.StatusCode()
		}
	}
	return code
}
