package ua

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// ReinviteLimit is how long a re-INVITE that was not refused may wait for its final response.
const ReinviteLimit = 4 * time.Minute

// field is one header field of a request.
type field struct {
	header sip.Header
	value  string
}

// Response is what became of a request: the code of the final response, 408 when none came in time
// and 503 when it could not be sent (RFC 3261 §8.1.3.1), and then no message.
type Response struct {
	Code    int
	Message *sip.Message // nil without one
}

// OK tells a 2xx.
func (r Response) OK() bool { return r.Code >= 200 && r.Code < 300 }

// Err is the response as an error, nil for a 2xx.
func (r Response) Err() error {
	if r.OK() {
		return nil
	}
	failure := &sip.StatusError{Code: r.Code, Reason: sip.Reason(r.Code), Err: errRefused}
	if r.Message != nil {
		failure.Reason = strings.Clone(r.Message.Reason())
	}
	return failure
}

var errRefused = errors.New("the far side refused")

// exchange is one request of ours, sent again with credentials when it is challenged.
type exchange struct {
	agent       *Agent
	dialog      *dialog.Dialog
	method      sip.Method
	fields      []field
	contentType string
	body        string
	flow        machine.Flow // the zero value: where the dialog leads
	tries       int
	sequence    uint32 // of the last try
	branch      string
	client      *transaction.Client
	used        []*credential
	signed      []field // what used came to
	call        *Call   // of an INVITE that makes one
	cancelled   bool    // by a CANCEL
	progress    func(m *sip.Message)
	done        func(r Response)
}

// start sends the request.
func (x *exchange) start() {
	a := x.agent
	if !x.flow.Valid() {
		x.flow = a.flowOf(x.dialog.NextHop())
	}
	number := a.table.NewNumber()
	x.branch = string(transaction.AppendBranch(nil, number, ""))
	b := x.dialog.Request(x.method, a.via(x.flow, x.branch))
	a.touchDialog(x.dialog)
	x.sequence = x.dialog.Sequence
	for _, f := range x.fields {
		b.Add(f.header, f.value)
	}
	a.sign(x)
	for _, f := range x.signed {
		b.Add(f.header, f.value)
	}
	b.Add(sip.HeaderUserAgent, a.settings.UserAgent)
	data := b.Body(x.contentType, x.body)
	x.tries++
	x.client = a.table.Send(a.now, transaction.Call{Number: number, Data: data, Flow: x.flow, Method: x.method, Context: x}, a.out)
	if x.client == nil {
		x.finish(Response{Code: 503})
	}
}

// receive takes a response.
func (x *exchange) receive(m *sip.Message) {
	code := m.StatusCode()
	switch {
	case code < 200 && x.progress != nil:
		x.progress(m)
	case code < 200:
		x.agent.table.Expire(x.agent.now, x.client, ReinviteLimit)
	case (code == 401 || code == 407) && x.tries < MaxTries && !x.unwanted() && x.agent.challenged(x, m):
		x.start()
	default:
		x.finish(Response{Code: code, Message: m})
	}
}

// unwanted tells a request that is not to be sent again: its call was given up or ended meanwhile.
func (x *exchange) unwanted() bool {
	switch {
	case x.call != nil:
		return x.call.cancel || x.call.State == Over
	case x.method == sip.INVITE || x.method == sip.UPDATE || x.method == sip.PRACK:
		return x.dialog.State == dialog.Ended
	}
	return false
}

// replace puts other header fields in the place of those named.
func (x *exchange) replace(fields []field, names ...sip.Header) {
	kept := make([]field, 0, len(x.fields)+len(fields))
	for _, f := range x.fields {
		if !slices.Contains(names, f.header) {
			kept = append(kept, f)
		}
	}
	x.fields = append(kept, fields...)
}

func (x *exchange) finish(r Response) {
	x.client = nil
	if x.done != nil {
		x.done(r)
	}
}

// via is the value of the Via of a request.
func (a *Agent) via(flow machine.Flow, branch string) string {
	if flow.Transport == machine.Inside {
		return fmt.Sprintf("SIP/2.0/%s %s;branch=%s", flow.Transport.Via(), a.settings.Local, branch)
	}
	return fmt.Sprintf("SIP/2.0/%s %s;branch=%s;rport", flow.Transport, a.settings.Local, branch)
}

// flowOf is where a request to a URI goes: straight to a numeric address that is not served by
// the outbound server, else through that. Inside a process everything goes through the server.
func (a *Agent) flowOf(uri string) machine.Flow {
	if a.settings.Outbound.Transport == machine.Inside {
		return a.settings.Outbound
	}
	parsed, err := sip.ParseURI(uri)
	if err != nil {
		return a.settings.Outbound
	}
	host, numeric := parsed.Address()
	port := parsed.Port
	if port == 0 {
		port = 5060
	}
	flow := a.settings.Outbound
	if !numeric || netip.AddrPortFrom(host, port) == flow.Remote {
		return flow
	}
	transport := machine.UDP
	if name, ok := parsed.Params.Get("transport"); ok && sip.Lower(name) == "tcp" {
		transport = machine.TCP
	}
	if transport == flow.Transport || flow.Transport == machine.UDP || flow.Transport == 0 {
		return machine.Flow{Remote: netip.AddrPortFrom(host, port), Transport: transport, Listener: flow.Listener}
	}
	return flow // a phone with connections only has no socket for datagrams
}

// response finds the request that a response is for.
func (a *Agent) response(m *sip.Message) {
	outcome, client, _ := a.table.Response(a.now, m, a.out)
	switch outcome {
	case transaction.Deliver:
		x := client.Context.(*exchange)
		if x.method == sip.CANCEL {
			return
		}
		if x.method == sip.INVITE && m.StatusCode() >= 200 && m.StatusCode() < 300 {
			a.table.Remember(a.now, client, client.Flow)
		}
		x.receive(m)
	case transaction.Forward:
		a.answeredAgain(m)
	case transaction.Stray:
		a.stray(m)
	case transaction.Swallowed:
	}
}

// watcher is told by the transaction table.
type watcher struct{ agent *Agent }

func (w *watcher) TimedOut(_ time.Time, client *transaction.Client, _ *machine.Output) {
	x := client.Context.(*exchange)
	if client.State() == transaction.Proceeding && client.Invite() {
		if x.call != nil {
			x.call.rangOut()
			return
		}
		w.agent.table.Abandon(client)
	}
	x.finish(Response{Code: 408})
}

func (w *watcher) Silent(time.Time, *transaction.Client, *machine.Output) {}

func (w *watcher) Unsent(_ time.Time, client *transaction.Client, _ *machine.Output) {
	client.Context.(*exchange).finish(Response{Code: 503})
}

func (w *watcher) Unacknowledged(time.Time, *transaction.Server, *machine.Output) {}
