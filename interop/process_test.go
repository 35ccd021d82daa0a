//go:build interop

package interop

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	patience   = 10 * time.Second      // for what should happen at once
	pollPeriod = 20 * time.Millisecond // between two looks at a condition of another process
	shownLines = 250                   // of a log, when a test fails
)

// process is a program the test started. Its output is in one file; it ends with the test.
type process struct {
	name    string
	command *exec.Cmd
	log     string        // path
	ended   chan struct{} // closed when the process is gone
	err     error         // of Wait; read after ended
}

// start runs a program until the test ends. On failure its output is shown.
func start(t testing.TB, name string, command *exec.Cmd) *process {
	t.Helper()
	p := &process{name: name, command: command, log: filepath.Join(t.TempDir(), name+".log"), ended: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("starting %s: %v; does interop/setup install it?", name, err)
	}
	go func() {
		p.err = command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("---- %s (%s), last lines:\n%s", name, strings.Join(command.Args, " "), lastLines(p.text(), shownLines))
		}
	})
	return p
}

// kill is kill -9: the process gets no chance to say goodbye.
func (p *process) kill() {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) // the group outlives its leader
	<-p.ended
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// wait waits for the process to end by itself.
func (p *process) wait(t testing.TB, within time.Duration) error {
	t.Helper()
	select {
	case <-p.ended:
		return p.err
	case <-time.After(within):
		t.Fatalf("%s still runs after %s", p.name, within)
		return nil
	}
}

// text is what the process wrote so far.
func (p *process) text() string {
	written, err := os.ReadFile(p.log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return strings.ReplaceAll(string(bytes.ToValidUTF8(written, []byte("?"))), "\r\n", "\n")
}

// logged waits until the process has written the text.
func (p *process) logged(t testing.TB, reason, text string) {
	t.Helper()
	p.loggedTimes(t, reason, text, 1)
}

// loggedTimes waits until the process has written the text so many times.
func (p *process) loggedTimes(t testing.TB, reason, text string, times int) {
	t.Helper()
	eventually(t, reason+": "+p.name+" writes "+text, func() bool { return strings.Count(p.text(), text) >= times })
}

// eventually waits for a condition of other processes.
func eventually(t testing.TB, reason string, condition func() bool) {
	t.Helper()
	within(t, patience, reason, condition)
}

func within(t testing.TB, limit time.Duration, reason string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(pollPeriod) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", reason, limit)
		}
	}
}

func lastLines(text string, count int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
