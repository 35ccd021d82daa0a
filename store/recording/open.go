package recording

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// maxDescription is how many octets what is known of a recording may have.
const maxDescription = 64 << 10

// Open reads what there is, and keeps what the process before was recording. What belongs to no recording is removed.
func Open(settings Settings) (*Store, error) {
	settings.Most, settings.Octets = cmp.Or(settings.Most, DefaultMost), cmp.Or(settings.Octets, DefaultOctets)
	s := &Store{settings: settings, all: map[string]Recording{}, owned: map[string]held{}}
	for _, directory := range []string{settings.Incoming, settings.Kept} {
		if err := settings.Root.MkdirAll(directory, 0o700); err != nil {
			return nil, fmt.Errorf("opening the recordings: %w", err)
		}
	}
	entries, err := fs.ReadDir(settings.Root.FS(), settings.Kept)
	if err != nil {
		return nil, fmt.Errorf("opening the recordings: %w", err)
	}
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name(), ".json"); ok {
			if r, ok := s.read(id); ok {
				s.enter(r)
			}
		}
	}
	return s, errors.Join(s.adopt(), s.tidy())
}

func (s *Store) read(id string) (r Recording, ok bool) {
	info, err := s.settings.Root.Stat(s.described(id))
	if err != nil || info.Size() > maxDescription {
		return r, false
	}
	text, err := fs.ReadFile(s.settings.Root.FS(), s.described(id))
	if err != nil || json.Unmarshal(text, &r) != nil || r.ID != id {
		return r, false
	}
	return r, true
}

// adopt keeps what was being recorded, as far as it came.
func (s *Store) adopt() (failed error) {
	for id, r := range s.all {
		if r.Whole {
			continue
		}
		if _, err := s.settings.Root.Stat(s.sound(id)); err == nil { // it was moved, and no more
			_ = s.settings.Root.Rename(s.sound(id), s.incoming(id))
		}
		if s.Keep(id) != nil || s.all[id].Lasted == 0 {
			failed = errors.Join(failed, s.Delete(id)) // nothing of it was written
		}
	}
	return failed
}

// tidy removes files of no recording.
func (s *Store) tidy() (failed error) {
	for _, directory := range []string{s.settings.Incoming, s.settings.Kept} {
		entries, err := fs.ReadDir(s.settings.Root.FS(), directory)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			ending := path.Ext(entry.Name())
			known := ending != ".new" && s.all[strings.TrimSuffix(entry.Name(), ending)].ID != ""
			if !known && !entry.IsDir() {
				failed = errors.Join(failed, s.settings.Root.Remove(path.Join(directory, entry.Name())))
			}
		}
	}
	return failed
}

// Expire removes recordings that are older than keep, and tells how many went; zero removes none.
func (s *Store) Expire(now time.Time, keep time.Duration) (gone int, failed error) {
	if keep <= 0 {
		return 0, nil
	}
	for _, r := range s.List("", true) {
		if now.Sub(r.Began) >= keep {
			if err := s.Delete(r.ID); err != nil && !errors.Is(err, ErrNone) {
				failed = errors.Join(failed, err)
			} else {
				gone++
			}
		}
	}
	return gone, failed
}
