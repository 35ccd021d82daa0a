package proxy

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/sip"
)

// means is what an address stands for.
type means uint8

const (
	meansNobody  means = iota // an address of our domain that nobody has
	meansUser                 // a user
	meansGroup                // a group
	meansPhone                // one phone, by its GRUU
	meansAgent                // an agent of this process
	meansNumber               // a number of the telephone network
	meansForeign              // an address of another domain, or behind another hop
)

// destination is whom a Request-URI, or a target of somebody's, leads to.
type destination struct {
	means means
	text  string // the URI
	uri   sip.URI
	name  string // of the user or group
	user  *directory.User
	group *directory.Group
	// contact is the registered one of the phone that the URI is the address of, "" for a GRUU.
	contact string
	// number in E.164 where it is known to be, and how far it goes.
	number    string
	local     string // as it is dialled here
	class     directory.Class
	emergency bool
	picked    *Ringing // the call that is picked up there; nil: none
}

// destinationOf finds out what a URI means.
func (m *Machine) destinationOf(text string, uri sip.URI) destination {
	d := destination{text: text, uri: uri}
	switch {
	case uri.IsTel():
		m.dialled(&d, directory.Digits(uri.User))
	case !m.settings.serves(uri):
		d.means = meansForeign
		if m.trunkHost(uri) { // a gateway of ours is no way around what may be called
			m.dialled(&d, directory.Digits(sip.Unescape(uri.User)))
		} else {
			m.registered(&d)
		}
	default:
		d.uri = m.inDomain(uri)
		m.ownDestination(&d)
	}
	return d
}

// ownDestination finds who of our domain is meant.
func (m *Machine) ownDestination(d *destination) {
	if text, ok := m.alias(d.uri); ok {
		if uri, err := sip.ParseURI(text); err == nil {
			d.text, d.uri = text, uri
		}
	}
	name := sip.Unescape(d.uri.User)
	if _, ours := m.settings.Agents[name]; ours {
		d.means, d.name = meansAgent, name
		return
	}
	if d.uri.Params.Has("gr") {
		d.means = meansPhone
		if m.settings.Resolve != nil {
			if address, _, ok := m.settings.Resolve(d.uri); ok {
				d.name = userOf(address)
				d.user = m.views.Users.User(d.name)
			}
		}
		return
	}
	if m.named(d, name) {
		return
	}
	m.dialled(d, directory.Digits(name))
}

// registered finds the user whose phone an address is, so that nobody gets around what the user has
// set by calling the phone itself through us. Its user part must be the user's name.
func (m *Machine) registered(d *destination) {
	user := m.views.Users.User(sip.Unescape(d.uri.User))
	if user == nil {
		return
	}
	record := m.views.Bindings.Bindings(user.Name + "@" + m.settings.Domains[0])
	for i := 0; record != nil && i < len(record.Bindings); i++ {
		b := &record.Bindings[i]
		contact, err := sip.ParseURI(b.Contact)
		if err == nil && (samePlace(contact, d.uri) || placeOf(d.uri) == b.Flow.Remote) {
			d.means, d.name, d.user, d.contact = meansPhone, user.Name, user, b.Contact
			return
		}
	}
}

// samePlace tells whether two URIs lead to the same socket.
func samePlace(a, b sip.URI) bool {
	place := placeOf(a)
	if place.Addr().IsValid() || placeOf(b).Addr().IsValid() {
		return place == placeOf(b)
	}
	return strings.EqualFold(strings.TrimSuffix(a.Host, "."), strings.TrimSuffix(b.Host, ".")) && place.Port() == placeOf(b).Port()
}

// placeOf is where a URI leads that says so itself: the zero Addr where its host is a name.
func placeOf(uri sip.URI) netip.AddrPort {
	host, port := uri.Host, uri.Port
	if maddr, given := uri.Params.Get("maddr"); given {
		host = maddr
	}
	if port == 0 {
		transport, _ := transportOf(uri)
		port = standardPort(transport)
	}
	address, _ := sip.HostAddress(host)
	return netip.AddrPortFrom(address, port)
}

// named finds a user or group by name.
func (m *Machine) named(d *destination, name string) bool {
	if user := m.views.Users.User(name); user != nil {
		d.means, d.name, d.user = meansUser, user.Name, user
		return true
	}
	if group := m.views.Users.Group(name); group != nil {
		d.means, d.name, d.group = meansGroup, group.Name, group
		return true
	}
	return false
}

// dialled finds who has a number, here or in the telephone network.
func (m *Machine) dialled(d *destination, digits string) {
	if digits == "" {
		return
	}
	d.number = digits
	if slices.Contains(m.settings.Emergency, digits) {
		d.means, d.emergency = meansNumber, true
		return
	}
	if name := m.views.Users.Number(digits); name != "" && m.named(d, name) {
		return
	}
	number, class, ok := digits, directory.ClassInternational, strings.HasPrefix(digits, "+")
	if m.settings.Normalize != nil {
		number, class, ok = m.settings.Normalize(digits)
	}
	if !ok {
		return
	}
	if name := m.views.Users.Number(number); name != "" && m.named(d, name) {
		d.number = number
		return
	}
	d.means, d.number, d.class = meansNumber, number, class
	if m.settings.Local != nil {
		d.local = m.settings.Local(number)
	}
}

// subject is the destination as patterns compare it.
func (d *destination) subject() directory.Subject {
	return directory.Subject{Name: d.name, Address: d.uri.AddressOfRecord(), Number: d.number, Local: d.local}
}

// key names whose rules are asked, for loops.
func (d *destination) key() string {
	if d.name != "" {
		return d.name
	}
	return d.text
}

// canonical is the URI that stands for the destination in what is told about it.
func (m *Machine) canonical(d *destination) string {
	if d.means == meansUser || d.means == meansGroup {
		return "sip:" + sip.EscapeUser(d.name) + "@" + m.settings.Domains[0]
	}
	return d.text
}

// resolveTarget is the destination of a target that a user, group or menu has; owner is
// whose it is, and why the call goes there.
func (m *Machine) resolveTarget(t directory.Target, owner string, why Reason) (destination, bool) {
	text := m.targetURI(t, owner, why)
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() && !uri.IsTel() {
		return destination{}, false
	}
	d := m.destinationOf(text, uri)
	return d, !internal(&d)
}

// targetURI is the address of a target (RFC 4458 for mailboxes).
func (m *Machine) targetURI(t directory.Target, owner string, why Reason) string {
	domain := m.settings.Domains[0]
	switch t.Kind {
	case directory.TargetPhones:
		return "sip:" + sip.EscapeUser(owner) + "@" + domain
	case directory.TargetNumber:
		return "sip:" + sip.EscapeUser(t.Value) + "@" + domain + ";user=phone"
	case directory.TargetVoicemail:
		if t.Value != "" {
			owner = t.Value
		}
		return "sip:voicemail@" + domain + ";target=sip:" + sip.EscapeUser(owner) + "%40" + domain + ";cause=" + why.code()
	case directory.TargetMenu:
		return "sip:menu@" + domain + ";menu=" + sip.EscapeUser(t.Value)
	case directory.TargetAnnouncement:
		return "sip:announce@" + domain + ";announcement=" + sip.EscapeUser(t.Value)
	case directory.TargetNone, directory.TargetName, directory.TargetURI:
	}
	if t.Kind == directory.TargetURI {
		return t.Value
	}
	return "sip:" + sip.EscapeUser(t.Value) + "@" + domain
}

// phonesOf are the phones of a user, best first.
func (m *Machine) phonesOf(now time.Time, r *request, user string) []target {
	lookup := lookup{now: now, secure: r.uri.IsSecure()}
	m.expand(&lookup, user+"@"+m.settings.Domains[0], 0)
	return lookup.best()
}

// ring is where a destination is rung. Without targets there is a problem.
func (m *Machine) ring(now time.Time, r *request, d *destination) ([]target, *sip.StatusError) {
	source := r.p.Flow.Remote.Addr()
	switch d.means {
	case meansUser:
		if targets := m.phonesOf(now, r, d.name); len(targets) > 0 {
			return targets, nil
		}
		return nil, &sip.StatusError{Code: 480, Reason: sip.Reason(480)}
	case meansPhone:
		if d.picked != nil {
			return []target{d.picked.target()}, nil
		}
		if d.contact == "" {
			return m.instanceTargets(now, r, d.uri)
		}
		targets := slices.DeleteFunc(m.phonesOf(now, r, d.name), func(t target) bool { return t.uri != d.contact })
		if len(targets) == 0 {
			return nil, &sip.StatusError{Code: 480, Reason: sip.Reason(480)}
		}
		return targets, nil
	case meansAgent:
		t, _ := m.agentNamed(d.name, d.text)
		return []target{t}, nil
	case meansForeign:
		return []target{{alternative: alternative{uri: d.text}, from: source}}, nil
	case meansNumber:
		return m.trunkTargets(now, r, d)
	case meansGroup, meansNobody:
	}
	if d.uri.User != "" && d.means == meansNobody {
		if lookup := m.phonesOf(now, r, d.uri.User); len(lookup) > 0 {
			return lookup, nil
		}
	}
	return nil, m.nobodyThere(r, d.uri)
}

// callsOut tells whether whoever sends a request may call beyond our users.
func callsOut(r *request) bool { return r.who.Kind == identity.User }
