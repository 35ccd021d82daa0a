package registrar

import (
	"strings"

	"hookflash/sip"
)

var (
	refusedPath     = &sip.StatusError{Code: 420, Reason: "Bad Extension", Unsupported: "path"}
	refusedLongPath = &sip.StatusError{Code: 400, Reason: "Path Too Long"}
	refusedBadPath  = &sip.StatusError{Code: 400, Reason: "Malformed Path"}
	refusedFirstHop = &sip.StatusError{Code: 439, Reason: "First Hop Lacks Outbound Support"}
)

// readPath checks the Path of a request.
func (r *Registrar) readPath(w *registration) *sip.StatusError {
	m := w.p.Message
	if w.path = m.Has(sip.HeaderPath); !w.path {
		return nil
	}
	if !w.supports("path") {
		return refusedPath // RFC 3327 §5.3: the phone must know whom its calls pass
	}
	octets, count := 0, 0
	for value := range m.Values(sip.HeaderPath) {
		octets += len(value)
		count++
		if octets > MaxPath || count > MaxPathValues {
			return refusedLongPath
		}
		address, err := sip.ParseAddress(value)
		if err != nil || !address.URI.IsSIP() || address.URI.Headers != "" || strings.ContainsFunc(value, isControl) {
			return refusedBadPath
		}
		if refusal := checkPlaces(r.settings.Identity, address.URI, w.p.Flow.Remote.Addr()); refusal != nil {
			return refusal
		}
		// The hop nearest to the phone put its value in first, so it stands last.
		w.outbound = address.URI.Params.Has("ob")
	}
	return nil
}

// direct tells whether we are the first hop.
func (w *registration) direct() bool {
	vias := 0
	for range w.p.Message.Values(sip.HeaderVia) {
		vias++
	}
	return vias == 1
}

// checkFlow settles what a reg-id means. RFC 5626 §6: without an instance nothing; behind
// other hops, the one nearest to the phone must keep its flow, and a phone that relies on
// outbound must learn that it doesn't.
func (w *registration) checkFlow(c *contact) *sip.StatusError {
	switch {
	case c.regID == 0:
	case !w.outbound && !w.direct():
		c.regID = 0
		if w.supports("outbound") {
			return refusedFirstHop
		}
	case c.instance == "":
		c.regID = 0
	}
	return nil
}

// routes is the Path of the request as a binding keeps it.
func (w *registration) routes() []string {
	if !w.path {
		return nil
	}
	var path []string
	for value := range w.p.Message.Values(sip.HeaderPath) {
		path = append(path, strings.Clone(value))
	}
	return path
}
