package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"hookflash/directory"
)

const (
	// SpaceLimit is how much disk everything but bindings may take, in bytes. Writing more is
	// refused with ErrUnavailable.
	SpaceLimit = 16 << 30
	// engineMemory is how much memory streams that are kept in memory may take. There
	// are none.
	engineMemory = 16 << 20
	// writeTimeout is how long a write may take where the caller sets no deadline.
	writeTimeout = 5 * time.Second
	// startTimeout is how long the engine may take to start, with everything warmed.
	startTimeout = time.Minute
	// troublePeriod is how often a write that waits looks whether the storage has failed.
	troublePeriod = 20 * time.Millisecond
	// markerLifetime is how long the mark of a deleted entry is kept.
	markerLifetime = 24 * time.Hour
)

// engine is NATS JetStream inside the process, without a listener.
type engine struct {
	config    server.JetStreamConfig
	server    *server.Server
	client    *nats.Conn
	secrets   jetstream.KeyValue
	contents  *contents
	users     *collection[UserEntry]
	groups    *collection[Entry[directory.Group]]
	calendars *collection[Entry[directory.Calendar]]
	tokens    *collection[Entry[Token]]

	restarting sync.Mutex
}

// engineOptions says where the engine keeps its data.
type engineOptions struct {
	directory string
	logger    *slog.Logger // nil: silent
	unsynced  bool         // for tests that write a great deal
}

// openEngine starts the engine and warms the replicas.
func openEngine(ctx context.Context, options engineOptions) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	e := &engine{
		config: server.JetStreamConfig{
			StoreDir:  options.directory,
			MaxMemory: engineMemory, MaxStore: SpaceLimit,
			SyncAlways: !options.unsynced,
		},
		contents: newContents(),
	}
	e.users = newCollection(e, newUserKind(), e.contents.users, e.contents.userChanged)
	e.groups = newCollection(e, newGroupKind(), e.contents.groups, e.contents.groupChanged)
	e.calendars = newCollection(e, newCalendarKind(), e.contents.calendars, nil)
	e.tokens = newCollection(e, newTokenKind(), e.contents.tokens, nil)
	if err := e.start(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("store: start the engine in %s: %w", options.directory, err), e.Close())
	}
	return e, nil
}

func (e *engine) start(ctx context.Context, options engineOptions) error {
	var err error
	e.server, err = server.NewServer(&server.Options{
		ServerName: "hookflash",
		DontListen: true,
		NoSigs:     true,
		JetStream:  true,
		StoreDir:   e.config.StoreDir,
		// Of the two minutes between syncs that are the default, nothing acknowledged
		// would survive a power loss.
		SyncAlways:             e.config.SyncAlways,
		JetStreamMaxMemory:     e.config.MaxMemory,
		JetStreamMaxStore:      e.config.MaxStore,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return err
	}
	if options.logger != nil {
		e.server.SetLoggerV2(&engineLog{logger: options.logger}, false, false, false)
	}
	e.server.Start()
	deadline, _ := ctx.Deadline()
	if !e.server.ReadyForConnections(time.Until(deadline)) {
		return errors.New("not ready in time; its log says why")
	}
	if !e.server.JetStreamEnabled() {
		return errors.New("can't use its directory; its log says why")
	}
	e.client, err = nats.Connect("", nats.InProcessServer(e.server), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	return e.open(ctx)
}

// open makes or opens the buckets and warms the replicas.
func (e *engine) open(ctx context.Context) error {
	stream, err := jetstream.New(e.client, jetstream.WithDefaultTimeout(writeTimeout))
	if err != nil {
		return err
	}
	e.secrets, err = bucket(ctx, stream, jetstream.KeyValueConfig{Bucket: "secrets", MaxValueSize: maxSecret, History: 1})
	if err != nil {
		return err
	}
	for _, c := range e.collections() {
		if err := c.open(ctx, stream); err != nil {
			return err
		}
	}
	return e.watch(ctx)
}

// collections is everything that is kept, but the secrets.
func (e *engine) collections() []collected {
	return []collected{e.users, e.groups, e.calendars, e.tokens}
}

// watch fills the replicas.
func (e *engine) watch(ctx context.Context) error {
	for _, c := range e.collections() {
		if err := c.watch(ctx); err != nil {
			return err
		}
	}
	return nil
}

func bucket(ctx context.Context, stream jetstream.JetStream, config jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	opened, err := stream.CreateOrUpdateKeyValue(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", config.Bucket, err)
	}
	return opened, nil
}

// Directory implements Store.
func (e *engine) Directory() directory.View { return e.contents }

// Users implements Routes.
func (e *engine) Users() Users { return users{e.users} }

// Groups implements Routes.
func (e *engine) Groups() Entries[directory.Group] {
	return entries[directory.Group]{e.groups, e.groups.kind}
}

// Calendars implements Routes.
func (e *engine) Calendars() Entries[directory.Calendar] {
	return entries[directory.Calendar]{e.calendars, e.calendars.kind}
}

// Tokens implements Routes.
func (e *engine) Tokens() Entries[Token] { return entries[Token]{e.tokens, e.tokens.kind} }

// Secrets implements Store.
func (e *engine) Secrets() Secrets { return engineSecrets{e} }

// Close implements Store. It waits until the engine is down.
func (e *engine) Close() error {
	for _, c := range e.collections() {
		c.stop()
	}
	if e.client != nil {
		e.client.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	return nil
}

// write does one write. When the engine's storage has failed, it is started again, and
// the write tried once more: after a full disk nothing else brings it back.
func (e *engine) write(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err := e.attempt(ctx, do)
	if err == nil || definite(err) {
		return err
	}
	if e.trouble() != nil {
		if restartError := e.restart(ctx); restartError != nil {
			return errors.Join(ErrUnavailable, err, restartError)
		}
		if err = e.attempt(ctx, do); err == nil || definite(err) {
			return err
		}
	}
	return errors.Join(ErrUnavailable, err)
}

// attempt does one write, and gives up as soon as the storage fails: it leaves such a
// write without an answer.
func (e *engine) attempt(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	ticker := time.NewTicker(troublePeriod)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil && !definite(err) {
				err = errors.Join(err, context.Cause(ctx))
			}
			return err
		case <-ticker.C:
			if err := e.trouble(); err != nil {
				cancel(err)
			}
		}
	}
}

// trouble is what keeps the storage from writing. The engine asks itself first whether it takes
// connections, and has a millisecond to answer: on a busy machine it is late, and nothing is wrong.
func (e *engine) trouble() error {
	health := e.server.Healthz(nil)
	if health.Error == "" || strings.Contains(health.Error, "ready for connections") {
		return nil
	}
	return errors.New(health.Error)
}

// definite tells whether an error is an answer of the engine that works.
func definite(err error) bool {
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) ||
		errors.Is(err, jetstream.ErrKeyNotFound)
}

// restart starts the storage again, if nobody else has done so, and warms the replicas.
func (e *engine) restart(ctx context.Context) error {
	e.restarting.Lock()
	defer e.restarting.Unlock()
	if e.trouble() == nil {
		return nil
	}
	if e.server.JetStreamEnabled() {
		if err := e.server.ShutdownJetStream(); err != nil {
			return err
		}
	}
	config := e.config
	if err := e.server.EnableJetStream(&config); err != nil {
		return err
	}
	return e.watch(ctx)
}

// engineLog passes the engine's log on. Notices are of interest to nobody but developers.
type engineLog struct{ logger *slog.Logger }

func (l *engineLog) Noticef(format string, v ...any) { l.logger.Debug(fmt.Sprintf(format, v...)) }
func (l *engineLog) Warnf(format string, v ...any)   { l.logger.Warn(fmt.Sprintf(format, v...)) }
func (l *engineLog) Fatalf(format string, v ...any)  { l.logger.Error(fmt.Sprintf(format, v...)) }
func (l *engineLog) Errorf(format string, v ...any)  { l.logger.Error(fmt.Sprintf(format, v...)) }
func (l *engineLog) Debugf(format string, v ...any)  { l.logger.Debug(fmt.Sprintf(format, v...)) }
func (l *engineLog) Tracef(format string, v ...any)  { l.logger.Debug(fmt.Sprintf(format, v...)) }

// engineDirectory is where the engine of a node that runs alone keeps its data.
func engineDirectory(directory string) string {
	return filepath.Join(directory, "jetstream", "single")
}
