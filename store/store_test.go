package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"hookflash/digest"
	"hookflash/directory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// openData opens a data directory and closes it with the test.
func openData(t testing.TB, directory string) *Data {
	t.Helper()
	data, err := Open(context.Background(), Options{Directory: directory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = data.Close() })
	return data
}

// everywhere runs a test on every implementation.
func everywhere(t *testing.T, test func(t *testing.T, s Store)) {
	t.Helper()
	t.Run("engine", func(t *testing.T) { test(t, openData(t, t.TempDir())) })
	t.Run("memory", func(t *testing.T) { test(t, Memory(nil)) })
}

func user(name, password string) directory.User {
	return directory.User{
		Name: name,
		HA1: map[digest.Algorithm]digest.HA1{
			digest.SHA256: digest.NewHA1(digest.SHA256, name, "example.com", password),
			digest.MD5:    digest.NewHA1(digest.MD5, name, "example.com", password),
		},
		Digest: []digest.Algorithm{digest.SHA256, digest.MD5},
	}
}

// secrets compares what nobody can read.
var secrets = cmp.Comparer(func(a, b digest.HA1) bool { return a == b })

func sameUser(a, b directory.User) bool { return cmp.Equal(a, b, secrets) }

func put(t *testing.T, users Users, entry UserEntry) uint64 {
	t.Helper()
	revision, err := users.Put(context.Background(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

func wantError(t *testing.T, reason string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", reason, got, want)
	}
}

func TestUsers(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		ctx := context.Background()
		users := s.Users()
		alice := UserEntry{User: user("alice", "secret"), Source: FromInterface}
		revision := put(t, users, alice)
		put(t, users, UserEntry{User: user("alice.b+c*%>", "secret"), Source: FromInterface})

		got := s.Directory().User("alice")
		if got == nil || !sameUser(*got, alice.User) {
			t.Fatalf("a user who was put reads as %+v", got)
		}
		if s.Directory().User("bob") != nil || users.Find("bob") != nil {
			t.Error("there is no bob")
		}
		if found := users.Find("alice.b+c*%>"); found == nil || found.User.Name != "alice.b+c*%>" {
			t.Error("a name with characters that keys can't have is not found")
		}
		if all := users.All(); len(all) != 2 || all[0].User.Name != "alice" {
			t.Errorf("%d users listed, want 2 by name", len(all))
		}

		_, err := users.Put(ctx, alice)
		wantError(t, "create what is there", err, ErrConflict)
		alice.Revision = revision
		alice.User = user("alice", "changed")
		changed := put(t, users, alice)
		if changed <= revision {
			t.Errorf("revision %d after %d", changed, revision)
		}
		if got := s.Directory().User("alice"); !sameUser(*got, alice.User) {
			t.Error("the change is not seen")
		}
		_, err = users.Put(ctx, alice)
		wantError(t, "change what has changed", err, ErrConflict)
		wantError(t, "delete what has changed", users.Delete(ctx, "alice", revision), ErrConflict)
		wantError(t, "delete nobody", users.Delete(ctx, "bob", 0), ErrNotFound)
		wantError(t, "delete", users.Delete(ctx, "alice", changed), nil)
		if s.Directory().User("alice") != nil {
			t.Error("a deleted user is still seen")
		}
		alice.Revision = 0
		put(t, users, alice)
		if s.Directory().User("alice") == nil {
			t.Error("a user made again is not seen")
		}
	})
}

func TestInvalidUsers(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		for _, test := range []struct {
			reason string
			entry  UserEntry
		}{
			{"no name", UserEntry{Source: FromFile}},
			{"a name too long", UserEntry{User: user(strings.Repeat("a", MaxUserName+1), ""), Source: FromFile}},
			{"no source", UserEntry{User: user("alice", "")}},
			{"too much in all", UserEntry{Source: FromFile, User: directory.User{
				Name: "alice", Digest: make([]digest.Algorithm, MaxUser),
			}}},
			{"an HA1 of no algorithm", UserEntry{Source: FromFile, User: directory.User{
				Name: "alice", HA1: map[digest.Algorithm]digest.HA1{0: digest.NewHA1(digest.MD5, "a", "b", "c")},
			}}},
			{"an HA1 that is none", UserEntry{Source: FromFile, User: directory.User{
				Name: "alice", HA1: map[digest.Algorithm]digest.HA1{digest.MD5: {}},
			}}},
			{"no algorithm", UserEntry{Source: FromFile, User: directory.User{
				Name: "alice", Digest: []digest.Algorithm{0},
			}}},
		} {
			_, err := s.Users().Put(context.Background(), test.entry)
			wantError(t, test.reason, err, ErrInvalidUser)
		}
	})
}

func TestSecrets(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		ctx := context.Background()
		first, err := s.Secrets().Secret(ctx, NonceKey, 16)
		if err != nil || len(first) != 16 {
			t.Fatalf("%d bytes, %v", len(first), err)
		}
		again, err := s.Secrets().Secret(ctx, NonceKey, 16)
		if err != nil || string(again) != string(first) {
			t.Errorf("a secret changed, or %v", err)
		}
		other, err := s.Secrets().Secret(ctx, RouteTokenKey, 16)
		if err != nil || string(other) == string(first) {
			t.Errorf("two secrets are the same, or %v", err)
		}
		if _, err := s.Secrets().Secret(ctx, NonceKey, 32); err == nil {
			t.Error("a secret of another size must be refused, not cut or stretched")
		}
	})
}

func TestDataReopened(t *testing.T) {
	directory := t.TempDir()
	data := openData(t, directory)
	ctx := context.Background()
	secret, err := data.Secrets().Secret(ctx, GRUUKey, 32)
	if err != nil {
		t.Fatal(err)
	}
	revision := put(t, data.Users(), UserEntry{User: user("alice", "secret"), Source: FromFile})
	deleted := put(t, data.Users(), UserEntry{User: user("bob", "secret"), Source: FromFile})
	if err := data.Users().Delete(ctx, "bob", deleted); err != nil {
		t.Fatal(err)
	}
	record := registration("alice", 1)
	record.Bindings[0].Expires = noon.AddDate(100, 0, 0)
	batch := data.Bindings.Batch()
	batch.Stage(change(record))
	commit(t, batch)
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}

	data = openData(t, directory)
	again, err := data.Secrets().Secret(ctx, GRUUKey, 32)
	if err != nil || string(again) != string(secret) {
		t.Errorf("the secret changed with the restart, or %v", err)
	}
	found := data.Users().Find("alice")
	if found == nil || found.Revision != revision || found.Source != FromFile || !sameUser(found.User, user("alice", "secret")) {
		t.Errorf("after a restart alice is %+v", found)
	}
	if data.Users().Find("bob") != nil {
		t.Error("a deleted user came back with the restart")
	}
	wantLedger(t, "bindings after a restart", data.Bindings, ledger{record.AddressOfRecord: record})
	if data.Recovery.Records != 1 {
		t.Errorf("recovered %+v, want one record", data.Recovery)
	}
}

func TestPrivateData(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "data")
	data := openData(t, directory)
	put(t, data.Users(), UserEntry{User: user("alice", "secret"), Source: FromFile})
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o: others can read it", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoPasswordOnDisk(t *testing.T) {
	value, err := encodeUser(&UserEntry{User: user("alice", "open sesame"), Source: FromFile})
	if err != nil || strings.Contains(string(value), "sesame") {
		t.Errorf("%s, %v", value, err)
	}
}

// lockedDirectory names, for the process that tries it, a directory in use.
const lockedDirectory = "HOOKFLASH_TEST_LOCKED_DIRECTORY"

func TestLockingProcess(t *testing.T) {
	directory := os.Getenv(lockedDirectory)
	if directory == "" {
		t.Skip("only as a process of TestLocked")
	}
	_, err := Open(context.Background(), Options{Directory: directory})
	fmt.Println(err)
}

func TestLocked(t *testing.T) {
	directory := t.TempDir()
	data := openData(t, directory)
	_, err := Open(context.Background(), Options{Directory: directory})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Process != os.Getpid() {
		t.Fatalf("a second open: %v, want a LockedError", err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestLockingProcess$")
	command.Env = append(os.Environ(), lockedDirectory+"="+directory)
	output, err := command.Output()
	want := fmt.Sprintf("in use by process %d: stop that one", os.Getpid())
	if err != nil || !strings.Contains(string(output), want) {
		t.Errorf("another process is told %q, %v; want %q", output, err, want)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	openData(t, directory)
}

func TestSeed(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		ctx := context.Background()
		seed := func(reason string, want Seeded, seeds ...directory.User) {
			t.Helper()
			got, err := SeedUsers(ctx, s.Users(), seeds)
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v; want %+v", reason, got, err, want)
			}
		}
		alice, bob := user("alice", "a"), user("bob", "b")
		seed("an empty store", Seeded{Created: 2}, alice, bob)
		seed("the same file again writes nothing", Seeded{Unchanged: 2}, alice, bob)

		own := put(t, s.Users(), UserEntry{User: user("carol", "c"), Source: FromInterface})
		changed := user("alice", "changed")
		seed("a changed password, a user gone; carol is not the file's", Seeded{Updated: 1, Removed: 1}, changed)
		if s.Users().Find("bob") != nil || s.Users().Find("carol").Revision != own {
			t.Error("bob must be gone and carol as she was")
		}
		if !sameUser(s.Users().Find("alice").User, changed) {
			t.Error("the file's password must win")
		}

		seed("the file sets one field of carol", Seeded{Updated: 1, Unchanged: 1}, changed,
			directory.User{Name: "carol", Digest: []digest.Algorithm{digest.MD5}})
		want := user("carol", "c")
		want.Digest = []digest.Algorithm{digest.MD5}
		if carol := s.Users().Find("carol"); !sameUser(carol.User, want) || carol.Source != FromInterface {
			t.Errorf("carol is %+v, want her HA1 kept and her source too", carol)
		}
		seed("carol out of the file stays", Seeded{Removed: 1})
		if s.Users().Find("carol") == nil {
			t.Error("carol was made by the interface")
		}
		if _, err := SeedUsers(ctx, s.Users(), []directory.User{alice, alice}); err == nil {
			t.Error("a user named twice must be refused")
		}
	})
}

func TestKeyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := keyOf(name)
		if strings.Trim(key, "=-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Fatalf("%q is no key", key)
		}
		if back, ok := nameOf(key); !ok || back != name {
			t.Fatalf("%q became %q and that %q", name, key, back)
		}
	})
	for _, key := range []string{"=", "=4", "=6", "=61", "=zz", "a.b", "a b"} {
		if name, ok := nameOf(key); ok {
			t.Errorf("%q is no key of ours but was taken for %q", key, name)
		}
	}
}

func TestReadingUsersDoesNotAllocate(t *testing.T) {
	data := Memory(nil)
	put(t, data.Users(), UserEntry{User: user("alice", "a"), Source: FromFile})
	view := data.Directory()
	if allocations := testing.AllocsPerRun(100, func() { _ = view.User("alice") }); allocations != 0 {
		t.Errorf("%v allocations to read a user", allocations)
	}
}
