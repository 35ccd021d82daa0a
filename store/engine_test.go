package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"hookflash/directory"
)

// openUnsynced opens an engine that does not wait for the disk.
func openUnsynced(t testing.TB, directory string) *engine {
	t.Helper()
	e, err := openEngine(context.Background(), engineOptions{directory: directory, unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestWrittenThrough(t *testing.T) {
	e, err := openEngine(context.Background(), engineOptions{directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if config := e.server.JetStreamConfig(); !config.SyncAlways {
		t.Error("users must survive power loss, so every write must be synced")
	}
}

func TestUnreadableUserIsNotServed(t *testing.T) {
	e := openUnsynced(t, t.TempDir())
	ctx := context.Background()
	put(t, e.Users(), UserEntry{User: user("alice", "secret"), Source: FromFile})
	for _, value := range []string{"no JSON", `{"name":"bob","source":"file"}`} {
		revision, err := e.users.source.values.Put(ctx, "alice", []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.users.replica.await(ctx, func(seen uint64) bool { return seen >= revision }); err != nil {
			t.Fatal(err)
		}
		if e.Directory().User("alice") != nil || e.Directory().User("bob") != nil {
			t.Errorf("%s was served, or what had been there before it", value)
		}
	}
}

// TestRestarted: the engine stops its storage by itself when it may not write; reading
// goes on, and writing once it can.
func TestRestarted(t *testing.T) {
	e := openUnsynced(t, t.TempDir())
	put(t, e.Users(), UserEntry{User: user("alice", "secret"), Source: FromFile})
	if err := e.server.ShutdownJetStream(); err != nil {
		t.Fatal(err)
	}
	if e.Directory().User("alice") == nil {
		t.Error("reading must not need the engine")
	}
	put(t, e.Users(), UserEntry{User: user("bob", "secret"), Source: FromFile})
	if e.Directory().User("alice") == nil || e.Directory().User("bob") == nil {
		t.Error("after the restart, both must be there")
	}
}

func TestUnavailable(t *testing.T) {
	e := openUnsynced(t, t.TempDir())
	put(t, e.Users(), UserEntry{User: user("alice", "secret"), Source: FromFile})
	if err := e.server.ShutdownJetStream(); err != nil {
		t.Fatal(err)
	}
	e.config.StoreDir = filepath.Join("/dev/null", "nowhere")
	_, err := e.Users().Put(context.Background(), UserEntry{User: user("bob", "secret"), Source: FromFile})
	wantError(t, "put without an engine", err, ErrUnavailable)
	if e.Directory().User("bob") != nil {
		t.Error("a refused user is seen")
	}
	wantError(t, "delete without an engine", e.Users().Delete(context.Background(), "alice", 1), ErrUnavailable)
	if e.Directory().User("alice") == nil {
		t.Error("a user whose deletion was refused is gone")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := openEngine(ctx, engineOptions{directory: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v, want it cancelled", err)
	}
}

func TestEngineLogs(t *testing.T) {
	var said bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e, err := openEngine(context.Background(), engineOptions{directory: t.TempDir(), logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "JetStream") || strings.Contains(said.String(), "ERROR") {
		t.Errorf("the engine's log: %s", said.String())
	}
}

// populate writes users without waiting for each.
func populate(t testing.TB, e *engine, count int, make func(number int) directory.User) {
	t.Helper()
	stream, err := jetstream.New(e.client)
	if err != nil {
		t.Fatal(err)
	}
	for i := range count {
		entry := UserEntry{User: make(i), Source: FromInterface}
		value, err := encodeUser(&entry)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.PublishAsync("$KV.users."+keyOf(entry.User.Name), value); err != nil {
			t.Fatal(err)
		}
	}
	<-stream.PublishAsyncComplete()
}

// BenchmarkWarm opens an engine with 100,000 users: plain ones, and such that have forwarding,
// find-me and ten rules.
func BenchmarkWarm(b *testing.B) {
	plain := func(number int) directory.User { return user(fmt.Sprintf("user%d", number), "secret") }
	same := ordinary(b, 0)
	routed := func(number int) directory.User {
		routed, routing := same, *same.Routing
		routed.Name = fmt.Sprintf("user%d", number)
		routing.Numbers = []string{fmt.Sprint(100_000 + number)}
		routed.Routing = &routing
		return routed
	}
	b.Run("plain", func(b *testing.B) { benchmarkWarm(b, plain) })
	b.Run("routed", func(b *testing.B) { benchmarkWarm(b, routed) })
}

func benchmarkWarm(b *testing.B, user func(number int) directory.User) {
	const count = 100_000
	options := engineOptions{directory: b.TempDir(), unsynced: true}
	warm := func() *engine {
		e, err := openEngine(context.Background(), options)
		if err != nil {
			b.Fatal(err)
		}
		return e
	}
	e := warm()
	populate(b, e, count, user)
	_ = e.Close()
	e = nil // or it would count as memory of the next
	for b.Loop() {
		e := warm()
		if got := e.users.replica.entries.count(); got != count {
			b.Fatalf("%d users", got)
		}
		b.StopTimer()
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		b.ReportMetric(float64(memory.HeapAlloc)/count, "B/user")
		_ = e.Close()
		b.StartTimer()
	}
}

// BenchmarkOpen opens an empty data directory.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		data, err := Open(context.Background(), Options{Directory: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		_ = data.Close()
	}
}
