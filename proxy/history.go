package proxy

import (
	"slices"
	"strconv"

	"hookflash/sip"
)

// setHistory tells where a forwarded call has been: History-Info (RFC 7044), of the first callee
// and everyone after, and Diversion (RFC 5806) of everyone who sent it on, the last one on top.
func (m *Machine) setHistory(e *sip.Edit, r *request, h *hop) {
	message, g := r.p.Message, h.routing
	index := "1"
	if r.who.Trusted && message.Has(sip.HeaderHistoryInfo) {
		index = nextIndex(message)
	}
	for i, d := range g.Diversions {
		v := append(m.value[:0], '<')
		v = append(v, m.shown(h, d.From)...)
		v = append(v, "?Reason=SIP%3Bcause%3D"...)
		v = strconv.AppendInt(v, int64(d.Reason), 10)
		v = append(append(v, ">;index="...), index...)
		if i > 0 {
			v = append(append(v, ";mp="...), index[:len(index)-2]...)
		}
		e.AddLast(sip.HeaderHistoryInfo, v)
		m.value = v
		index += ".1"
	}
	last := g.Diversions[len(g.Diversions)-1]
	v := append(m.value[:0], '<')
	v = append(v, m.shown(h, last.To)...)
	v = append(append(v, ">;index="...), index...)
	v = append(append(v, ";mp="...), index[:len(index)-2]...)
	e.AddLast(sip.HeaderHistoryInfo, v)
	for _, d := range slices.Backward(g.Diversions) {
		v = append(v[:0], '<')
		v = append(v, m.shown(h, d.From)...)
		v = append(append(v, ">;reason="...), d.Reason.String()...)
		e.Prepend(sip.HeaderDiversion, v)
	}
	m.value = v
}

// nextIndex is the index behind those that a trusted hop put there.
func nextIndex(message *sip.Message) string {
	last := ""
	for value := range message.Values(sip.HeaderHistoryInfo) {
		if entry, err := sip.ParseHistoryInfo(value); err == nil {
			last = entry.Index
		}
	}
	if last == "" {
		return "1"
	}
	return last + ".1"
}
