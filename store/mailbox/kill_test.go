package mailbox

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// victim is set in the process that is killed: the directory of its boxes.
const victim = "MAILBOX_VICTIM"

// TestMain is the other process where it is asked to be.
func TestMain(m *testing.M) {
	if directory := os.Getenv(victim); directory != "" {
		if err := leaveForEver(directory); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// leaveForEver leaves messages from several goroutines, and says which were acknowledged: box, ID and
// what is in them, a line each in one write.
func leaveForEver(directory string) error {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return err
	}
	b, err := Open(Settings{Disk: In(root), Messages: 1 << 20})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for worker := range 4 {
		go func() {
			for i := uint64(0); ; i++ {
				box, data := fmt.Sprint("box", i%3), wave(i<<8|uint64(worker), 100)
				id, err := b.Begin(box, noon)
				if err == nil {
					err = os.WriteFile(directory+"/"+Incoming(id), data, 0o600)
				}
				if err == nil {
					err = b.Keep(box, id, Meta{Received: noon})
				}
				if err != nil {
					failed <- err
					return
				}
				fmt.Printf("%s %s %s\n", box, id, hex.EncodeToString(data))
			}
		}()
	}
	return <-failed
}

// TestKill: a process is killed by SIGKILL, again and again, and each message that it acknowledged is there.
func TestKill(t *testing.T) {
	directory := t.TempDir()
	acknowledged := map[string][2]string{}
	for range 6 {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), victim+"="+directory)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		after := 1 + rand.IntN(60)
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if fields := strings.Fields(lines.Text()); len(fields) == 3 && len(fields[2])%2 == 0 {
				acknowledged[fields[1]] = [2]string{fields[0], fields[2]}
			}
			if n == after {
				if err := command.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = command.Wait() // killed
	}
	root := rootOf(t, directory)
	b := opening(t, Settings{Disk: In(root)})
	for id, message := range acknowledged {
		audio, err := b.Audio(message[0], id)
		if want, _ := hex.DecodeString(message[1]); err != nil || !bytes.Equal(audio, want) {
			t.Errorf("message %s of %s: %v", id, message[0], err)
		}
	}
	if len(acknowledged) < 6 || len(b.Recovered().Damaged) > 0 {
		t.Errorf("%d acknowledged; %+v", len(acknowledged), b.Recovered())
	}
	if left := mustList(t, directory+"/incoming"); len(left) > 0 {
		t.Errorf("left of recordings: %v", left)
	}
}
