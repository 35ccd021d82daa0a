package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/directory"
)

// populated puts one of each kind, and a group that is deleted again.
func populated(t *testing.T, s Store) {
	t.Helper()
	ctx := context.Background()
	bob := user("bob", "builder")
	bob.Routing = fullRouting(t)
	put(t, s.Users(), UserEntry{User: bob, Source: FromInterface, Seed: "seed of bob"})
	putGroup(t, s, directory.Group{Name: "sales", Numbers: []string{"2000"}, Members: []string{"bob"}}, 0)
	gone := putGroup(t, s, directory.Group{Name: "gone", Numbers: []string{"2001"}}, 0)
	wantError(t, "delete", s.Groups().Delete(ctx, "gone", gone), nil)
	_, err := s.Calendars().Put(ctx, "office", Entry[directory.Calendar]{Value: office(t), Source: FromFile, Seed: "seed of office"})
	wantError(t, "put a calendar", err, nil)
	_, err = s.Tokens().Put(ctx, "robot", Entry[Token]{Value: Token{Name: "robot", Hash: "00ff", Expires: noon}, Source: FromInterface})
	wantError(t, "put a token", err, nil)
}

// everything is all that is kept, as administration sees it, and whose each number is.
type everything struct {
	Users     []*UserEntry
	Groups    []*Entry[directory.Group]
	Calendars []*Entry[directory.Calendar]
	Tokens    []*Entry[Token]
	Numbers   []string
}

func everythingOf(s Store) everything {
	all := everything{Users: s.Users().All(), Groups: s.Groups().All(), Calendars: s.Calendars().All(), Tokens: s.Tokens().All()}
	for _, number := range []string{"1002", "+4930123456", "2000", "2001"} {
		all.Numbers = append(all.Numbers, s.Directory().Number(number))
	}
	return all
}

func TestEverythingReopened(t *testing.T) {
	path := t.TempDir()
	data := openData(t, path)
	populated(t, data)
	want := everythingOf(data)
	if want := []string{"bob", "bob", "sales", ""}; !slices.Equal(everythingOf(data).Numbers, want) {
		t.Errorf("numbers are of %q, want %q", everythingOf(data).Numbers, want)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	data = openData(t, path)
	if diff := cmp.Diff(want, everythingOf(data), routings, secrets); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if names := data.Unreadable(); len(names) != 0 {
		t.Errorf("%q can't be read", names)
	}
}

// TestEverythingRestarted: the engine stops its storage by itself when it may not write; all is
// read meanwhile, and is there when it has started again, but for what was lost.
func TestEverythingRestarted(t *testing.T) {
	e := openUnsynced(t, t.TempDir())
	ctx := context.Background()
	populated(t, e)
	want := everythingOf(e)
	if err := e.server.ShutdownJetStream(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, everythingOf(e), routings, secrets); diff != "" {
		t.Errorf("while storage is down (-want +got):\n%s", diff)
	}
	revision := putGroup(t, e, directory.Group{Name: "support"}, 0)
	wantError(t, "delete", e.Groups().Delete(ctx, "support", revision), nil)
	if diff := cmp.Diff(want, everythingOf(e), routings, secrets); diff != "" {
		t.Errorf("after the restart (-want +got):\n%s", diff)
	}
	e.groups.stop()
	if err := e.groups.source.values.Purge(ctx, "sales"); err != nil {
		t.Fatal(err)
	}
	if err := e.watch(ctx); err != nil {
		t.Fatal(err)
	}
	if e.Directory().Group("sales") != nil || e.Directory().Number("2000") != "" {
		t.Error("a group that was lost is still there, or has its number")
	}
}

// TestUnreadable: what can't be read is not served, nor what was there before it; it has no number,
// is told, and can be put anew.
func TestUnreadable(t *testing.T) {
	e := openUnsynced(t, t.TempDir())
	data := &Data{Store: e}
	ctx := context.Background()
	populated(t, e)
	want := everythingOf(e)
	damage(t, e.users, "bob", `{"name":"bob","routing":{"screening":[{"when":{"zone":"Europe/Atlantis"}}]},"source":"file"}`)
	damage(t, e.groups, "sales", `{"value":{"name":"support"},"source":"file"}`)
	damage(t, e.calendars, "office", `{"value":{"name":"office","open":["never"]},"source":"file"}`)
	damage(t, e.tokens, "robot", `no JSON`)
	damage(t, e.tokens, "=no=name", `{"value":{"name":"=no=name"},"source":"file"}`)
	if got := everythingOf(e); len(got.Users)+len(got.Groups)+len(got.Calendars)+len(got.Tokens) != 0 || strings.Join(got.Numbers, "") != "" {
		t.Errorf("served is %+v", got)
	}
	told := []string{"users/bob", "groups/sales", "calendars/office", "tokens/=no=name", "tokens/robot"}
	if got := data.Unreadable(); !slices.Equal(got, told) {
		t.Errorf("told %q, want %q", got, told)
	}
	seeded, err := SeedCalendars(ctx, e.Calendars(), []directory.Calendar{office(t)})
	if err != nil || seeded.Created != 1 {
		t.Errorf("the file's calendar: %+v, %v: it must be made anew", seeded, err)
	}
	populated := *want.Users[0]
	populated.Revision = 0
	put(t, e.Users(), populated)
	putGroup(t, e, want.Groups[0].Value, 0)
	if got := everythingOf(e).Numbers; !slices.Equal(got, want.Numbers) {
		t.Errorf("numbers are of %q, want %q", got, want.Numbers)
	}
	if got := data.Unreadable(); !slices.Equal(got, told[3:]) {
		t.Errorf("told %q, want %q", got, told[3:])
	}
	_, err = e.Users().Put(ctx, populated)
	wantError(t, "create what is there and can be read", err, ErrConflict)
}

// damage writes a value behind the store's back.
func damage[E any](t *testing.T, c *collection[E], key, value string) {
	t.Helper()
	revision, err := c.source.values.Put(context.Background(), key, []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.replica.await(context.Background(), func(seen uint64) bool { return seen >= revision }); err != nil {
		t.Fatal(err)
	}
}

// writingDirectory names, for the process that is killed, where it writes.
const writingDirectory = "HOOKFLASH_TEST_WRITING_DIRECTORY"

// TestWritingProcess is what TestKillWriter kills: it changes users, groups and calendars and prints
// what was acknowledged.
func TestWritingProcess(t *testing.T) {
	path := os.Getenv(writingDirectory)
	if path == "" {
		t.Skip("only as a process of TestKillWriter")
	}
	data := openData(t, path)
	first, err := strconv.Atoi(os.Getenv("HOOKFLASH_TEST_WRITING_FROM"))
	if err != nil {
		t.Fatal(err)
	}
	for number := first; ; number++ {
		writeNumbered(t, data, number)
		fmt.Printf("kept %d\n", number)
	}
}

// writeNumbered makes or changes a user and a group, by turns.
func writeNumbered(t *testing.T, s Store, number int) {
	t.Helper()
	name := fmt.Sprintf("name%d", number%20)
	if number%2 == 0 {
		entry := UserEntry{User: numbered(name, fmt.Sprint(number)), Source: FromInterface}
		if present := s.Users().Find(name); present != nil {
			entry.Revision = present.Revision
		}
		put(t, s.Users(), entry)
		return
	}
	revision := uint64(0)
	if present := s.Groups().Find(name); present != nil {
		revision = present.Revision
	}
	putGroup(t, s, directory.Group{Name: name, Numbers: []string{fmt.Sprint(number)}}, revision)
}

// TestKillWriter kills a writing process and compares what it had acknowledged with what is there.
func TestKillWriter(t *testing.T) {
	path := t.TempDir()
	rounds, last := 2, 0
	if os.Getenv("HOOKFLASH_SIZE") == "full" {
		rounds = 50
	}
	for round := range rounds {
		command := exec.Command(os.Args[0], "-test.run=^TestWritingProcess$")
		command.Env = append(os.Environ(), writingDirectory+"="+path, fmt.Sprintf("HOOKFLASH_TEST_WRITING_FROM=%d", last+1))
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		enough := last + 23 + round*17
		for lines := bufio.NewScanner(output); lines.Scan(); {
			text, _ := strings.CutPrefix(lines.Text(), "kept ")
			if number, err := strconv.Atoi(text); err == nil {
				if last = number; number == enough {
					_ = command.Process.Signal(syscall.SIGKILL)
				}
			}
		}
		_ = command.Wait() // killed
		if last < enough {
			t.Fatalf("round %d: the process ended by itself after %d", round, last)
		}
		data := openData(t, path)
		for number := max(1, last-19); number <= last; number++ {
			name := data.Directory().Number(fmt.Sprint(number))
			next := data.Directory().Number(fmt.Sprint(number + 20)) // written, and not told
			if want := fmt.Sprintf("name%d", number%20); name != want && next != want {
				t.Errorf("round %d: %d, acknowledged for %s, is %q's", round, number, want, name)
			}
		}
		if last++; data.Directory().Number(fmt.Sprint(last)) == "" {
			last--
		}
		if err := data.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedFiles: whatever bit of a bucket's file changes, what is served is what was written, and
// the store opens.
func TestDamagedFiles(t *testing.T) {
	path := t.TempDir()
	e := openUnsynced(t, path)
	want := make(map[string]*Entry[directory.Group])
	for i := range 10 {
		name := fmt.Sprintf("group%d", i)
		putGroup(t, e, directory.Group{Name: name, Numbers: []string{fmt.Sprint(i)}}, 0)
		want[name] = e.Groups().Find(name)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	blocks, err := filepath.Glob(filepath.Join(path, "jetstream", "*", "streams", "KV_groups", "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("blocks %v, %v", blocks, err)
	}
	contents, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	block, err := filepath.Rel(path, blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	for round := range 4 {
		at := (round*2 + 1) * len(contents) / 8
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(path)); err != nil {
			t.Fatal(err)
		}
		damaged := slices.Clone(contents)
		damaged[at] ^= 1 << (round % 8)
		if err := os.WriteFile(filepath.Join(copied, block), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		wantOnlyGroups(t, openUnsynced(t, copied), want, fmt.Sprintf("a bit changed at %d of %d", at, len(contents)))
	}
}

// wantOnlyGroups: what is served is of what is wanted, what is missing is told, and nothing is
// written.
func wantOnlyGroups(t *testing.T, e *engine, want map[string]*Entry[directory.Group], reason string) {
	t.Helper()
	for _, entry := range e.Groups().All() {
		if diff := cmp.Diff(want[entry.Value.Name], entry); diff != "" {
			t.Errorf("%s: served is (-want +got)\n%s", reason, diff)
		}
	}
	missing := len(want) - len(e.Groups().All())
	if told := (&Data{Store: e}).Unreadable(); (len(told) == 0) != (missing == 0) {
		t.Errorf("%s: %d are missing, told is %q", reason, missing, told)
	}
	var seeds []directory.Group
	for _, entry := range want {
		seeds = append(seeds, entry.Value)
	}
	seeded, err := SeedGroups(context.Background(), e.Groups(), seeds)
	if err != nil || seeded != (Seeded{Damaged: len(want)}) {
		t.Errorf("%s: seeded %+v, %v; want nothing written to a damaged bucket, and that told", reason, seeded, err)
	}
	err = e.Groups().Delete(context.Background(), "group9", 10)
	wantError(t, reason+": delete", err, ErrDamaged)
}
