package sim

import (
	"strconv"
	"time"

	"hookflash/sip"
)

// Registration is a phone's binding at its registrar, as the phone knows it.
type Registration struct {
	// Code is that of the latest final response; 0 while none came.
	Code int
	// Registered tells whether our Contact stood in the latest 200.
	Registered bool
	Expires    time.Duration // what the registrar granted
	Contacts   []string      // all of the latest 200

	phone    *Phone
	callID   string
	tag      string
	sequence uint32
	wanted   time.Duration
	refresh  *alarm
	pending  bool
}

// Register registers, and keeps registering at half of the granted time.
func (p *Phone) Register() *Registration {
	registration := &Registration{phone: p, wanted: p.config.Expires}
	p.do(func() {
		registration.callID, registration.tag = p.token()+"@"+p.config.Name, p.token()
		p.registrations = append(p.registrations, registration)
		registration.send()
	})
	return registration
}

// Refresh registers again now.
func (r *Registration) Refresh() { r.phone.do(r.send) }

// Remove takes the binding away.
func (r *Registration) Remove() {
	r.phone.do(func() {
		r.wanted = 0
		r.send()
	})
}

func (r *Registration) send() {
	p := r.phone
	p.stop(r.refresh)
	r.pending = true
	contact := "Contact: <" + p.ContactURI() + ">" + p.config.ContactParams
	supported := "Supported: path"
	if p.config.Instance != "" {
		contact += `;+sip.instance="<` + p.config.Instance + `>"`
		supported += ", gruu, outbound"
	}
	expires := strconv.Itoa(int(r.wanted / time.Second))
	p.start(&request{
		method: sip.REGISTER, uri: "sip:" + p.config.Domain,
		from: "<" + p.AOR() + ">;tag=" + r.tag, to: "<" + p.AOR() + ">", callID: r.callID, sequence: &r.sequence,
		fields: []string{contact + ";expires=" + expires, "Expires: " + expires, supported},
		done:   r.done,
	})
}

func (r *Registration) done(m *sip.Message, code int) {
	if code < 200 {
		return
	}
	r.Code, r.pending = code, false
	if m == nil {
		r.retry()
		return
	}
	if least, ok := m.Number(sip.HeaderMinExpires); ok && code == 423 && r.wanted < time.Duration(least)*time.Second {
		r.wanted = time.Duration(least) * time.Second
		r.send()
		return
	}
	if code >= 300 {
		r.Registered = false
		return
	}
	r.Registered, r.Contacts = false, nil
	for value := range m.Values(sip.HeaderContact) {
		r.Contacts = append(r.Contacts, value)
		r.find(m, value)
	}
	if r.wanted > 0 && !r.Registered {
		r.phone.complain("200 to REGISTER without our Contact")
	}
	r.phone.serviceRoute = nil
	for value := range m.Values(sip.HeaderServiceRoute) {
		r.phone.serviceRoute = append(r.phone.serviceRoute, value)
	}
	if r.Registered {
		r.refresh = r.phone.after(r.Expires/2, r.send)
		r.refresh.routine = true
	}
}

// retry comes back a while after a registrar that is away (RFC 5626 §4.5, simplified).
func (r *Registration) retry() {
	if r.wanted > 0 {
		r.refresh = r.phone.after(30*time.Second, r.send)
		r.refresh.routine = true
	}
}

// find looks whether a Contact of the response is ours.
func (r *Registration) find(m *sip.Message, value string) {
	address, err := sip.ParseAddress(value)
	ours, _ := sip.ParseURI(r.phone.ContactURI())
	if err != nil || !address.URI.Equal(ours) {
		return
	}
	r.Registered = true
	text, ok := address.Params.Get("expires")
	if !ok {
		text = m.Header(sip.HeaderExpires)
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds <= 0 {
		r.phone.complain("200 to REGISTER does not say when our Contact expires: %s", value)
		seconds = 3600
	}
	r.Expires = time.Duration(seconds) * time.Second
	r.phone.PublicGRUU, _ = address.Params.Get("pub-gruu")
	r.phone.TemporaryGRUU, _ = address.Params.Get("temp-gruu")
}
