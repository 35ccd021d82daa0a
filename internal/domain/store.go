package domain

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/registrar"
)

// ErrBroken is what keeping gives while a store is broken.
var ErrBroken = errors.New("domain: the store is broken")

// Store is what lasts of a domain: its users, bindings, uses of nonces, and what agents keep.
type Store struct {
	// Broken makes keeping fail.
	Broken bool

	config  Config
	users   map[string]*directory.User
	numbers map[string]string // who has a number
	records map[string]*registrar.Record
	uses    []digest.Use
	undo    []registrar.Change // staged, not kept yet
	staged  []digest.Use
	kept    map[string]map[string][]byte // what agents keep, by kind and id
	before  []machine.Keep               // how what is staged of it is taken back
	keeps   []machine.Keep               // what is staged of it
	unkept  []machine.Keep               // what was, and could not be kept, until the agents know
}

// NewStore makes the store of a new domain.
func NewStore(config Config) *Store {
	s := &Store{config: config.withDefaults(), users: map[string]*directory.User{}, numbers: map[string]string{}, records: map[string]*registrar.Record{}, kept: map[string]map[string][]byte{}}
	realm := s.config.Domains[0]
	for name, password := range config.Users {
		user := &directory.User{
			Name: name, HA1: map[digest.Algorithm]digest.HA1{}, Assistants: config.Assistants[name], Routing: config.Routing[name],
		}
		if user.Routing != nil {
			for _, number := range user.Routing.Numbers {
				s.numbers[number] = name
			}
		}
		for _, algorithm := range s.config.secrets() {
			user.HA1[algorithm] = digest.NewHA1(algorithm, name, realm, password)
		}
		s.users[name] = user
	}
	for name, group := range config.Groups {
		for _, number := range group.Numbers {
			s.numbers[number] = name
		}
	}
	return s
}

// User implements directory.View.
func (s *Store) User(name string) *directory.User { return s.users[name] }

// Group implements directory.View.
func (s *Store) Group(name string) *directory.Group { return s.config.Groups[name] }

// Number implements directory.View.
func (s *Store) Number(number string) string { return s.numbers[number] }

// Calendar implements directory.View.
func (s *Store) Calendar(name string) *directory.Calendar { return s.config.Calendars[name] }

// Bindings implements registrar.View.
func (s *Store) Bindings(addressOfRecord string) *registrar.Record { return s.records[addressOfRecord] }

// Records are the addresses of record with bindings, in order.
func (s *Store) Records() []*registrar.Record {
	var records []*registrar.Record
	for _, address := range slices.Sorted(maps.Keys(s.records)) {
		records = append(records, s.records[address])
	}
	return records
}

// Bind puts bindings there as if they had been registered, for a day from now where
// they do not say when they expire.
func (s *Store) Bind(now time.Time, addressOfRecord string, bindings ...registrar.Binding) {
	record := &registrar.Record{AddressOfRecord: addressOfRecord, Bindings: bindings}
	for i := range bindings {
		if bindings[i].Expires.IsZero() {
			bindings[i].Expires = now.Add(24 * time.Hour)
		}
	}
	s.records[addressOfRecord] = record
}

// stage makes the changes of a step visible to the next one, before they are kept.
func (s *Store) stage(changes []any) {
	for _, change := range changes {
		switch change := change.(type) {
		case registrar.Change:
			s.undo = append(s.undo, change)
			s.put(change.AddressOfRecord, change.New)
		case digest.Use:
			s.staged = append(s.staged, change)
		case machine.Keep:
			s.keeps, s.before = append(s.keeps, change), append(s.before, s.keep(change))
		default:
			panic(fmt.Sprintf("domain: a change of type %T, which no store knows", change))
		}
	}
}

func (s *Store) put(addressOfRecord string, record *registrar.Record) {
	if record == nil {
		delete(s.records, addressOfRecord)
		return
	}
	s.records[addressOfRecord] = record
}

// keep puts a value of an agent in its place, and gives what was there.
func (s *Store) keep(change machine.Keep) (before machine.Keep) {
	values := s.kept[change.Kind]
	if values == nil {
		values = map[string][]byte{}
		s.kept[change.Kind] = values
	}
	before = machine.Keep{Kind: change.Kind, ID: change.ID, Value: values[change.ID]}
	if values[change.ID] = change.Value; change.Value == nil {
		delete(values, change.ID)
	}
	return before
}

// Kept are the values that agents keep of a kind, by their ids.
func (s *Store) Kept(kind string) map[string][]byte { return maps.Clone(s.kept[kind]) }

// Keep keeps what the last step staged, or takes it back and gives ErrBroken.
func (s *Store) Keep([]any) error {
	undo, staged, keeps, before := s.undo, s.staged, s.keeps, s.before
	s.undo, s.staged, s.keeps, s.before = nil, nil, nil, nil
	if !s.Broken {
		s.uses = append(s.uses, staged...)
		return nil
	}
	for _, change := range slices.Backward(undo) {
		s.put(change.AddressOfRecord, change.Old)
	}
	for _, change := range slices.Backward(before) {
		s.keep(change)
	}
	s.unkept = append(s.unkept, keeps...)
	return ErrBroken
}

var (
	_ directory.View  = (*Store)(nil)
	_ registrar.View  = (*Store)(nil)
	_ machine.Machine = (*Domain)(nil)
)
