//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// network is a network namespace: a host of its own, as far as packets go. It is gone with the test.
type network struct{ *process }

// makeNetwork makes one in which a script has run.
func makeNetwork(t testing.TB, name, script string) network {
	t.Helper()
	const up, stay = "ip link set lo up\n", "\necho network is up; exec sleep infinity"
	n := network{start(t, name, exec.Command("unshare", "--net", "sh", "-c", up+script+stay))}
	n.logged(t, "a network of its own, which wants root", "network is up")
	return n
}

// inside is a command that runs in the network.
func (n network) inside(program string, arguments ...string) *exec.Cmd {
	enter := []string{"--target", fmt.Sprint(n.command.Process.Pid), "--net", program}
	return exec.Command("nsenter", append(enter, arguments...)...)
}

// does runs a script in the network, which must succeed.
func (n network) does(t testing.TB, script string) {
	t.Helper()
	if output, err := n.inside("sh", "-exc", script).CombinedOutput(); err != nil {
		t.Fatalf("in the network %s, which wants root and iptables: %v\n%s", n.name, err, output)
	}
}

// opens calls a function whose sockets are in the network, and stay there. The thread comes back: with it would end
// the processes that it started.
func (n network) opens(open func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer own.Close()
	theirs, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", n.command.Process.Pid))
	if err != nil {
		return err
	}
	defer theirs.Close()
	if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = open()
	if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back != nil {
		panic("a thread is lost in another network: " + back.Error())
	}
	return err
}

// uplink is the interface of a host that leads to the next one.
const uplink = "uplink"

// joins lays a wire to another host, whose way out it is. It carries the other's name here, and uplink there.
func (n network) joins(t testing.TB, other network, here, there netip.Addr) {
	t.Helper()
	n.does(t, fmt.Sprintf(`ip link add %[1]s type veth peer name %[2]s netns %[3]d
ip addr add %[4]s peer %[5]s dev %[1]s
ip link set %[1]s up`, other.name, uplink, other.command.Process.Pid, here, there))
	other.does(t, fmt.Sprintf(`ip addr add %[3]s peer %[2]s dev %[1]s
ip link set %[1]s up
ip route add default via %[2]s`, uplink, here, there))
}
