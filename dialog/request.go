package dialog

import "hookflash/sip"

// MaxForwards is what our requests begin with (RFC 3261 §8.1.1.6).
const MaxForwards = 70

// Request begins the next request within the dialog, in sequence (RFC 3261 §12.2.1.1). via is the
// value of its Via. Not for ACK and CANCEL.
func (d *Dialog) Request(method sip.Method, via string) *sip.Builder {
	d.Sequence++
	return d.begin(method, via, d.Sequence)
}

// Acknowledge begins the ACK to the 2xx of the INVITE that had the sequence given (RFC 3261
// §13.2.2.4).
func (d *Dialog) Acknowledge(sequence uint32, via string) *sip.Builder {
	return d.begin(sip.ACK, via, sequence)
}

func (d *Dialog) begin(method sip.Method, via string, sequence uint32) *sip.Builder {
	target, route := d.path()
	b := sip.NewRequest(method, target).Add(sip.HeaderVia, via)
	for _, hop := range route {
		b.Add(sip.HeaderRoute, hop)
	}
	hops := d.Hops
	if hops == 0 {
		hops = MaxForwards
	}
	b.AddNumber(sip.HeaderMaxForwards, uint64(hops))
	remote := d.Remote
	if d.RemoteTag != "" {
		remote += ";tag=" + d.RemoteTag
	}
	b.Add(sip.HeaderFrom, d.Local+";tag="+d.LocalTag).Add(sip.HeaderTo, remote)
	return b.Add(sip.HeaderCallID, d.CallID).AddSequence(sequence, method)
}

// path is the Request-URI and the route of a request: a first hop that is no loose router takes
// the place of the target, which goes to the end (RFC 3261 §12.2.1.1).
func (d *Dialog) path() (target string, route []string) {
	if len(d.Route) == 0 || d.loose() {
		return sip.RequestURI(d.Target), d.Route
	}
	first, _ := sip.ParseRoute(d.Route[0])
	route = append(route, d.Route[1:]...)
	return sip.RequestURI(first.Text), append(route, "<"+d.Target+">")
}

func (d *Dialog) loose() bool {
	first, err := sip.ParseRoute(d.Route[0])
	return err != nil || first.URI.IsLoose()
}

// NextHop is the URI that the next request goes to: the first hop of the route, or the target.
func (d *Dialog) NextHop() string {
	if len(d.Route) == 0 {
		return d.Target
	}
	first, err := sip.ParseRoute(d.Route[0])
	if err != nil {
		return d.Target
	}
	return first.Text
}

// Triple is how the other side is told of the dialog in a Replaces or Join that is sent to it, or
// by a third party to it: the tags are as it sees them (RFC 3891 §3).
func (d *Dialog) Triple() sip.DialogID {
	return sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag}
}

// RequestURI is that of the next request within the dialog.
func (d *Dialog) RequestURI() string {
	target, _ := d.path()
	return target
}
