package resolve

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSystemServers: resolv.conf(5) as hosts have it.
func TestSystemServers(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		want         []string
	}{
		{"in order", "# comment\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0\n", []string{"192.0.2.53:53", "[2001:db8::53]:53"}},
		{"with a zone, and without sense", "nameserver fe80::1%eth0\nnameserver example\nnameserver\n", []string{"[fe80::1%eth0]:53"}},
		{"none named: the host itself", "search example.test\n", []string{"127.0.0.1:53"}},
	} {
		file := filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		servers, err := systemServers(file)
		var got []string
		for _, server := range servers {
			got = append(got, server.String())
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", test.reason, got, err)
		}
	}
	if servers, err := systemServers(filepath.Join(t.TempDir(), "none")); err != nil || len(servers) != 1 {
		t.Errorf("no file: the host itself: %v, %v", servers, err)
	}
}
