//go:build interop

package interop

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newNetwork has nothing in it but the loopback interface and one more that nobody answers on: there the demo's
// ports are free.
func newNetwork(t testing.TB) network {
	t.Helper()
	// Ports that tshark takes for no other protocol: it reads what phones say by its port first.
	return makeNetwork(t, "network", `echo 50000 54327 >/proc/sys/net/ipv4/ip_local_port_range
ip link add outside type veth peer name nowhere || ip link add outside type dummy
ip addr add 192.0.2.1/24 dev outside && ip link set outside up`)
}

// TestReadme: the README's example and what the demo itself says to type work as written, but for the
// folder: a phone registers, and calls another.
func TestReadme(t *testing.T) {
	n := newNetwork(t)
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	demo := n.inside(path, "serve")
	demo.Dir = t.TempDir()
	demo.Env = append(os.Environ(), "XDG_CACHE_HOME="+demo.Dir)
	s := start(t, "demo", demo)
	s.logged(t, "the demo says what to try", "Ctrl-C ends")

	const makeAlice, makeBob = "mkdir -p /tmp/alice\n", "mkdir -p /tmp/bob\n"
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	alice, typeAtAlice := typed(t, n, "alice", makeAlice+between(t, string(readme), "```\n"+makeAlice, "```"))
	bob, typeAtBob := typed(t, n, "bob", makeBob+between(t, s.text(), makeBob, "\n\n"))
	for _, phone := range []*process{alice, bob} {
		phone.logged(t, "it registers", isRegistered)
	}
	dial := between(t, string(readme), "`/dial ", "`")
	if !strings.Contains(s.text(), "/dial "+dial) {
		t.Errorf("the demo says the same as the README: %s", dial)
	}
	typeAtAlice("/dial " + dial)
	bob.logged(t, "the other phone rings", "Incoming call from: ")
	typeAtBob("/accept")
	for _, phone := range []*process{alice, bob} {
		phone.logged(t, "they talk", "Call established")
	}
}

// typed runs lines of documentation in a shell, in a folder of the test, and tells how to
// type at what runs then.
func typed(t testing.TB, n network, name, lines string) (*process, func(string)) {
	t.Helper()
	folder := t.TempDir()
	command := n.inside("bash", "-ec", strings.ReplaceAll(lines, "/tmp/"+name, filepath.Join(folder, name)))
	// A sound card that plays to nobody, for machines without one.
	sound := filepath.Join(folder, "asound.conf")
	if err := os.WriteFile(sound, []byte("pcm.!default {type null}\nctl.!default {type null}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command.Env = append(os.Environ(), "ALSA_CONFIG_PATH="+sound)
	keys, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, name, command)
	return p, func(text string) {
		t.Helper()
		if _, err := io.WriteString(keys, text+"\n"); err != nil {
			t.Fatalf("typing %s at %s's phone: %v", text, name, err)
		}
	}
}

// between is the text from one mark to another.
func between(t testing.TB, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	inner, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("nothing between %q and %q", from, to)
	}
	return inner
}
