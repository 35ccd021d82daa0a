package store

import (
	"strings"
	"sync"

	"hookflash/directory"
)

// memoLimit is how many values of a kind a memo holds; more are read each time.
const memoLimit = 4096

// memo holds what many users have alike, so that it is read once and takes its memory once: a time
// zone is a file and some kilobytes. Any number of goroutines may use it.
type memo struct {
	mutex   sync.Mutex
	zones   map[string]directory.Zone
	hours   map[string]directory.Hours
	strings map[string]string
}

func newMemo() *memo {
	return &memo{
		zones: make(map[string]directory.Zone), hours: make(map[string]directory.Hours),
		strings: make(map[string]string),
	}
}

// zone reads a time zone.
func (r *valueReader) zone() directory.Zone {
	zone, err := r.memo.zone(r.string())
	r.failed = r.failed || err != nil
	return zone
}

func (m *memo) zone(name string) (directory.Zone, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	zone, known := m.zones[name]
	if known {
		return zone, nil
	}
	zone, err := directory.ParseZone(name)
	if err == nil && len(m.zones) < memoLimit {
		m.zones[strings.Clone(name)] = zone
	}
	return zone, err
}

// share replaces the time zones of what was not read by the quick reader.
func (m *memo) share(routing *directory.Routing) {
	if routing == nil {
		return
	}
	for i := range routing.Screening {
		m.shareZone(&routing.Screening[i].When)
	}
	for i := range routing.Outgoing.Rules {
		m.shareZone(&routing.Outgoing.Rules[i].When)
	}
}

func (m *memo) shareZone(when *directory.When) {
	if !when.Zone.IsZero() {
		when.Zone, _ = m.zone(when.Zone.String()) // it was read already
	}
}

// hours reads a part of a week.
func (r *valueReader) hours() directory.Hours {
	text, m := r.string(), r.memo
	m.mutex.Lock()
	defer m.mutex.Unlock()
	hours, known := m.hours[text]
	if known {
		return hours
	}
	hours, err := directory.ParseHours(text)
	if err != nil {
		r.failed = true
	} else if len(m.hours) < memoLimit {
		m.hours[strings.Clone(text)] = hours
	}
	return hours
}

// shared reads a word that many users have.
func (r *valueReader) shared() string {
	text, m := r.string(), r.memo
	m.mutex.Lock()
	defer m.mutex.Unlock()
	word, known := m.strings[text]
	if known {
		return word
	}
	word = strings.Clone(text)
	if len(m.strings) < memoLimit {
		m.strings[word] = word
	}
	return word
}
