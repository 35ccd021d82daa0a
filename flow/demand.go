package flow

import (
	"fmt"
	"strconv"
	"strings"

	"hookflash/service/transfer"
	"hookflash/sip"
)

// direction: the description allows media that way (RFC 3264 §5.1, §6.1).
func direction(want string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if got, ok := directionOf(m.Body()); !ok {
			return fmt.Errorf("it describes no audio and should say a=%s", want)
		} else if got != want {
			return fmt.Errorf("it says a=%s and should say a=%s", got, want)
		}
		return nil
	}}
}

// directionOf is the direction in a session description, and whether it is one with audio.
func directionOf(body string) (direction string, ok bool) {
	direction = "sendrecv" // where none is written
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		ok = ok || strings.HasPrefix(line, "m=audio ")
		switch line {
		case "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive":
			direction = line[2:]
		}
	}
	return direction, ok
}

// rising: the descriptions of one side are versions of one session, each one above its predecessor (RFC
// 3264 §8), or the same when nothing changed.
func rising(arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		last, version := "", int64(-1)
		for _, arrow := range arrows {
			read := e.first(arrow)
			if read == nil {
				continue
			}
			_, line, _ := strings.Cut(read.Body(), "o=")
			words := strings.Fields(line)
			if len(words) < 6 {
				return fmt.Errorf("the description of F%d has no o= line", arrow)
			}
			now, err := strconv.ParseInt(words[2], 10, 64)
			session := words[0] + " " + words[1] + " " + words[5]
			switch {
			case err != nil:
				return fmt.Errorf("the version %q in the o= line of F%d is no number", words[2], arrow)
			case last != "" && session != last:
				return fmt.Errorf("the o= line of F%d is of another session: %s, before %s", arrow, session, last)
			case version >= 0 && now != version+1:
				return fmt.Errorf("the version in the o= line of F%d is %d after %d", arrow, now, version)
			}
			last, version = session, now
			if read == m {
				break
			}
		}
		return nil
	}}
}

// feature: Contact has a feature tag (RFC 3840 §9); without: it has not.
func feature(name, value string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if got, ok := featureOf(m, name); !ok || got != value {
			return fmt.Errorf("its Contact lacks %s: %s", name, m.Header(sip.HeaderContact))
		}
		return nil
	}}
}

func without(name string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if _, ok := featureOf(m, name); ok {
			return fmt.Errorf("its Contact should not have %s: %s", name, m.Header(sip.HeaderContact))
		}
		return nil
	}}
}

func featureOf(m *sip.Message, name string) (value string, ok bool) {
	address, err := sip.ParseAddress(m.Header(sip.HeaderContact))
	if err != nil {
		return "", false
	}
	value, ok = address.Params.Get(name)
	return strings.Trim(value, `"`), ok
}

// referredBy: Referred-By names a person (RFC 3892 §2).
func referredBy(user string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		by, err := sip.ParseReferredBy(m.Header(sip.HeaderReferredBy))
		if err != nil || by.Address.URI.User != user {
			return fmt.Errorf("its Referred-By does not name %s: %q", user, m.Header(sip.HeaderReferredBy))
		}
		return nil
	}}
}

// referTo: Refer-To names a person.
func referTo(user string, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		to, err := sip.ParseAddress(m.Header(sip.HeaderReferTo))
		if err != nil || to.URI.User != user {
			return fmt.Errorf("its Refer-To does not name %s: %q", user, m.Header(sip.HeaderReferTo))
		}
		return nil
	}}
}

// reports: the body is the piece of a response (RFC 3515 §2.4.4, RFC 3420), the subscription in a state
// (RFC 6665 §4.1.3).
func reports(code int, state string, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		event, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
		if err != nil || event.Package != "refer" {
			return fmt.Errorf("its Event is not refer: %q", m.Header(sip.HeaderEvent))
		}
		kind, _, _ := strings.Cut(m.Header(sip.HeaderContentType), ";")
		if !strings.EqualFold(strings.TrimSpace(kind), "message/sipfrag") {
			return fmt.Errorf("its Content-Type is not message/sipfrag: %q", kind)
		}
		if got, err := sip.ParseSubscriptionState(m.Header(sip.HeaderSubscriptionState)); err != nil || got.State != state {
			return fmt.Errorf("its Subscription-State is not %s: %q", state, m.Header(sip.HeaderSubscriptionState))
		}
		if !strings.HasPrefix(m.Body(), "SIP/2.0 "+strconv.Itoa(code)+" ") {
			return fmt.Errorf("its body does not report %d: %q", code, m.Body())
		}
		return nil
	}}
}

// where a dialog is named.
type where func(m *sip.Message) (sip.DialogID, error)

func inReplaces(m *sip.Message) (sip.DialogID, error) {
	return sip.ParseReplaces(m.Header(sip.HeaderReplaces))
}

func inJoin(m *sip.Message) (sip.DialogID, error) { return sip.ParseJoin(m.Header(sip.HeaderJoin)) }

func inReferTo(m *sip.Message) (sip.DialogID, error) {
	to, err := sip.ParseAddress(m.Header(sip.HeaderReferTo))
	if err != nil {
		return sip.DialogID{}, err
	}
	return replacesIn(to.URI)
}

func inText(m *sip.Message) (sip.DialogID, error) {
	uri, err := sip.ParseURI(transfer.Offered(m.Body()))
	if err != nil {
		return sip.DialogID{}, err
	}
	return replacesIn(uri)
}

func replacesIn(uri sip.URI) (sip.DialogID, error) {
	id, there, err := uri.Replaces()
	if err == nil && !there {
		err = errNoReplaces
	}
	return id, err
}

// names: a dialog is named by the Call-ID and tags of the 200 of an arrow; its to-tag is that of the phone
// that the INVITE goes to, the caller or the callee of that dialog (RFC 3891 §3, RFC 3911 §4).
func names(at where, answer int, toCaller bool, arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		ok := e.first(answer)
		if ok == nil {
			return nil
		}
		want := sip.DialogID{CallID: ok.CallID(), LocalTag: ok.ToTag(), RemoteTag: ok.FromTag()}
		if toCaller {
			want.LocalTag, want.RemoteTag = want.RemoteTag, want.LocalTag
		}
		switch id, err := at(m); {
		case err != nil:
			return fmt.Errorf("it names no dialog: %w", err)
		case id.CallID != want.CallID:
			return fmt.Errorf("it names a dialog with Call-ID %q; that of F%d has %q", id.CallID, answer, want.CallID)
		case id.LocalTag == want.RemoteTag && id.RemoteTag == want.LocalTag:
			return fmt.Errorf("it names the dialog of F%d with to-tag and from-tag swapped", answer)
		case id.LocalTag != want.LocalTag || id.RemoteTag != want.RemoteTag:
			return fmt.Errorf("it names the dialog of F%d with to-tag %q and from-tag %q for %q and %q",
				answer, id.LocalTag, id.RemoteTag, want.LocalTag, want.RemoteTag)
		}
		return nil
	}}
}

// requires: Require has an option tag (RFC 3261 §20.32).
func requires(option string, arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if !m.HasToken(sip.HeaderRequire, option) {
			return fmt.Errorf("it does not say Require: %s", option)
		}
		return nil
	}}
}

// empty: there is no body.
func empty(arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if m.Body() != "" {
			return fmt.Errorf("it should have no body and has %q", m.Body())
		}
		return nil
	}}
}
