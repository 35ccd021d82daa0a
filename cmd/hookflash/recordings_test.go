package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/store/recording"
)

// taken is a recording that alice has made.
const taken = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

func recorded(t *testing.T) *recording.Store {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	text, err := json.Marshal(recording.Recording{
		ID: taken, Owner: "alice", With: []string{"sip:bob@example.test"}, Began: time.Unix(1e9, 0), Whole: true, Lasted: 3 * time.Second, Octets: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{".json": text, ".wav": []byte("RIFF")} {
		if err := os.WriteFile(filepath.Join(folder, taken+name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := recording.Open(recording.Settings{Root: root, Incoming: "incoming", Kept: "."})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordingCommands(t *testing.T) {
	e := newExchange(t)
	e.run("recordings list", "ID", "OWNER", taken, "alice", "3s", "sip:bob@example.test")
	e.run("recordings list --json", `"id": "`+taken+`"`)
	if got := e.run("recordings list --owner bob"); strings.Contains(got, taken) {
		t.Errorf("bob has none: %s", got)
	}
	file := filepath.Join(e.folder, "call.wav")
	e.run("recordings get "+taken+" -o "+file, "4 bytes")
	if text, err := os.ReadFile(file); err != nil || string(text) != "RIFF" {
		t.Errorf("it is the recording: %q, %v", text, err)
	}
	e.fail("nothing is written over", "recordings get "+taken+" -o "+file, "exists")
	e.fail("one that is not there", "recordings get bbbb -o "+file+"2", "you have no recording of that name")
	if _, err := os.Stat(file + "2"); err == nil {
		t.Error("and then nothing is written")
	}
	e.fail("a name that is a path", "recordings get ../x", "-o")
	e.run("recordings link "+taken+" --for 1m", e.server.URL+"/api/v1/recordings/"+taken+"/audio?expires=", "&signature=")
	e.fail("a link that lasts too long", "recordings link "+taken+" --for 2h", "1s to 1h")
	e.run("recordings remove "+taken, "is removed")
	e.fail("it is gone", "recordings remove "+taken, "you have no recording of that name")
}
