package proxy

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// A call that came to nothing may be made again when the callee is free: who called is known for that
// (RFC 5359 §2.17), and the response says where to ask to be told (RFC 6910 §6.1).

// tellRefused tells of the final response to a call of a user of ours.
func (m *Machine) tellRefused(c *responseContext, code int, out *machine.Output) {
	if !c.invite || c.inDialog || code < 400 || challenges(code) || c.arrived.who.User == nil || c.arrived.p.Flow.Transport == machine.Inside {
		return
	}
	if g := c.routing; g != nil && (g.coded || g.callee.means == meansAgent) && !helped(&g.callee) {
		return // what a telephone is told by an agent is no call to somebody
	}
	callee, user := m.calledFirst(c)
	if user {
		callee = userOf(callee)
	}
	out.Events = append(out.Events, Refused{User: c.arrived.who.User.Name, Callee: callee, Code: code})
}

// calledFirst is whom an INVITE was for: the address of record of a user of ours, or the URI of anybody else.
func (m *Machine) calledFirst(c *responseContext) (uri string, user bool) {
	d := m.destinationOf(c.arrived.text, c.arrived.uri)
	if d.means == meansUser || d.means == meansPhone && d.user != nil {
		return d.name + "@" + m.settings.Domains[0], true
	}
	return c.arrived.text, false
}

// completable is how the callee of a final response can be reached later: "BS" after busy, "NR" after nothing
// was heard; "" where nobody waits for that.
func completable(code int) string {
	switch code {
	case 486, 600:
		return "BS"
	case 408, 480:
		return "NR"
	}
	return ""
}

// setCompletion says in a final response where a caller can wait until the callee is free. Who has said that
// itself is left as it is.
func (m *Machine) setCompletion(e *sip.Edit, c *responseContext, response *sip.Message) {
	uri := m.completion(c, response.StatusCode())
	if uri == "" {
		return
	}
	for value := range response.Values(sip.HeaderCallInfo) {
		if strings.Contains(sip.Lower(value), "purpose=call-completion") {
			return
		}
	}
	e.Add(sip.HeaderCallInfo, []byte(uri))
}

// completion is that place as Call-Info has it, "" where there is none.
func (m *Machine) completion(c *responseContext, code int) string {
	mode := completable(code)
	if _, there := m.settings.Agents[redialAgent]; !there || mode == "" || !c.invite || c.inDialog || c.arrived.who.User == nil {
		return ""
	}
	callee, user := m.calledFirst(c)
	if !user {
		return ""
	}
	return "<sip:" + redialAgent + "@" + m.settings.Domains[0] + ";to=" + escapeParam(userOf(callee)) + ">;purpose=call-completion;m=" + mode
}

// failure is the answer to a call where no telephone has made one: of who is in a call it says what telephones' do.
func (m *Machine) failure(c *responseContext, code int) *sip.StatusError {
	problem := &sip.StatusError{Code: code, Reason: sip.Reason(code)}
	if code == 486 {
		problem.CallInfo = m.completion(c, code)
	}
	return problem
}
