package store

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"hookflash/machine"
)

// ErrKeep: what an agent wants to keep is beyond a limit (machine.MaxKept and those beside it).
var ErrKeep = errors.New("store: too much to keep")

// Payloads of what agents keep.
const (
	kindKeep   = 6 // a value, under its kind and id
	kindForget = 7 // there is none any more under a kind and id
)

// keepsake is a value that is kept, and what it is kept under.
type keepsake struct{ kind, id string }

// keepsakes are what agents keep. Any number of goroutines may use it; its mutex is taken after log.staging.
type keepsakes struct {
	mutex  sync.RWMutex
	values map[string]map[string][]byte // by kind and id
}

func newKeepsakes() *keepsakes { return &keepsakes{values: map[string]map[string][]byte{}} }

// get is a value, nil when there is none, and how many are kept of its kind.
func (k *keepsakes) get(of keepsake) (value []byte, count int) {
	k.mutex.RLock()
	defer k.mutex.RUnlock()
	return k.values[of.kind][of.id], len(k.values[of.kind])
}

// swap puts a value, nil for none, and returns the one before.
func (k *keepsakes) swap(of keepsake, value []byte) (previous []byte) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	values := k.values[of.kind]
	previous = values[of.id]
	switch {
	case value == nil:
		delete(values, of.id)
		if len(values) == 0 {
			delete(k.values, of.kind)
		}
	case values == nil:
		k.values[of.kind] = map[string][]byte{of.id: value}
	default:
		values[of.id] = value
	}
	return previous
}

// list names everything that is kept.
func (k *keepsakes) list() []keepsake {
	k.mutex.RLock()
	defer k.mutex.RUnlock()
	var all []keepsake
	for kind, values := range k.values {
		for id := range values {
			all = append(all, keepsake{kind, id})
		}
	}
	return all
}

// Kept are the values that agents keep of a kind, by their ids. The map is the caller's, the values are not to be changed.
func (b *Bindings) Kept(kind string) map[string][]byte {
	b.keepsakes.mutex.RLock()
	defer b.keepsakes.mutex.RUnlock()
	return maps.Clone(b.keepsakes.values[kind])
}

// StageKeep publishes what an agent keeps and puts it in the batch, as Stage does.
func (b *Batch) StageKeep(change machine.Keep) {
	l, k := b.bindings.log, b.bindings.keepsakes
	of := keepsake{change.Kind, change.ID}
	l.staging.Lock()
	defer l.staging.Unlock()
	if !l.admit(b) {
		return
	}
	present, count := k.get(of)
	if !change.Within() || change.Value != nil && present == nil && count >= machine.MaxKept {
		b.failed = ErrKeep
		return
	}
	if present == nil && change.Value == nil {
		return
	}
	start := len(l.pending)
	l.pending = appendKeep(openFrame(l.pending), of, change.Value)
	if l.finish(b, start) {
		l.undo = append(l.undo, undo{batch: b, keepsake: of, value: k.swap(of, change.Value)})
	}
}

// appendKeep encodes a value: kind of payload, its kind and id, and the value to the end; nil: that there is none.
func appendKeep(buffer []byte, of keepsake, value []byte) []byte {
	payload := byte(kindKeep)
	if value == nil {
		payload = kindForget
	}
	buffer = appendString(appendString(append(buffer, payload), of.kind), of.id)
	return append(buffer, value...)
}

// parseKeep reads what appendKeep wrote; the value is nil where there is none.
func parseKeep(payload []byte) (of keepsake, value []byte, ok bool) {
	d := decoder{text: string(payload)}
	kind := d.byte()
	of = keepsake{d.string(), d.string()}
	switch {
	case d.failed:
		return of, nil, false
	case kind == kindForget:
		return of, nil, d.text == ""
	}
	value = []byte(d.text)
	change := machine.Keep{Kind: of.kind, ID: of.id, Value: value}
	return of, value, change.Within()
}

// kept is the last frame of a value.
type kept struct {
	segment uint64
	value   []byte // nil: there is none any more
}

// keep takes in the frame of a value; false when it is none.
func (r *replay) keep(payload []byte) bool {
	of, value, ok := parseKeep(payload)
	if ok {
		r.kept[of] = kept{segment: r.segment, value: value}
	}
	return ok
}

// publishKept puts what is kept in its place, and returns how many bytes that is.
func (r *replay) publishKept(report *Recovery) (live int64) {
	for of, last := range r.kept {
		if last.value == nil {
			continue
		}
		report.Kept++
		live += int64(frameHeader + len(of.kind) + len(of.id) + len(last.value))
		r.bindings.keepsakes.swap(of, last.value)
	}
	return live
}

// keep copies what agents keep.
func (c *copier) keep() error {
	for some := range slices.Chunk(c.bindings.keepsakes.list(), copyChunk) {
		c.stageKept(some)
		if err := c.write(copyBytes); err != nil {
			return err
		}
	}
	return nil
}

// stageKept stages what is kept now under some names.
func (c *copier) stageKept(some []keepsake) {
	l := c.bindings.log
	l.staging.Lock()
	defer l.staging.Unlock()
	before := len(l.pending)
	for _, of := range some {
		value, _ := c.bindings.keepsakes.get(of)
		if value == nil || !l.admit(c.batch) {
			continue
		}
		start := len(l.pending)
		l.pending = appendKeep(openFrame(l.pending), of, value)
		l.finish(c.batch, start)
	}
	c.staged(len(l.pending) - before)
}
