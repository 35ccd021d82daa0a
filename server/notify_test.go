package server

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify(NotifyReady); err != nil {
		t.Errorf("without a service manager there is nothing to tell: %v", err)
	}
	name := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	t.Setenv("NOTIFY_SOCKET", name)
	for _, state := range []string{NotifyReady, NotifyReloading, NotifyStopping} {
		if err := Notify(state); err != nil {
			t.Fatal(err)
		}
		told := make([]byte, 64)
		n, err := manager.Read(told)
		if err != nil || !strings.HasPrefix(string(told[:n]), state) {
			t.Errorf("the service manager is told %s: got %q, %v", state, told[:n], err)
		}
	}
	t.Setenv("NOTIFY_SOCKET", name+".gone")
	if err := Notify(NotifyReady); err == nil || !strings.Contains(err.Error(), "tell the service manager") {
		t.Errorf("a service manager that is gone is an error: %v", err)
	}
}
