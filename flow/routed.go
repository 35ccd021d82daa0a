package flow

import (
	"fmt"
	"strconv"
	"strings"

	"hookflash/digest"
	"hookflash/sip"
)

// announced: a 181 of the server, which is a user agent there: its tag is nobody else's and is never used
// again, so that it makes no dialog (RFC 3261 §12.1), and nobody acknowledges it.
func announced(arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		switch {
		case m.ToTag() == "":
			return fmt.Errorf("it has no tag in To")
		case m.Has(sip.HeaderContact), m.Has(sip.HeaderRecordRoute), m.Has(sip.HeaderRequire), m.Has(sip.HeaderRSeq):
			return fmt.Errorf("it has Contact, Record-Route, Require or RSeq, as if there were a dialog")
		case m.Body() != "":
			return fmt.Errorf("it should have no body and has %q", m.Body())
		}
		for _, s := range e.sights {
			if s.message.CallID() == m.CallID() && s.message != m && (s.message.ToTag() == m.ToTag() || s.message.FromTag() == m.ToTag()) {
				return fmt.Errorf("%v has its tag: %q", s, m.ToTag())
			}
		}
		return nil
	}}
}

// anotherDialog: the responses of arrows are of another dialog than that of an earlier one, whose phone was
// cancelled.
func anotherDialog(cancelled int, arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		if earlier := e.first(cancelled); earlier != nil && (m.ToTag() == "" || m.ToTag() == earlier.ToTag()) {
			return fmt.Errorf("its tag %q in To is that of F%d, which was cancelled", m.ToTag(), cancelled)
		}
		return nil
	}}
}

// undiverted: the call goes where it was sent first.
func undiverted(arrows ...int) rule {
	return rule{arrows, func(_ *evidence, m *sip.Message) error {
		if m.Has(sip.HeaderHistoryInfo) || m.Has(sip.HeaderDiversion) {
			return fmt.Errorf("it has History-Info or Diversion, and was not forwarded")
		}
		return nil
	}}
}

// diversions are the reasons of RFC 5806 §4 by the cause in History-Info (RFC 7044, RFC 4458).
var diversions = map[int]string{302: "unconditional", 486: "user-busy", 408: "no-answer"}

// diverted: the call was forwarded by a user, for a cause: History-Info tells of that user and of the target
// (RFC 7044 §10.3), and Diversion of the user (RFC 5806 §5).
func diverted(user string, cause int, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		var entries []sip.HistoryEntry
		for value := range m.Values(sip.HeaderHistoryInfo) {
			entry, err := sip.ParseHistoryInfo(value)
			if err != nil {
				return fmt.Errorf("its History-Info %q: %w", value, err)
			}
			entries = append(entries, entry)
		}
		if len(entries) != 2 || entries[0].Index != "1" || entries[1].Index != "1.1" || entries[1].Mapped != "1" {
			return fmt.Errorf("its History-Info is not of index 1 and of 1.1;mp=1: %q", m.Header(sip.HeaderHistoryInfo))
		}
		was := entries[0].Address.URI
		if was.User != user || !strings.Contains(sip.Unescape(was.Headers), "cause="+strconv.Itoa(cause)) {
			return fmt.Errorf("its History-Info does not begin with %s, cause %d: %q", user, cause, m.Header(sip.HeaderHistoryInfo))
		}
		d, err := sip.ParseDiversion(m.TopValue(sip.HeaderDiversion))
		if err != nil || d.Address.URI.User != user || d.Reason != diversions[cause] {
			return fmt.Errorf("its Diversion is not by %s for %s: %q", user, diversions[cause], m.Header(sip.HeaderDiversion))
		}
		return nil
	}}
}

// status: a response has a code, and a reason phrase unless that is "".
func status(code int, reason string, arrow int) rule {
	return rule{[]int{arrow}, func(_ *evidence, m *sip.Message) error {
		if m.StatusCode() != code || reason != "" && m.Reason() != reason {
			return fmt.Errorf("it says %d %s and should say %d %s", m.StatusCode(), m.Reason(), code, reason)
		}
		return nil
	}}
}

// leadsToServer: the Contact of a 305 is the server (RFC 3261 §21.3.4): what follows goes there.
func leadsToServer(arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		contact, err := sip.ParseAddress(m.Header(sip.HeaderContact))
		if err != nil {
			return fmt.Errorf("its Contact %q: %w", m.Header(sip.HeaderContact), err)
		}
		address, ok := contact.URI.Address()
		if !ok || contact.URI.User != "" {
			return fmt.Errorf("its Contact is no server: %q", m.Header(sip.HeaderContact))
		}
		for _, s := range e.sights {
			route, err := sip.ParseRoute(s.message.TopValue(sip.HeaderRoute))
			if s.to != through || err != nil {
				continue
			}
			if there, ok := route.URI.Address(); !ok || there != address || route.URI.Port != contact.URI.Port {
				return fmt.Errorf("%v goes by %q, and not where the Contact leads", s, s.message.Header(sip.HeaderRoute))
			}
		}
		return nil
	}}
}

// routed: requests go by the same Route, with or without credentials.
func routed(arrows ...int) rule {
	return rule{arrows, func(e *evidence, m *sip.Message) error {
		first := e.first(arrows[0])
		if !m.Has(sip.HeaderRoute) {
			return fmt.Errorf("it has no Route")
		}
		if first != nil && m.Header(sip.HeaderRoute) != first.Header(sip.HeaderRoute) {
			return fmt.Errorf("its Route is %q and was %q", m.Header(sip.HeaderRoute), first.Header(sip.HeaderRoute))
		}
		return nil
	}}
}

// credentials: a request answers the nonce of a challenge, as the realm and qop say (RFC 7616 §3.4).
func credentials(challenge, arrow int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		asked := e.first(challenge)
		if asked == nil {
			return nil
		}
		got, err := digest.ParseCredentials(m.Header(sip.HeaderProxyAuthorization))
		if err != nil {
			return fmt.Errorf("its Proxy-Authorization: %w", err)
		}
		for value := range asked.FieldValues(sip.HeaderProxyAuthenticate) {
			c, err := digest.ParseChallenge(value)
			if err == nil && c.Nonce == got.Nonce && c.Realm == got.Realm && c.Algorithm == got.Algorithm {
				return nil
			}
		}
		return fmt.Errorf("it answers nonce %q, which F%d did not give for its realm and algorithm", got.Nonce, challenge)
	}}
}

// explained: Error-Info leads to a SIP address (RFC 3261 §20.18), which is what is called then.
func explained(arrow int, calls ...int) rule {
	return rule{[]int{arrow}, func(e *evidence, m *sip.Message) error {
		info, err := sip.ParseInfo(m.TopValue(sip.HeaderErrorInfo))
		if err != nil {
			return fmt.Errorf("its Error-Info %q: %w", m.Header(sip.HeaderErrorInfo), err)
		}
		if uri, err := sip.ParseURI(info.URI); err != nil || !uri.IsSIP() {
			return fmt.Errorf("its Error-Info leads to no SIP address: %q", info.URI)
		}
		for _, arrow := range calls {
			if call := e.first(arrow); call != nil && call.RequestURI() != info.URI {
				return fmt.Errorf("arrow F%d calls %s and not the Error-Info %s", arrow, call.RequestURI(), info.URI)
			}
		}
		return nil
	}}
}
