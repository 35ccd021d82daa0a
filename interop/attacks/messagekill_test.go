//go:build interop

package attacks

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hookflash/internal/spoken"
	"hookflash/media/wav"
	"hookflash/store/mailbox"
)

// mostMissing: of so many frames one may be missing, on a machine that is too busy to carry them in time: what comes later
// than the jitter buffer waits is not recorded.
const mostMissing = 200

// TestKillUnderMessages: the server is killed (kill -9) at random moments, and at moments in which a
// caller hears that his message is saved, while many leave voice messages; and started again on the same
// data. That unsynced writes are lost with the power, too, is the matter of package mailbox.
//
// Must: a message is in its mailbox and whole, once its caller has heard the first packet of the
// prompt that says so.
//
// Figure: 100 kills under 200 callers at a time (3 under 12 at the small size): no such message lost, nothing
// that is damaged, nothing left of recordings that never ended.
func TestKillUnderMessages(t *testing.T) {
	callers, boxes := sized(12, 200), sized(4, 40)
	kills := sized(3, 100)
	var users []string
	for i := range boxes {
		users = append(users, fmt.Sprintf("box%02d", i))
	}
	prompts := t.TempDir()
	if err := spoken.WritePrompts(prompts); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, setup{users: users, lines: []string{
		fmt.Sprintf("media: {ports: 20000-29999, prompts: %q}", prompts), "voicemail: {messages: 10000}",
	}})
	heard := &messageLedger{saved: make(chan struct{}, callers)}
	var all []*messageCaller
	for i := range callers {
		all = append(all, newMessageCaller(t, s, users[i%boxes], heard))
	}
	check := &messageCheck{t: t, folder: filepath.Join(filepath.Dir(s.config), "data", "voicemail"), boxes: users, found: map[string]string{}, speakers: map[uint32]string{}}
	for kill := range kills {
		stop := make(chan struct{})
		var load sync.WaitGroup
		for _, caller := range all {
			load.Go(func() { caller.work(stop) })
		}
		awaitMoment(heard, kill)
		s.kill()
		close(stop)
		load.Wait()
		s.start(t)
		entries, problems := heard.take()
		if len(problems) > 0 {
			t.Errorf("before kill %d: %d problems of callers, the first: %s", kill+1, len(problems), problems[0])
		}
		check.round(kill, entries)
		if t.Failed() {
			t.Fatalf("after kill %d", kill+1)
		}
	}
	check.again()
	s.alive(t)
	calls := 0
	for _, caller := range all {
		calls += caller.calls
	}
	t.Logf("%d kills; %d calls, %d messages whose callers heard that they are saved, %d in the mailboxes, %d of them silent; of %d frames %d are missing, in %d messages",
		kills, calls, check.confirmed, len(check.found), check.silent, check.said, check.missing, check.gaps)
	if check.missing*mostMissing > check.said {
		t.Errorf("of %d frames %d are missing, more than one in %d", check.said, check.missing, mostMissing)
	}
	if check.confirmed < kills*callers/12 {
		t.Errorf("only %d messages were confirmed: there was no load", check.confirmed)
	}
}

// awaitMoment waits for the moment of a kill: any, or every second time one in which somebody hears that his
// message is saved.
func awaitMoment(heard *messageLedger, kill int) {
	for len(heard.saved) > 0 {
		<-heard.saved
	}
	if kill%2 == 0 {
		time.Sleep(time.Second + rand.N(5*time.Second))
		return
	}
	limit := time.After(patience)
	for range 1 + rand.IntN(cap(heard.saved)) {
		select {
		case <-heard.saved:
		case <-limit:
			return
		}
	}
}

// messageCheck looks into the mailboxes of the running server, and changes nothing there.
type messageCheck struct {
	t         *testing.T
	folder    string
	boxes     []string
	found     map[string]string // boxes by ID
	speakers  map[uint32]string // the ID of what each left
	silent    int               // messages in which nobody is heard
	confirmed int
	said      int // frames of messages that were confirmed
	missing   int // of these
	gaps      int // messages in which some are missing
}

// open reads all boxes.
func (c *messageCheck) open() *mailbox.Boxes {
	c.t.Helper()
	root, err := os.OpenRoot(c.folder)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = root.Close() })
	disk := mailbox.In(root)
	boxes, err := mailbox.Open(mailbox.Settings{Disk: mailbox.Disk{Files: onlyRead{disk.Files}, Directories: onlyList{disk.Directories}}, Messages: 1 << 20})
	if err != nil {
		c.t.Fatal(err)
	}
	return boxes
}

// round holds the boxes to the ledger after a kill.
func (c *messageCheck) round(kill int, entries []savedMessage) {
	c.t.Helper()
	boxes := c.open()
	if recovered := boxes.Recovered(); len(recovered.Damaged) > 0 || recovered.Swept > 0 {
		c.t.Errorf("kill %d: the server started and leaves rubbish or damage: %+v", kill+1, recovered)
	}
	marks := map[uint32][]spoken.Mark{}
	there := map[string]bool{}
	for _, box := range c.boxes {
		for _, message := range boxes.List(box) {
			there[message.ID] = true
			if _, known := c.found[message.ID]; !known {
				c.read(boxes, box, message.ID, marks)
			}
		}
	}
	for id, box := range c.found {
		if !there[id] {
			c.t.Errorf("kill %d: message %s of %s was there before and is lost", kill+1, id, box)
		}
	}
	for _, entry := range entries {
		c.confirmed++
		id, there := c.speakers[entry.caller.Speaker]
		if !there || c.found[id] != entry.box {
			c.t.Errorf("kill %d: the caller heard that message %d for %s is saved, and it is lost (%s)", kill+1, entry.caller.Speaker, entry.box, id)
			continue
		}
		c.said += entry.caller.Frames
		if missing := entry.caller.Missing(marks[entry.caller.Speaker]); missing > 0 {
			c.missing += missing
			c.gaps++
			c.t.Logf("kill %d: message %d of %d frames misses %d", kill+1, entry.caller.Speaker, entry.caller.Frames, missing)
		}
	}
}

// read takes in a message that was not there before.
func (c *messageCheck) read(boxes *mailbox.Boxes, box, id string, marks map[uint32][]spoken.Mark) {
	c.t.Helper()
	text, err := boxes.Audio(box, id)
	if err != nil {
		c.t.Errorf("message %s of %s is not whole: %v", id, box, err)
		return
	}
	found, err := marksOf(text)
	if err != nil {
		c.t.Errorf("message %s of %s can't be heard: %v", id, box, err)
		return
	}
	c.found[id] = box
	if len(found) == 0 {
		c.silent++ // nothing came in time; if its caller heard that it is saved, it is missed as his
		return
	}
	speaker := found[0].Speaker
	if before, twice := c.speakers[speaker]; twice {
		c.t.Errorf("message %d is there twice: %s and %s", speaker, before, id)
	}
	marks[speaker], c.speakers[speaker] = found, id
}

// again reads every message a last time.
func (c *messageCheck) again() {
	c.t.Helper()
	boxes := c.open()
	for id, box := range c.found {
		if _, err := boxes.Audio(box, id); err != nil {
			c.t.Errorf("at the end message %s of %s is not whole: %v", id, box, err)
		}
	}
}

// marksOf reads a WAV file.
func marksOf(text []byte) ([]spoken.Mark, error) {
	reader, err := wav.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var samples []int16
	for block := make([]int16, 8000); ; {
		n, err := reader.Read(block)
		samples = append(samples, block[:n]...)
		if errors.Is(err, io.EOF) {
			return spoken.Find(samples), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// onlyRead and onlyList are a disk on which nothing changes.
type onlyRead struct{ mailbox.Files }

func (onlyRead) Create(string) (mailbox.File, error) { return nil, fs.ErrPermission }
func (onlyRead) Rename(string, string) error         { return fs.ErrPermission }
func (onlyRead) Remove(string) error                 { return nil }

type onlyList struct{ mailbox.Directories }

func (onlyList) Mkdir(string) error { return nil }
func (onlyList) Sync(string) error  { return nil }
