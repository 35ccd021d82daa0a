package mailbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// version of the JSON files.
const version = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is the content of a JSON file.
type record struct {
	Version int    `json:"version"`
	Box     string `json:"box"`
	ID      string `json:"id"` // of the recording
	Octets  int64  `json:"octets"`
	Sum     uint32 `json:"crc32c"` // of the recording
	Heard   bool   `json:"heard,omitempty"`
	Meta
}

// sealed is the file: the record as it was written, and its checksum.
type sealed struct {
	Record json.RawMessage `json:"record"`
	Sum    string          `json:"crc32c"`
}

func (r *record) encode() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("mailbox: describe a message: %w", err)
	}
	return seal(text), nil
}

func seal(text []byte) []byte {
	return fmt.Appendf(nil, `{"record":%s,"crc32c":"%08x"}`+"\n", text, crc32.Checksum(text, castagnoli))
}

// decode reads a JSON file. Every octet of it must be as it was written.
func decode(text []byte) (record, error) {
	var outer sealed
	if err := json.Unmarshal(text, &outer); err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if !bytes.Equal(seal(outer.Record), text) {
		return record{}, fmt.Errorf("%w: its description does not fit its checksum", ErrDamaged)
	}
	var r record
	if err := json.Unmarshal(outer.Record, &r); err != nil || r.Version != version || !isID(r.ID) {
		return record{}, fmt.Errorf("%w: a description of version %d: %v", ErrDamaged, r.Version, err)
	}
	return r, nil
}

func (r *record) kept() kept {
	return kept{Message: Message{ID: r.ID, Meta: r.Meta, Heard: r.Heard, Octets: r.Octets}, sum: r.Sum}
}

func (x *box) record(k kept) *record {
	return &record{Version: version, Box: x.name, ID: k.ID, Octets: k.Octets, Sum: k.sum, Heard: k.Heard, Meta: k.Meta}
}

// clean cuts what callers say to what is kept of it.
func (m Meta) clean() Meta {
	m.From, m.Name, m.Cause = cut(m.From), cut(m.Name), cut(m.Cause)
	m.Received = m.Received.UTC().Round(0)
	m.Length = max(0, m.Length).Round(time.Millisecond)
	return m
}

func cut(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > MaxText {
		text = text[:MaxText]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	return strings.Clone(text)
}

// readAll reads a file of at most so many octets.
func (b *Boxes) readAll(name string, limit int64) ([]byte, error) {
	file, err := b.disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%w: more than %d octets", ErrDamaged, limit)
	}
	return text, nil
}
