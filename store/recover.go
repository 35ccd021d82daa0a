package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/registrar"
)

// Recovery tells what OpenBindings found.
type Recovery struct {
	Records  int           // addresses of record with bindings
	Bindings int           // their bindings
	Kept     int           // values that agents keep
	Expired  int           // bindings dropped because their time was over
	Segments int           // files read
	Bytes    int64         // bytes read
	Torn     int64         // bytes of writes that were cut short; nothing in them was acknowledged
	Damaged  int           // places where bytes had changed or were missing
	Dropped  int64         // bytes given up there; what they held is lost, never served
	Duration time.Duration // how long it took
}

// past is a recovered log.
type past struct {
	Recovery
	segments []segment // with their good lengths, oldest first
	highest  uint64    // the number of the last segment that was there, 0 for none
	live     int64     // bytes of the frames that still count
}

// latest is the last frame of an address of record.
type latest struct {
	segment uint64
	payload []byte // nil after a removal
}

// replay reads frames in the order they were written.
type replay struct {
	bindings *Bindings
	now      time.Time
	segment  uint64 // being read
	records  map[string]latest
	kept     map[keepsake]kept
	unknown  int // whole frames that make no sense
}

// recover reads all segments into the table.
func (b *Bindings) recover(directory string) (past, error) {
	started := time.Now()
	var p past
	numbers, err := segmentNumbers(directory)
	if err != nil {
		return p, err
	}
	headers, err := readHeaders(directory, numbers)
	if err != nil {
		return p, err
	}
	r := &replay{bindings: b, now: b.now(), records: make(map[string]latest), kept: make(map[keepsake]kept)}
	for i, number := range numbers {
		sealed := int64(-1)
		if i+1 < len(numbers) && headers[i+1].previous == number {
			sealed = headers[i+1].sealed
		}
		if i > 0 && headers[i].number != 0 && !slices.Contains(numbers, headers[i].previous) {
			p.Damaged++ // a segment between them is gone
		}
		good, err := r.read(directory, number, sealed, &p.Recovery)
		if err != nil {
			return p, fmt.Errorf("read %s: %w", segmentPath(directory, number), err)
		}
		p.highest = number
		p.segments = append(p.segments, segment{number: number, size: good})
	}
	if err := p.trim(directory); err != nil {
		return p, err
	}
	p.Damaged += r.unknown
	p.live = r.publish(&p.Recovery) + r.publishKept(&p.Recovery)
	p.Duration = time.Since(started)
	return p, nil
}

// readHeaders reads the header of every segment; the zero header where there is none.
func readHeaders(directory string, numbers []uint64) ([]header, error) {
	headers := make([]header, len(numbers))
	for i, number := range numbers {
		path := segmentPath(directory, number)
		opened, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		data := make([]byte, framesStart)
		n, err := io.ReadFull(opened, data)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.Join(err, opened.Close())
		}
		if err := opened.Close(); err != nil {
			return nil, err
		}
		h, _, ok, err := parseHeader(data[:n])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if ok && h.number == number {
			headers[i] = h
		}
	}
	return headers, nil
}

// read takes in one segment up to where it was sealed (-1: to its end) and returns its
// good length.
func (r *replay) read(directory string, number uint64, sealed int64, report *Recovery) (int64, error) {
	data, err := os.ReadFile(segmentPath(directory, number))
	if err != nil {
		return 0, err
	}
	report.Segments++
	report.Bytes += int64(len(data))
	if sealed >= 0 && int64(len(data)) > sealed {
		report.Torn += int64(len(data)) - sealed
		data = data[:sealed]
	}
	if missing := sealed - int64(len(data)); missing > 0 {
		report.Damaged++
		report.Dropped += missing
	}
	h, damaged, ok, err := parseHeader(data)
	if err != nil {
		return 0, err
	}
	switch {
	case len(data) < framesStart || !ok && unfinished(data):
		report.Torn += int64(len(data)) // died while it began
		return 0, nil
	case !ok || h.number != number:
		report.Damaged++
		report.Dropped += int64(len(data))
		return int64(len(data)), nil
	case damaged:
		report.Damaged++
		report.Dropped += headerSize
	}
	r.segment = number
	result := scan(data[framesStart:], h.salt, r.frame)
	report.Torn += int64(result.torn)
	report.Damaged += result.damaged
	report.Dropped += int64(result.dropped)
	return int64(framesStart + result.good), nil
}

// frame takes in the payload of one frame.
func (r *replay) frame(payload []byte) {
	known := true
	switch payload[0] {
	case kindRecord, kindRemoval:
		length, size := binary.Uvarint(payload[1:])
		if size <= 0 || length > uint64(len(payload)-1-size) {
			known = false
			break
		}
		address := payload[1+size : 1+size+int(length)]
		if payload[0] == kindRemoval {
			payload = nil
		}
		r.records[string(address)] = latest{segment: r.segment, payload: payload}
	case kindUse:
		use, rest, err := digest.ParseUse(payload[1:])
		if known = err == nil && len(rest) == 0; known {
			r.bindings.nonces.remember(r.now, use)
		}
	case kindWindows:
		var username string
		var windows digest.Windows
		if username, windows, known = parseWindows(payload); known {
			r.bindings.nonces.put(username, windows)
		}
	case kindComplete:
		number, size := binary.Uvarint(payload[1:])
		if known = size > 0; known {
			r.forget(number)
		}
	case kindKeep, kindForget:
		known = r.keep(payload)
	default:
		known = false
	}
	if !known {
		r.unknown++
	}
}

// forget drops what only segments older than number tell.
func (r *replay) forget(number uint64) {
	for address, last := range r.records {
		if last.segment < number {
			delete(r.records, address)
		}
	}
	for of, last := range r.kept {
		if last.segment < number {
			delete(r.kept, of)
		}
	}
}

// publish decodes what is left and puts it in the table, without what has expired. It
// returns the bytes of it.
func (r *replay) publish(report *Recovery) (live int64) {
	for _, last := range r.records {
		if last.payload == nil {
			continue
		}
		record, ok := decodeRecord(string(last.payload))
		if !ok {
			r.unknown++
			report.Damaged++
			continue
		}
		before := len(record.Bindings)
		record.Bindings = slices.DeleteFunc(record.Bindings, func(b registrar.Binding) bool {
			return !b.Expires.After(r.now)
		})
		report.Expired += before - len(record.Bindings)
		if len(record.Bindings) == 0 {
			continue
		}
		report.Records++
		report.Bindings += len(record.Bindings)
		live += int64(len(last.payload)) + frameHeader
		r.bindings.records.swap(record.AddressOfRecord, record)
	}
	return live
}

// trim cuts off what is torn at the ends of segments, and removes the last ones as long
// as nothing is in them.
func (p *past) trim(directory string) error {
	for count := len(p.segments); count > 0 && p.segments[count-1].size <= framesStart; count-- {
		if err := os.Remove(segmentPath(directory, p.segments[count-1].number)); err != nil {
			return err
		}
		p.segments = p.segments[:count-1]
	}
	for _, s := range p.segments {
		if err := os.Truncate(segmentPath(directory, s.number), s.size); err != nil {
			return err
		}
	}
	return nil
}
