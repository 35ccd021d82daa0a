package arch

import (
	"path"
	"sort"
	"strings"
	"testing"
)

const module = "hookflash/"

// law says which of our packages each package may import, bottom up. A key covers the
// package and what is below it; the longest key wins. A package may import its own parts.
var law = map[string][]string{
	"sip":    {},
	"sdp":    {},
	"digest": {},
	"task":   {},
	"pin":    {}, // of mailboxes: what the file, the API and the telephone set

	"guard/guess": {}, // the back-off of password guesses is stepped, unlike the rest of guard

	"machine":     {"sip"},
	"directory":   {"digest"},
	"transaction": {"sip", "machine"},
	"dialog":      {"sip", "machine", "transaction"},
	"event":       {"sip", "machine", "transaction", "dialog"},

	"identity":  {"sip", "machine", "digest", "directory", "guard/guess"},
	"registrar": {"sip", "machine", "digest", "directory", "transaction", "identity"},
	"proxy":     {"sip", "machine", "digest", "directory", "transaction", "identity", "registrar", "event"},
	"ua":        {"sip", "sdp", "machine", "digest", "task", "transaction", "dialog", "event", "media/graph", "media/dtmf"},
	"b2bua":     {"sip", "sdp", "machine", "task", "transaction", "dialog", "event", "ua", "media/graph"},

	"service":       {"sip", "sdp", "machine", "directory", "task", "event", "ua", "b2bua", "proxy", "store", "media/graph"},
	"service/order": {"service", "event", "b2bua", "proxy", "ua", "task", "sip", "directory", "store"},

	"media/graph":       {}, // what machines may ask for, as values
	"media":             {"sdp", "media/graph"},
	"prompts":           {"media"}, // what the server says, as files
	"transport":         {"sip", "machine"},
	"transport/resolve": {"sip", "machine"}, // names to addresses; nothing of the sockets that carry SIP
	"guard":             {"machine", "guard/guess"},
	"store":             {"digest", "directory", "machine", "registrar"},
	"store/mailbox":     {"pin"}, // messages and greetings, as files
	"numbers":           {"directory"},
	"config":            {"sip", "digest", "directory", "machine", "numbers", "pin", "prompts", "media/music"},
	"card":              {"config", "directory"}, // what users are handed

	"internal/ladder": {"sip", "machine"},
	"internal/sim": {
		"sip", "sdp", "machine", "digest", "directory", "task", "transaction", "dialog", "event",
		"identity", "registrar", "proxy", "ua", "b2bua", "service", "internal/ladder",
	},
	// A whole domain over a store in memory, for the tests of everything above.
	"internal/domain": {"sip", "machine", "task", "digest", "directory", "identity", "registrar", "proxy", "ua", "b2bua", "media/graph"},
	// Phones of our own in such a domain, for the ladders of the services.
	"internal/office":  {"sip", "machine", "directory", "task", "event", "proxy", "registrar", "ua", "media/graph", "internal/domain", "internal/sim", "internal/ladder"},
	"internal/testdns": {},
	"internal/testca":  {},
	"internal/spoken":  {"media"}, // what the load of tests says and hears
	"internal/arch":    {},

	"api":     {"machine", "digest", "directory", "store", "config", "card", "numbers", "pin", "internal/ladder"},
	"console": {},
	"phone": {
		"sip", "sdp", "machine", "digest", "task", "ua", "service/order", "event/summary", "event/dialoginfo", "media", "media/graph", "transport",
		"internal/ladder",
	},
	"flow":    {"*"}, // plays the services between a server and phones
	"server":  {"*"}, // the shell sees everything
	"cmd":     {"*"},
	"interop": {"*"},
	"bench":   {"*"},
}

// forTests is what test files may import beside their package's law.
var forTests = []string{"service/order", "b2bua", "internal/ladder", "internal/sim", "internal/domain", "internal/office", "internal/testdns", "internal/testca"}

// onlyServer may not be imported by anything but these.
var onlyServer = map[string][]string{
	"server": {"cmd", "flow", "interop", "bench"},
	"cmd":    {},
}

// signalling is the side below server: stepped, without clock, goroutine, lock, log or I/O.
var signalling = []string{
	"sip", "sdp", "digest", "task", "guard/guess", "machine", "directory", "transaction", "dialog", "event",
	"identity", "registrar", "proxy", "ua", "b2bua", "service", "media/graph", "internal/domain", "internal/ladder", "internal/sim",
}

// TestImportLaw: dependencies point down, and the table above is the only map.
func TestImportLaw(t *testing.T) {
	for _, file := range goFiles(t) {
		from := path.Dir(file.path)
		rule, known := ruleFor(from)
		if !known {
			t.Errorf("%s: package %q is not in the import law: add it to the table in internal/arch/law_test.go, "+
				"saying what it may import (known: %s)", file.path, from, strings.Join(knownPackages(), ", "))
			continue
		}
		for _, imported := range file.imports {
			to, ours := strings.CutPrefix(imported.path, module)
			if !ours || allowed(from, to, rule, file.test) {
				continue
			}
			t.Errorf("%s:%d: %s may not import %s; it may import: %s. Move the code to where it belongs, pass a value in, "+
				"or change the law in internal/arch/law_test.go and say why in docs/decisions",
				file.path, imported.line, from, to, strings.Join(rule, ", "))
		}
	}
}

func ruleFor(pkg string) (rule []string, known bool) {
	for key := pkg; key != "."; key = path.Dir(key) {
		if rule, known = law[key]; known {
			return rule, true
		}
	}
	return nil, false
}

func allowed(from, to string, rule []string, test bool) bool {
	for top, importers := range onlyServer {
		if under(to, top) {
			return under(from, top) || underAny(from, importers)
		}
	}
	if family(from) != "service" && family(from) == family(to) {
		return true
	}
	if from == to { // an external test imports its own package
		return true
	}
	if len(rule) > 0 && rule[0] == "*" {
		return true
	}
	return underAny(to, rule) || test && underAny(to, forTests)
}

// family is the key of the law that covers a package: its parts may import each other.
func family(pkg string) string {
	for key := pkg; key != "."; key = path.Dir(key) {
		if _, known := law[key]; known {
			return key
		}
	}
	return ""
}

func under(pkg, top string) bool { return pkg == top || strings.HasPrefix(pkg, top+"/") }

func underAny(pkg string, tops []string) bool {
	for _, top := range tops {
		if under(pkg, top) {
			return true
		}
	}
	return false
}

func knownPackages() []string {
	names := make([]string, 0, len(law))
	for name := range law {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// TestLawIsAcyclic: a law with a circle in it holds nothing.
func TestLawIsAcyclic(t *testing.T) {
	state := map[string]int{} // 1: on the path, 2: done
	var visit func(name string, trail []string)
	visit = func(name string, trail []string) {
		switch state[name] {
		case 1:
			t.Errorf("the import law runs in a circle: %s -> %s", strings.Join(trail, " -> "), name)
			return
		case 2:
			return
		}
		state[name] = 1
		for _, to := range law[name] {
			if to != "*" && to != name {
				visit(family(to), append(trail, name))
			}
		}
		state[name] = 2
	}
	for name := range law {
		visit(name, nil)
	}
}
