package mailbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// wave is a WAV file of so many samples, of which no two are alike.
func wave(mark uint64, samples int) []byte {
	data := []byte("RIFF\x00\x00\x00\x00WAVEfmt ")
	data = binary.LittleEndian.AppendUint64(data, mark)
	for i := range samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(mark*7919)+uint16(i))
	}
	return data
}

// recording does what the media side does: it writes a file and syncs nothing.
func recording(t testing.TB, disk Disk, id string, data []byte) error {
	t.Helper()
	file, err := disk.Create(Incoming(id))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(data)
	return err
}

// deposit is a message of a caller, all the way.
func deposit(t testing.TB, b *Boxes, box string, data []byte, at time.Time) (string, error) {
	t.Helper()
	id, err := b.Begin(box, at)
	if err != nil {
		return "", err
	}
	if err := recording(t, b.disk, id, data); err != nil {
		return id, errors.Join(err, b.Drop(id))
	}
	return id, b.Keep(box, id, Meta{From: "sip:alice@example.test", Name: "Alice", Received: at, Length: time.Second})
}

// promise is what the property expects of one message.
type promise struct {
	box     string
	data    []byte
	there   bool // Keep returned nil
	deleted bool // Delete returned nil
	open    bool // an operation on it did not return nil: it may be there or not
	heard   map[bool]bool
}

// world does random operations and notes what it was promised.
type world struct {
	t         *testing.T
	random    *rand.Rand
	boxes     *Boxes
	promises  map[string]*promise
	greetings map[string][][]byte // any of which may greet; the last acknowledged one first
	clock     time.Time
}

var names = []string{"bob", "carol", "../../etc", strings.Repeat("long", 40)}

func (w *world) operation() {
	box := names[w.random.IntN(len(names))]
	w.clock = w.clock.Add(time.Second)
	switch w.random.IntN(10) {
	case 0, 1, 2, 3:
		data := wave(w.random.Uint64(), w.random.IntN(200))
		id, err := deposit(w.t, w.boxes, box, data, w.clock)
		if id != "" {
			w.promises[id] = &promise{box: box, data: data, there: err == nil, open: err != nil, heard: map[bool]bool{false: true}}
		}
	case 4, 5:
		w.each(box, func(id string, p *promise) {
			heard := w.random.IntN(2) == 0
			if w.boxes.Mark(box, id, heard) == nil {
				p.heard = map[bool]bool{heard: true}
				p.there, p.open = true, false // whatever was tried before
			} else {
				p.heard[heard] = true
			}
		})
	case 6, 7:
		w.each(box, func(id string, p *promise) {
			err := w.boxes.Delete(box, id)
			p.deleted, p.open = err == nil, err != nil
		})
	case 8:
		id, err := w.boxes.Begin(box, w.clock)
		if err != nil {
			return
		}
		data := wave(w.random.Uint64(), w.random.IntN(200))
		if recording(w.t, w.boxes.disk, id, data) != nil {
			return
		}
		if w.boxes.KeepGreeting(box, id, Meta{Received: w.clock}) == nil {
			w.greetings[box] = [][]byte{data}
		} else {
			w.greetings[box] = append(w.greetings[box], data)
		}
	case 9:
		if id, err := w.boxes.Begin(box, w.clock); err == nil {
			_ = recording(w.t, w.boxes.disk, id, wave(1, 10))
			if w.random.IntN(2) == 0 {
				_ = w.boxes.Drop(id)
			}
		}
	}
}

// each is a random message of the box.
func (w *world) each(box string, do func(id string, p *promise)) {
	if list := w.boxes.List(box); len(list) > 0 {
		id := list[w.random.IntN(len(list))].ID
		do(id, w.promises[id])
	}
}

// check compares what is there with what was promised.
func (w *world) check(context string) {
	t := w.t
	t.Helper()
	found := map[string]Message{}
	for _, box := range names {
		for _, message := range w.boxes.List(box) {
			found[message.ID] = message
			if p := w.promises[message.ID]; p == nil || p.box != box || p.deleted {
				t.Fatalf("%s: message %s of %q: nobody left it there, or it was deleted: %+v", context, message.ID, box, p)
			}
		}
	}
	for id, p := range w.promises {
		message, there := found[id]
		if !there && p.there && !p.deleted && !p.open {
			t.Fatalf("%s: message %s of %q was acknowledged and is not there", context, id, p.box)
		}
		if !there {
			continue
		}
		if !p.heard[message.Heard] {
			t.Fatalf("%s: message %s: heard is %v", context, id, message.Heard)
		}
		if audio, err := w.boxes.Audio(p.box, id); err != nil || !bytes.Equal(audio, p.data) {
			t.Fatalf("%s: message %s is not whole: %v", context, id, err)
		}
	}
	for box, ones := range w.greetings {
		name, err := w.boxes.Greeting(box)
		if err != nil && (!errors.Is(err, ErrUnknown) || ones[0] != nil) {
			t.Fatalf("%s: greeting of %q: %v", context, box, err)
		}
		if err == nil && !slices.ContainsFunc(ones, func(one []byte) bool { return bytes.Equal(one, w.read(name)) }) {
			t.Fatalf("%s: greeting of %q is one that nobody recorded", context, box)
		}
	}
}

func (w *world) read(name string) []byte {
	file, err := w.boxes.disk.Open(name)
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := io.ReadAll(file)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// settle makes what is there now what is expected from now on: after a loss of power all of it lasts.
func (w *world) settle() {
	for id, p := range w.promises {
		_, message, err := w.boxes.message(p.box, id)
		if err != nil {
			delete(w.promises, id)
			continue
		}
		p.there, p.open, p.heard = true, false, map[bool]bool{message.Heard: true}
	}
	for _, box := range names {
		w.greetings[box] = [][]byte{nil}
		if name, err := w.boxes.Greeting(box); err == nil {
			w.greetings[box] = [][]byte{w.read(name)}
		}
	}
}

func settings(disk Disk, random *rand.Rand) Settings {
	return Settings{Disk: disk, Messages: 6, Random: source{random}}
}

// source makes a random source one of octets.
type source struct{ random *rand.Rand }

func (s source) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.random.Uint32())
	}
	return len(p), nil
}

// TestAcknowledgedMessagesSurvive: random operations, the process killed or the power lost at a
// random one, again and again: what was acknowledged is there and whole, what was deleted stays
// away, and no rubbish is left.
func TestAcknowledgedMessagesSurvive(t *testing.T) {
	seeds := 80
	if os.Getenv("HOOKFLASH_SIZE") == "full" {
		seeds = 2000
	}
	for seed := range seeds {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		disk := newLossy()
		w := &world{t: t, random: random, promises: map[string]*promise{}, greetings: map[string][][]byte{}, clock: noon}
		power := true
		for life := range 12 {
			opened, err := Open(settings(disk.disk(), random))
			context := fmt.Sprintf("seed %d, life %d", seed, life)
			if err != nil {
				t.Fatalf("%s: %v", context, err)
			}
			w.boxes = opened
			if damaged := opened.Recovered().Damaged; len(damaged) > 0 {
				t.Fatalf("%s: nothing was damaged, but %v", context, damaged)
			}
			w.check(context)
			if power {
				w.settle()
			}
			if files := disk.paths(); len(files) > 0 {
				checkRubbish(t, context, w, files)
			}
			disk.operations, disk.dieAt = 0, 1+random.IntN(400)
			disk.failing = nil
			if random.IntN(3) == 0 { // and the disk fails now and then
				disk.failing = func(int) bool { return random.IntN(25) == 0 }
			}
			for disk.operations < disk.dieAt {
				w.operation()
			}
			disk.failing = nil
			power = random.IntN(2) == 0
			disk = disk.restart(random, power)
		}
	}
}

// checkRubbish: two files a message and greeting, and no other.
func checkRubbish(t *testing.T, context string, w *world, files []string) {
	t.Helper()
	want := 0
	for _, box := range names {
		want += 2 * len(w.boxes.List(box))
		if _, err := w.boxes.Greeting(box); err == nil {
			want += 2
		}
	}
	if len(files) != want {
		t.Fatalf("%s: %d files, want %d: %v", context, len(files), want, files)
	}
}

// TestEveryOperationOfKeep: the power lost, or the process killed, at each operation in turn.
func TestEveryOperationOfKeep(t *testing.T) {
	for at := 1; ; at++ {
		acknowledged := false
		for round := range 40 {
			random := rand.New(rand.NewPCG(uint64(at), uint64(round)))
			disk := newLossy()
			b, err := Open(settings(disk.disk(), random))
			if err != nil {
				t.Fatal(err)
			}
			disk.operations, disk.dieAt = 0, at
			data := wave(uint64(at), 300)
			id, err := deposit(t, b, "bob", data, noon)
			acknowledged = err == nil
			disk = disk.restart(random, round%2 == 0)
			again, err := Open(settings(disk.disk(), random))
			if err != nil {
				t.Fatal(err)
			}
			audio, err := again.Audio("bob", id)
			if acknowledged && (err != nil || !bytes.Equal(audio, data)) {
				t.Fatalf("operation %d: acknowledged, and then %v", at, err)
			}
			if err != nil && !errors.Is(err, ErrUnknown) || err == nil && !bytes.Equal(audio, data) {
				t.Fatalf("operation %d: a message is there whole or not at all: %v", at, err)
			}
			if err != nil {
				continue
			}
			later, err := Open(settings(disk.restart(random, true).disk(), random))
			if err != nil || later.Counts("bob").New != 1 {
				t.Fatalf("operation %d: what was there for one process is there for the next, whatever happens between: %v", at, err)
			}
		}
		if acknowledged {
			if at < 10 {
				t.Fatalf("only %d operations", at)
			}
			return
		}
	}
}

// TestOrderOfKeep: what the package's comment says, in its order.
func TestOrderOfKeep(t *testing.T) {
	disk := newLossy()
	b, err := Open(Settings{Disk: disk.disk(), Random: bytes.NewReader(make([]byte, 16))})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Begin("bob", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := recording(t, disk.disk(), id, wave(1, 1)); err != nil {
		t.Fatal(err)
	}
	disk.logging = true
	if err := b.Keep("bob", id, Meta{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range disk.log {
		if !strings.HasPrefix(line, "read") {
			got = append(got, strings.ReplaceAll(line, id, "ID"))
		}
	}
	want := []string{
		"open incoming/ID.wav", "sync incoming/ID.wav", "open incoming/ID.wav",
		"mkdir boxes/n626f62", "sync boxes",
		"rename incoming/ID.wav boxes/n626f62/ID.wav", "sync boxes/n626f62",
		"create boxes/n626f62/ID.new", "write boxes/n626f62/ID.new", "sync boxes/n626f62/ID.new",
		"rename boxes/n626f62/ID.new boxes/n626f62/ID.json", "sync boxes/n626f62",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the order in which a message becomes one:\n%s", strings.Join(got, "\n"))
	}
}
