package config

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"hookflash/digest"
)

const (
	maxUsers     = 100_000
	maxListeners = 64
	maxTrusted   = 256
	maxPassword  = 256 // bytes

	shortPassword = 8 // bytes; below it, a warning
)

// root reads the whole document. What it can't read is reported and left as it was.
func (r *reader) root(document ast.Node) {
	r.places[""] = placeOf(document)
	keys := r.mapping(field{node: document}, []string{
		"domain", "listen", "data", "trusted", "digest", "guests", "tls", "origins", "users",
		"groups", "calendars", "menus", "trunks", "numbers", "codes", "in-call", "media", "music", "voicemail", "click", "park", "rooms", "recording", "redial", "redirects", "assist",
		"limits", "session", "registration", "log", "shutdown", "resolver", "timer-c",
	})
	config := r.config
	r.setText(keys["domain"], &config.Domain)
	config.Domain = strings.ToLower(config.Domain)
	r.listen(keys["listen"])
	r.setText(keys["data"], &config.Data)
	r.trusted(keys["trusted"])
	if listed := keys["digest"]; listed.node != nil {
		config.Digest = r.algorithms(listed)
	}
	r.setBool(keys["guests"], &config.Guests)
	r.tls(keys["tls"])
	r.origins(keys["origins"])
	r.click(keys["click"])
	r.users(keys["users"])
	r.services(keys)

	limits := r.mapping(keys["limits"], []string{"contacts-per-user"})
	r.setInteger(limits["contacts-per-user"], &config.Limits.ContactsPerUser)
	session := r.mapping(keys["session"], []string{"expires", "minimum"})
	r.setDuration(session["expires"], &config.Session.Expires)
	r.setDuration(session["minimum"], &config.Session.Minimum)
	registration := r.mapping(keys["registration"], []string{"minimum", "maximum", "default"})
	r.setDuration(registration["minimum"], &config.Registration.Minimum)
	r.setDuration(registration["maximum"], &config.Registration.Maximum)
	r.setDuration(registration["default"], &config.Registration.Default)
	log := r.mapping(keys["log"], []string{"level"})
	r.setText(log["level"], &config.Log.Level)
	shutdown := r.mapping(keys["shutdown"], []string{"drain"})
	r.setDuration(shutdown["drain"], &config.Shutdown.Drain)
	r.resolver(keys["resolver"])
	r.setDuration(keys["timer-c"], &config.TimerC)
}

func (r *reader) listen(f field) {
	keys := r.mapping(f, []string{"sip", "http"})
	items := r.list(keys["sip"], maxListeners, "[udp:192.0.2.10:5060, tcp:192.0.2.10:5060]")
	listeners := make([]Listener, len(items))
	for i, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		listener, err := ParseListener(text)
		if err != nil {
			r.say(item, text, err)
		}
		listeners[i] = listener
	}
	r.config.Listen.SIP = listeners
	text, ok := r.text(keys["http"])
	switch {
	case !ok:
	case text == "off":
		r.config.Listen.HTTP = netip.AddrPort{}
	default:
		address, err := parseAddress(text)
		if err != nil {
			r.say(keys["http"], text, err)
		}
		r.config.Listen.HTTP = address
	}
}

func (r *reader) tls(f field) {
	keys := r.mapping(f, []string{"certificate", "key", "client-ca", "ca", "minimum"})
	files := &r.config.TLS
	r.setText(keys["certificate"], &files.Certificate)
	r.setText(keys["key"], &files.Key)
	r.setText(keys["client-ca"], &files.ClientCA)
	r.setText(keys["ca"], &files.CA)
	if text, ok := r.text(keys["minimum"]); ok {
		files.Minimum = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[text]
	}
}

// say reports an error of the form "what; remedy" about a text.
func (r *reader) say(f field, text string, err error) {
	what, remedy, _ := strings.Cut(err.Error(), "; ")
	r.wrong(f, quote(text)+" "+what, remedy)
}

func (r *reader) trusted(f field) {
	r.config.Trusted = r.networks(f)
}

// networks reads a list of networks and addresses.
func (r *reader) networks(f field) []netip.Prefix {
	items := r.list(f, maxTrusted, "[192.0.2.0/28]")
	prefixes := make([]netip.Prefix, len(items))
	for i, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if address, alone := netip.ParseAddr(text); alone == nil && address.Zone() == "" {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			r.wrong(item, quote(text)+" is not a network", "write 192.0.2.0/28, or one address such as 192.0.2.10")
			continue
		}
		prefixes[i] = prefix
	}
	return prefixes
}

func (r *reader) algorithms(f field) []digest.Algorithm {
	items := r.list(f, maxListeners, "[SHA-256, MD5]")
	algorithms := make([]digest.Algorithm, len(items))
	for i, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		algorithm, err := digest.ParseAlgorithm(text)
		if err != nil {
			r.wrong(item, quote(text)+" is no digest algorithm", "use SHA-512-256, SHA-256 or MD5")
		}
		algorithms[i] = algorithm
	}
	return algorithms
}

func (r *reader) users(f field) {
	items := r.list(f, maxUsers, "- {name: alice, password: …} for each user")
	r.config.Users = make([]User, len(items))
	r.passwords = make([]string, len(items))
	known := append([]string{"name", "password", "digest", "assistants"}, routingKeys...)
	for i, item := range items {
		keys := r.mapping(item, known)
		if keys == nil && item.node.Type() == ast.NullType {
			r.wrong(item, "is empty", "write {name: …, password: …} or remove it")
			continue
		}
		user := &r.config.Users[i]
		r.setText(keys["name"], &user.Name)
		if listed := keys["digest"]; listed.node != nil {
			user.Digest = r.algorithms(listed)
			if len(user.Digest) == 0 {
				r.wrong(listed, "is an empty list", "name an algorithm or remove the key: the domain's list holds then")
			}
		}
		user.Assistants = r.texts(keys["assistants"], maxAssistants, "[carol, dave]")
		user.Routing = r.routing(keys)
		r.password(i, keys["password"])
		r.pin(i)
	}
}

// maxAssistants is how many assistants one user may have.
const maxAssistants = 64

// password reads the password of user i. Messages never show it.
func (r *reader) password(i int, f field) {
	text, ok := r.text(f)
	switch {
	case !ok:
	case text == "":
		r.wrong(f, "is empty", "choose something long and random")
	case len(text) > maxPassword:
		r.wrong(f, fmt.Sprintf("is longer than %d bytes", maxPassword), "choose a shorter one")
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.wrong(f, "holds a control character, which no phone can type", "choose another")
	default:
		r.passwords[i] = text
	}
}

// keep turns the passwords into digest secrets, once realm and algorithms are known.
func (r *reader) keep() {
	local := !slices.ContainsFunc(r.config.Listen.SIP, func(l Listener) bool { return !l.Address.Addr().IsLoopback() })
	for i := range r.config.Users {
		user, password := &r.config.Users[i], r.passwords[i]
		f := field{path: fmt.Sprintf("users[%d].password", i)}
		algorithms := user.Digest
		if len(algorithms) == 0 {
			algorithms = r.config.Digest
		}
		switch {
		case password == "":
			continue
		case len(algorithms) == 0 || slices.ContainsFunc(algorithms, func(a digest.Algorithm) bool { return !a.Valid() }):
			r.silenced[f.path] = true // the list of algorithms is reported
			continue
		case !local && slices.ContainsFunc(DemoUsers(), func(c Credential) bool { return c.Password == password }):
			r.wrong(f, "is one of the demo's, which everybody knows", "choose something long and random")
		case !local && (len(password) < shortPassword || strings.EqualFold(password, user.Name)):
			r.wrong(f, "is easily guessed, and the server is reachable from outside", "choose something long and random")
			r.problems[len(r.problems)-1].Warning = true
		}
		user.HA1 = secrets(algorithms, user.Name, r.config.Domain, password)
	}
	r.passwords = nil
	r.checkPINs()
}
