//go:build interop

package interop

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kamailio is a running Kamailio with the configuration kamailio.cfg.
type kamailio struct {
	*process
	address netip.AddrPort
}

// startKamailio starts one before, beside or behind a server.
func startKamailio(t testing.TB, beside *server) *kamailio {
	t.Helper()
	text, err := os.ReadFile("kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	k := &kamailio{address: freeAddress(t)}
	configuration := filepath.Join(t.TempDir(), "kamailio.cfg")
	filled := strings.NewReplacer("SELF", k.address.String(), "HOOKFLASH", beside.address.String()).Replace(string(text))
	if err := os.WriteFile(configuration, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	k.process = start(t, "kamailio", exec.Command("kamailio", "-f", configuration, "-DD", "-E", "-m", "32", "-M", "4",
		"-Y", t.TempDir()))
	eventually(t, "Kamailio listens", func() bool {
		if !k.running() {
			t.Fatalf("Kamailio ended at its start: %v", k.err)
		}
		return !portIsFree(k.address)
	})
	return k
}
