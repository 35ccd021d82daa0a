//go:build interop

package attacks

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// ownEvent is a line of hookflash phone --json.
type ownEvent struct {
	Event, URI, Name, Reason, Command string
	Code                              int
	Calls                             []struct {
		URI, State   string
		Asserted     bool
		Held, Focus  bool
		HeldByThem   bool `json:"held_by_them"`
		Call, Number any
	}
}

// ownPhone is a hookflash phone, a process of its own. Any goroutine may use it.
type ownPhone struct {
	name    string
	command *exec.Cmd
	keys    io.WriteCloser

	mutex sync.Mutex
	all   []ownEvent
}

// startOwnPhone starts the phone of a user, and waits until it is registered.
func startOwnPhone(t *testing.T, s *server, name string, flags ...string) *ownPhone {
	t.Helper()
	arguments := append([]string{"phone", "--as", name + "@" + domain, "--server", s.address.String(), "--password", passwordOf(name), "--json"}, flags...)
	p := &ownPhone{name: name, command: exec.Command(s.binary, arguments...)}
	p.command.Env = append(p.command.Environ(), "PULSE_SERVER=unix:/nonexistent", "XDG_RUNTIME_DIR="+t.TempDir()) // no sound card
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	output, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.keys, err = p.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			var e ownEvent
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				p.mutex.Lock()
				p.all = append(p.all, e)
				p.mutex.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.keys.Close()
		_ = p.command.Process.Signal(syscall.SIGTERM)
		timer := time.AfterFunc(stopGrace, func() { _ = p.command.Process.Kill() })
		<-read
		timer.Stop()
		_ = p.command.Wait() // how it ended is not asked
	})
	eventually(t, patience, name+" is registered", func() bool { return len(p.events("registered")) > 0 })
	return p
}

// events are those of a kind so far.
func (p *ownPhone) events(kind string) []ownEvent {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var found []ownEvent
	for _, e := range p.all {
		if e.Event == kind {
			found = append(found, e)
		}
	}
	return found
}

// do types a command and waits until it is done.
func (p *ownPhone) do(t *testing.T, command string) ownEvent {
	t.Helper()
	before := len(p.events("done"))
	if _, err := io.WriteString(p.keys, command+"\n"); err != nil {
		t.Fatalf("typing %s at %s's phone: %v", command, p.name, err)
	}
	eventually(t, patience, p.name+" does "+command, func() bool {
		if failed := p.events("error"); len(failed) > 0 {
			t.Fatalf("%s at %s's phone: %+v", command, p.name, failed)
		}
		return len(p.events("done")) > before
	})
	done := p.events("done")
	return done[len(done)-1]
}
