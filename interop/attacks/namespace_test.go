//go:build interop

package attacks

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// inNamespace tells that this process is the test again, in a network namespace of its own.
const inNamespace = "HOOKFLASH_IN_NAMESPACE"

// withNamespace runs the rest of the test in a new network namespace, where loopback has
// further addresses, so that traffic from elsewhere than 127.0.0.0/8 needs no network. It
// is true within it.
func withNamespace(t *testing.T, addresses ...string) bool {
	t.Helper()
	if os.Getenv(inNamespace) != "" {
		return true
	}
	script := "ip link set lo up"
	for _, address := range addresses {
		script += " && ip addr add " + address + " dev lo"
	}
	script += ` && exec "$0" "$@"`
	again := exec.Command("sh", "-c", script, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	again.Env = append(os.Environ(), inNamespace+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	output, err := again.CombinedOutput()
	switch {
	case err == nil:
		t.Logf("in a network namespace:\n%s", output)
	case again.ProcessState == nil || strings.Contains(string(output), "not permitted"):
		t.Skipf("no network namespace can be made here (%v %s); the rules for addresses are tested below the server, too", err, output)
	default:
		t.Errorf("in a network namespace: %v\n%s", err, output)
	}
	return false
}
