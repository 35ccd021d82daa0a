package registrar

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

const (
	accepted   = "SIP/2.0 200 OK\r\n"
	dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 3261 §20.17
	// lineSize is about what a Contact takes beside the contact, its parameters and GRUUs;
	// gruuSize what these take.
	lineSize = 48
	gruuSize = 384
)

// accept stages the change and answers 200, or 500 should the change not be kept.
func (r *Registrar) accept(w *registration, out *machine.Output) {
	durable := w.who.Durable
	if w.changed {
		if w.record != nil {
			w.address = w.record.AddressOfRecord
		} else {
			w.address = strings.Clone(w.address)
		}
		durable = out.Change(Change{AddressOfRecord: w.address, Old: w.record, New: r.newRecord(w)})
	}
	failed := r.settings.Identity.Begin(w.p, 500, "Server Internal Error")
	response := r.appendAccepted(w, failed)
	out.Sends = append(out.Sends, machine.Send{
		To: w.p.Flow, Data: response, Durable: durable, Otherwise: append(failed, identity.End...),
	})
}

// appendAccepted makes the 200 (step 8) from the beginning of another response.
func (r *Registrar) appendAccepted(w *registration, other []byte) []byte {
	head := other[bytes.IndexByte(other, '\n')+1:]
	size := len(accepted) + len(head) + 4*lineSize + len(r.settings.ServiceRoute)
	for i := range r.bindings {
		size += lineSize + len(r.bindings[i].Contact) + len(r.bindings[i].Parameters)
		if w.gruu && r.bindings[i].Instance != "" {
			size += gruuSize
		}
	}
	b := append(append(make([]byte, 0, size), accepted...), head...)
	for i := range r.bindings {
		b = r.appendContact(b, w, &r.bindings[i])
	}
	b = r.appendExtensions(b, w)
	b = append(append(append(b, "Date: "...), r.dateOf(w.now)...), "\r\n"...)
	return append(b, identity.End...)
}

// appendContact: RFC 3261 §10.3 step 8, and RFC 5627 §5.2.
func (r *Registrar) appendContact(b []byte, w *registration, binding *Binding) []byte {
	b = append(append(append(b, "Contact: <"...), binding.Contact...), ">;expires="...)
	b = strconv.AppendInt(b, max(int64(binding.Expires.Sub(w.now)/time.Second), 1), 10)
	if binding.Q < 1000 {
		b = append(b, ";q=0."...)
		for unit := uint16(100); unit > 0; unit /= 10 {
			b = append(b, '0'+byte(binding.Q/unit%10))
		}
	}
	b = append(b, binding.Parameters...)
	if w.gruu && binding.Instance != "" {
		b = append(b, `;pub-gruu="`...)
		b = r.gruus.appendPublic(b, w.address, binding.Instance)
		b = append(b, `";temp-gruu="`...)
		b = r.gruus.appendTemporary(b, w.address, binding.Instance, w.number)
		b = append(b, '"')
	}
	return append(b, "\r\n"...)
}

func (r *Registrar) appendExtensions(b []byte, w *registration) []byte {
	m := w.p.Message
	for value := range m.Values(sip.HeaderPath) {
		b = append(append(append(b, "Path: "...), value...), "\r\n"...) // RFC 3327 §5.3
	}
	if r.settings.ServiceRoute != "" {
		b = append(append(append(b, "Service-Route: "...), r.settings.ServiceRoute...), "\r\n"...)
	}
	if w.registersFlow && w.supports("outbound") {
		b = append(b, "Require: outbound\r\n"...)                      // RFC 5626 §6
		if r.settings.FlowTimer > 0 && w.p.Flow.Transport.Reliable() { // a NAT forgets datagrams far sooner
			b = strconv.AppendInt(append(b, "Flow-Timer: "...), int64(r.settings.FlowTimer/time.Second), 10)
			b = append(b, "\r\n"...)
		}
	}
	if m.Has(sip.HeaderSupported) {
		b = append(b, "Supported: path, outbound\r\n"...) // gruu stays out: RFC 5627 §5.2
	}
	return b
}

// dateOf is the value of Date, made once a second.
func (r *Registrar) dateOf(now time.Time) []byte {
	if second := now.Unix(); second != r.second || r.date == nil {
		r.second = second
		r.date = now.UTC().AppendFormat(r.date[:0], dateFormat)
	}
	return r.date
}

// refuse answers anything but 200.
func (r *Registrar) refuse(w *registration, refusal *sip.StatusError, out *machine.Output) {
	b := r.settings.Identity.Begin(w.p, refusal.Code, refusal.Reason)
	if refusal == refusedBrief {
		b = strconv.AppendInt(append(b, "Min-Expires: "...), int64(r.settings.MinExpires/time.Second), 10)
		b = append(b, "\r\n"...)
	}
	if refusal.Unsupported != "" {
		b = append(append(append(b, "Unsupported: "...), refusal.Unsupported...), "\r\n"...)
	}
	b = append(b, identity.End...)
	if w.who.Kind != identity.User && !w.p.Flow.Transport.Reliable() {
		b = sip.Terse(b, len(w.p.Message.Text())) // the source may be forged
	}
	out.Sends = append(out.Sends, machine.Send{To: w.p.Flow, Data: b})
}
