//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPhoneCommand: the program hookflash phone calls, holds and transfers a baresip, by lines of its standard input;
// it says a file, tells everything as JSON, and ends well.
func TestPhoneCommand(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	rtp := tap(t)
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	carol := s.desk(t, "carol", carolTone)
	said := filepath.Join(t.TempDir(), "tone.wav")
	writeTone(t, said, aliceTone)
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "phone", "--as", "alice@"+domain, "--server", s.address.String(), "--json", "--script", "-", "--play", said, "--record", said+".heard")
	command.Env = append(os.Environ(), "HOOKFLASH_PASSWORD="+password("alice"))
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	alice := start(t, "alice", command)
	do := func(line string) {
		t.Helper()
		if _, err := io.WriteString(input, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	told := func(reason, event string) {
		t.Helper()
		eventually(t, reason+": alice's phone tells "+event, func() bool { return len(eventsOf(alice.text(), event)) > 0 })
	}
	do("call bob")
	bob.expect(t, "the call arrives", "CALL_INCOMING")
	bob.do(t, "accept", "")
	told("answered", "established")
	rtp.takes(t, "the caller speaks", bob.mediaPort(t), aliceTone)
	do("hold")
	told("held", "held")
	rtp.silence(t, "held", bob.mediaPort(t))
	do("resume")
	told("resumed", "resumed")
	rtp.takes(t, "resumed", bob.mediaPort(t), aliceTone)
	do("transfer carol")
	carol.expect(t, "the target is called", "incoming")
	carol.do(t, "answer")
	told("transferred", "transferred")
	carol.hears(t, "transferred", bobTone)
	do("quit")
	if err := alice.wait(t, patience); err != nil {
		t.Errorf("the phone ends well: %v", err)
	}
	if problems := eventsOf(alice.text(), "error"); len(problems) > 0 {
		t.Errorf("no command failed: %v", problems)
	}
}

// eventsOf are those of a kind in the output of a phone; what is written there beside JSON is left out.
func eventsOf(text, kind string) (found []string) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		var told struct{ Event string }
		if json.Unmarshal(lines.Bytes(), &told) == nil && told.Event == kind {
			found = append(found, lines.Text())
		}
	}
	return found
}
