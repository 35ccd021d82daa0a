//go:build interop

package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// serverBinary names the server under test to the process within the namespace.
const serverBinary = "HOOKFLASH_TORTURE_SERVER"

// Networks within the namespace. All their addresses are local: RFC 5737, 2544 and 3849
// keep them for examples and measurements.
const (
	serverNetwork   = "192.0.2.0/24"
	phoneNetwork    = "198.51.100.0/24"
	trustedNetwork  = "203.0.113.0/24"
	strangerNetwork = "198.18.0.0/15"
	network6        = "2001:db8::/32"
	trustedNetwork6 = "2001:db8:77::/48"
)

// TestMain builds the server and runs the tests again in a network namespace.
func TestMain(m *testing.M) {
	if os.Getenv(serverBinary) != "" {
		os.Exit(m.Run())
	}
	code, err := runWithin()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// runWithin gives the exit code of the tests within the namespace.
func runWithin() (code int, err error) {
	directory, err := os.MkdirTemp("", "hookflash-torture-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	binary := filepath.Join(directory, "hookflash")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "../../cmd/hookflash")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("building the server: %w", err)
	}
	script := []string{"ip link set lo up"}
	for _, network := range []string{serverNetwork, phoneNetwork, trustedNetwork, strangerNetwork} {
		script = append(script, "ip route add local "+network+" dev lo")
	}
	script = append(script, "ip -6 route add local "+network6+" dev lo", "echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind", `exec "$0" "$@"`)
	again := exec.Command("sh", append([]string{"-c", strings.Join(script, " && "), os.Args[0]}, os.Args[1:]...)...)
	again.Env = append(os.Environ(), serverBinary+"="+binary)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	runtime.LockOSThread() // the child ends with the thread that started it
	err = again.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return ended.ExitCode(), nil
	}
	if err != nil {
		return 1, fmt.Errorf("running the tests in a network namespace: %w", err)
	}
	return 0, nil
}
