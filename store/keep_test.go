package store

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/machine"
)

func room(id, value string) machine.Keep {
	return machine.Keep{Kind: "room", ID: id, Value: []byte(value)}
}

func keep(t *testing.T, bindings *Bindings, changes ...machine.Keep) {
	t.Helper()
	batch := bindings.Batch()
	for _, change := range changes {
		batch.StageKeep(change)
	}
	commit(t, batch)
}

func wantKept(t *testing.T, reason string, bindings *Bindings, kind string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for id, value := range bindings.Kept(kind) {
		got[id] = string(value)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", reason, diff)
	}
}

func TestKeptIsThereAgain(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	keep(t, bindings, room("3001", "first"), room("3002", "other"), room("3001", "second"), room("3003", ""))
	keep(t, bindings, machine.Keep{Kind: "parked", ID: "3001", Value: []byte("a call")})
	keep(t, bindings, machine.Keep{Kind: "room", ID: "3002"}, machine.Keep{Kind: "room", ID: "never there"})
	rooms, parked := map[string]string{"3001": "second", "3003": ""}, map[string]string{"3001": "a call"}
	wantKept(t, "at once", bindings, "room", rooms)

	bindings, recovery := open(t, BindingsOptions{Directory: directory}) // the one before was not closed: kill -9
	wantKept(t, "after kill -9: the last value, and nothing that was forgotten", bindings, "room", rooms)
	wantKept(t, "after kill -9: each kind has ids of its own", bindings, "parked", parked)
	if recovery.Kept != 3 || recovery.Damaged != 0 {
		t.Errorf("recovered %+v, want 3 values and no damage", recovery)
	}
}

func TestKeptIsCompacted(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	want, records := map[string]string{}, fill(t, bindings, 10)
	for i := range 500 {
		id := fmt.Sprint(3000 + i%100)
		want[id] = fmt.Sprintf("%d %s", i, strings.Repeat("x", 1000))
		keep(t, bindings, room(id, want[id]))
	}
	keep(t, bindings, machine.Keep{Kind: "room", ID: "3000"})
	delete(want, "3000")
	live, err := bindings.rotate()
	if err != nil {
		t.Fatal(err)
	}
	bindings.log.rotated(live, err)
	if live < 99*1000 || live > 110*1000 {
		t.Errorf("%d bytes were copied, want what is live", live)
	}
	keep(t, bindings, room("3001", "after"))
	want["3001"] = "after"
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	onlySegment(t, directory)
	bindings, _ = open(t, BindingsOptions{Directory: directory})
	wantKept(t, "after compaction", bindings, "room", want)
	wantLedger(t, "and what is registered", bindings, records)
}

func TestNotKeptIsTakenBack(t *testing.T) {
	directory, disk := t.TempDir(), &faultyDisk{}
	bindings, _ := open(t, BindingsOptions{Directory: directory, create: disk.open})
	want := map[string]string{"3001": "first", "3002": "other"}
	keep(t, bindings, room("3001", "first"), room("3002", "other"))
	disk.set(func(d *faultyDisk) { d.write, d.partly = syscall.ENOSPC, 30 })
	batch := bindings.Batch()
	for _, change := range []machine.Keep{room("3001", "second"), room("3001", "third"), {Kind: "room", ID: "3002"}, room("3003", "new")} {
		batch.StageKeep(change)
	}
	if err := batch.Commit(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("commit: %v, want ENOSPC", err)
	}
	wantKept(t, "as it was before", bindings, "room", want)
	disk.set(func(d *faultyDisk) { d.write = nil })
	keep(t, bindings, room("3003", "new"))
	want["3003"] = "new"
	bindings, _ = open(t, BindingsOptions{Directory: directory})
	wantKept(t, "nothing that was refused comes back", bindings, "room", want)
}

func TestLimitsOfKeeping(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	for reason, change := range map[string]machine.Keep{
		"a value that is too long": room("3001", strings.Repeat("x", machine.MaxKeptValue+1)),
		"an id that is too long":   room(strings.Repeat("3", machine.MaxKeptName+1), "x"),
		"no id":                    room("", "x"),
		"no kind":                  {ID: "3001", Value: []byte("x")},
	} {
		batch := bindings.Batch()
		batch.StageKeep(change)
		if err := batch.Commit(); !errors.Is(err, ErrKeep) {
			t.Errorf("%s: %v, want ErrKeep", reason, err)
		}
	}
	var all []machine.Keep
	for i := range machine.MaxKept {
		all = append(all, room(fmt.Sprint(i), "x"))
	}
	keep(t, bindings, all...)
	batch := bindings.Batch()
	batch.StageKeep(room("one more", "x"))
	if err := batch.Commit(); !errors.Is(err, ErrKeep) {
		t.Errorf("one more of a kind: %v, want ErrKeep", err)
	}
	keep(t, bindings, room("0", "changed"))
	if got := len(bindings.Kept("room")); got != machine.MaxKept {
		t.Errorf("%d values are kept, want %d", got, machine.MaxKept)
	}
}
