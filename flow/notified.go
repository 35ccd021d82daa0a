package flow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"hookflash/event/dialoginfo"
	"hookflash/sip"
)

// What RFC 4235 §4.4 wants of a document, and RFC 5359 has otherwise: state comes first within a dialog, and a
// target's URI is an attribute.
var (
	stateFirst = regexp.MustCompile(`^\s*(<!--.*?-->\s*)*<state[\s>]`)
	dialogTag  = regexp.MustCompile(`<dialog(\s[^>]*)?[^/]>`)
	targetTag  = regexp.MustCompile(`<target(\s[^>]*)?>`)
)

// documentOf reads the dialog-info document of a NOTIFY.
func documentOf(m *sip.Message) (dialoginfo.Document, error) {
	event, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	if err != nil || event.Package != dialoginfo.Package {
		return dialoginfo.Document{}, fmt.Errorf("its Event is not dialog: %q", m.Header(sip.HeaderEvent))
	}
	kind, _, _ := strings.Cut(m.Header(sip.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), dialoginfo.ContentType) {
		return dialoginfo.Document{}, fmt.Errorf("its Content-Type is not %s: %q", dialoginfo.ContentType, kind)
	}
	body := m.Body()
	for _, at := range dialogTag.FindAllStringIndex(body, -1) {
		if !stateFirst.MatchString(body[at[1]:]) {
			return dialoginfo.Document{}, fmt.Errorf("state does not come first within a dialog (RFC 4235 §4.4): %s", body)
		}
	}
	for _, tag := range targetTag.FindAllString(body, -1) {
		if !strings.Contains(tag, " uri=") {
			return dialoginfo.Document{}, fmt.Errorf("%s has no uri (RFC 4235 §4.4)", tag)
		}
	}
	document, err := dialoginfo.Parse(body)
	if err != nil {
		return document, fmt.Errorf("%w: %s", err, body)
	}
	return document, nil
}

// tells: a NOTIFY of the dialog package, the subscription in a state, says of a dialog how it stands, or of
// Terminated that there is none.
func tells(state dialoginfo.State, subscription string, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		document, err := documentOf(m)
		if err != nil {
			return err
		}
		if got, err := sip.ParseSubscriptionState(m.Header(sip.HeaderSubscriptionState)); err != nil || got.State != subscription {
			return fmt.Errorf("its Subscription-State is not %s: %q", subscription, m.Header(sip.HeaderSubscriptionState))
		}
		for i := range document.Dialogs {
			if now := document.Dialogs[i].State; now == state {
				return nil
			} else if state == dialoginfo.Terminated {
				return fmt.Errorf("it tells of a dialog that is %v, and should tell of none", now)
			}
		}
		if state == dialoginfo.Terminated {
			return nil
		}
		return fmt.Errorf("it tells of no dialog that is %v: %s", state, m.Body())
	}}
}

// versions: the documents of one subscription count up from 0, and the first is a full one (RFC 4235 §4.1).
func versions(arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		for i, arrow := range arrows {
			if first := e.first(arrow); first == nil || !sameRequest(first, m) {
				continue
			}
			document, err := documentOf(m)
			switch {
			case err != nil:
				return err
			case document.Version != uint32(i): // a flow has few
				return fmt.Errorf("its version is %d and should be %d", document.Version, i)
			case i == 0 && !document.Full:
				return fmt.Errorf("it is the first one and not full")
			}
			return nil
		}
		return nil
	}}
}

// identifies: a NOTIFY tells all of the dialog that a response made: its Call-ID and tags as the watched user
// knows them, who called, and where the far side is.
func identifies(answer int, direction dialoginfo.Direction, arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		document, err := documentOf(m)
		made := e.first(answer)
		if err != nil || made == nil {
			return err
		}
		local, remote := made.ToTag(), made.FromTag()
		if direction == dialoginfo.Initiator {
			local, remote = remote, local
		}
		for i := range document.Dialogs {
			d := &document.Dialogs[i]
			if d.CallID != made.CallID() {
				continue
			}
			switch {
			case d.LocalTag != local || d.RemoteTag != remote:
				return fmt.Errorf("the dialog of F%d has local-tag %q and remote-tag %q, and it says %q and %q", answer, local, remote, d.LocalTag, d.RemoteTag)
			case d.Direction != direction:
				return fmt.Errorf("its direction is %v and should be %v", d.Direction, direction)
			case d.Remote.Target == "":
				return fmt.Errorf("it does not say where the far side is (target uri)")
			}
			return nil
		}
		return fmt.Errorf("it does not name the dialog of F%d, whose Call-ID is %q: %s", answer, made.CallID(), m.Body())
	}}
}

// grants: the 200 to a SUBSCRIBE says for how long, which is no longer than what was asked (RFC 6665 §4.2.1.1).
func grants(subscribe, answer int) rule {
	return rule{[]int{answer}, func(e *evidence, m *sip.Message) error {
		given, err := strconv.ParseUint(m.Header(sip.HeaderExpires), 10, 32)
		if err != nil {
			return fmt.Errorf("it does not say how long the subscription lasts: Expires %q", m.Header(sip.HeaderExpires))
		}
		asked := e.first(subscribe)
		if asked == nil || !asked.Has(sip.HeaderExpires) {
			return nil
		}
		if wanted, err := strconv.ParseUint(asked.Header(sip.HeaderExpires), 10, 32); err != nil || given > wanted {
			return fmt.Errorf("its Expires is %d, and F%d asked for %q", given, subscribe, asked.Header(sip.HeaderExpires))
		}
		return nil
	}}
}

// asks: a SUBSCRIBE to the dialog package; over: one that ends the subscription, or fetches the state once.
func asks(over bool, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		event, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
		if err != nil || event.Package != dialoginfo.Package {
			return fmt.Errorf("its Event is not dialog: %q", m.Header(sip.HeaderEvent))
		}
		if expires := m.Header(sip.HeaderExpires); (expires == "0") != over {
			return fmt.Errorf("its Expires is %q; is it to end the subscription: %v", expires, over)
		}
		return nil
	}}
}

// within: requests and responses are of the dialog that an earlier request began, whoever sends them: the tags are
// its tags. The misprints of RFC 5359 §2.17 have others.
func within(answer int, arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		made := e.first(answer)
		if made == nil {
			return nil
		}
		one, other := made.FromTag(), made.ToTag()
		if m.FromTag() == one && m.ToTag() == other || m.FromTag() == other && m.ToTag() == one {
			return nil
		}
		return fmt.Errorf("its tags %q and %q are not those of F%d: %q and %q", m.FromTag(), m.ToTag(), answer, one, other)
	}}
}
