package mailbox

import (
	"errors"
	"fmt"
	"strings"
)

// Recovery is what Open found beside whole messages.
type Recovery struct {
	Swept int // files that a process left which died; they are gone
	// Damaged are the files that are not as they were kept: they stay where they are, and out of
	// every list.
	Damaged []string
}

// Open reads all boxes and removes what nobody needs. The files are this process's alone.
func Open(settings Settings) (*Boxes, error) {
	b := &Boxes{settings: settings.withDefaults(), disk: settings.Disk, boxes: map[string]*box{}, begun: map[string]begun{}}
	if err := b.open(); err != nil {
		return nil, fmt.Errorf("open the mailboxes: %w", err)
	}
	return b, nil
}

// Recovered is what Open found.
func (b *Boxes) Recovered() Recovery { return b.found }

func (b *Boxes) open() error {
	if err := errors.Join(b.disk.Mkdir(incoming), b.disk.Mkdir(boxes)); err != nil {
		return err
	}
	if err := b.disk.Sync("."); err != nil {
		return err
	}
	left, err := b.disk.List(incoming)
	if err != nil {
		return err
	}
	for _, entry := range left {
		if err := b.sweep(incoming+"/"+entry.Name, entry); err != nil {
			return err
		}
	}
	found, err := b.disk.List(boxes)
	if err != nil {
		return err
	}
	for _, entry := range found {
		if !entry.Directory {
			b.damaged(boxes + "/" + entry.Name)
			continue
		}
		if err := b.read(entry.Name); err != nil {
			return err
		}
	}
	return nil
}

func (b *Boxes) sweep(name string, entry Entry) error {
	if entry.Directory {
		b.damaged(name)
		return nil
	}
	b.found.Swept++
	return b.discard(name)
}

func (b *Boxes) damaged(name string) { b.found.Damaged = append(b.found.Damaged, name) }

// read reads the directory of one box: descriptions first, then what they name.
func (b *Boxes) read(directory string) error {
	entries, err := b.disk.List(boxes + "/" + directory)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		// What a process died before it could make last is what holds from now on: what is there stays there, and
		// what was taken off the list stays off it.
		if err := b.disk.Sync(boxes + "/" + directory); err != nil {
			return err
		}
	}
	x := &box{directory: directory, made: true} // what is described in it came after it was synced
	sizes := map[string]int64{}
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name, sound); ok {
			sizes[id] = entry.Size
		}
	}
	unread := map[string]bool{} // descriptions that tell nothing
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name, sidecar); ok && !b.describe(x, name, sizes) {
			b.damaged(x.path(name, sidecar))
			unread[name] = true
		}
	}
	if err := b.tidy(x, entries, unread); err != nil {
		return err
	}
	if len(x.messages) > 0 || x.greeting != nil {
		b.boxes[x.name] = x
	}
	return nil
}

// tidy removes what nothing names. What a description may have named that tells nothing stays.
func (b *Boxes) tidy(x *box, entries []Entry, unread map[string]bool) error {
	var rubbish []Entry
	for _, entry := range entries {
		id, isSound := strings.CutSuffix(entry.Name, sound)
		switch {
		case strings.HasSuffix(entry.Name, sidecar), isSound && (x.owns(id) || unread[id]):
		case entry.Directory, isSound && unread[greeting], !isSound && !strings.HasSuffix(entry.Name, unnamed):
			b.damaged(x.place() + "/" + entry.Name)
		default:
			rubbish = append(rubbish, entry)
		}
	}
	for _, entry := range rubbish {
		if err := b.sweep(x.place()+"/"+entry.Name, entry); err != nil {
			return err
		}
	}
	return nil
}

// describe takes one description in; false when it is damaged, or its recording is not there in its
// whole length.
func (b *Boxes) describe(x *box, name string, sizes map[string]int64) bool {
	text, err := b.readAll(x.path(name, sidecar), MaxSidecar)
	if err != nil {
		return false
	}
	r, err := decode(text)
	if err != nil {
		return false
	}
	if directory, err := Directory(r.Box); err != nil || directory != x.directory {
		return false // it was moved here
	}
	if size, ok := sizes[r.ID]; !ok || size != r.Octets || name != greeting && name != r.ID {
		return false
	}
	x.name = r.Box
	message := r.kept()
	if name == greeting {
		x.greeting = &message
	} else {
		x.insert(message)
	}
	return true
}

// owns tells whether something here names that recording.
func (x *box) owns(id string) bool {
	return x.index(id) >= 0 || x.greeting != nil && x.greeting.ID == id
}
