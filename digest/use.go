package digest

import (
	"encoding/binary"
	"errors"
)

// ErrRecord tells of bytes that Append never wrote.
var ErrRecord = errors.New("digest: not a record of nonces in use")

// Use is one accepted use of a nonce, kept before its request takes effect and given to
// Windows.Restore after a restart.
type Use struct {
	Username string // whose Windows: unique in the log it is kept in
	Nonce    Nonce
	NC       uint32
}

// Append appends the use in 16 bytes and more, and the username.
func (u Use) Append(dst []byte) []byte {
	dst = appendPayload(dst, u.Nonce)
	dst = binary.AppendUvarint(dst, uint64(u.NC))
	dst = binary.AppendUvarint(dst, uint64(len(u.Username)))
	return append(dst, u.Username...)
}

// ParseUse reads one use off the front of data and returns the rest. The error is ErrRecord.
func ParseUse(data []byte) (use Use, rest []byte, err error) {
	if len(data) < payloadSize {
		return Use{}, nil, ErrRecord
	}
	use.Nonce = parsePayload(data)
	nc, data, ok := cutUvarint(data[payloadSize:], 1<<32-1)
	if !ok {
		return Use{}, nil, ErrRecord
	}
	length, data, ok := cutUvarint(data, uint64(len(data)))
	if !ok || length > uint64(len(data)) {
		return Use{}, nil, ErrRecord
	}
	use.NC = uint32(nc)
	use.Username = string(data[:length])
	return use, data[length:], nil
}

// Append appends the windows of one user, for a snapshot.
func (w *Windows) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(w.floor))
	dst = binary.AppendUvarint(dst, uint64(len(w.windows)))
	for _, window := range w.windows {
		dst = appendPayload(dst, window.Nonce)
		dst = binary.AppendUvarint(dst, uint64(window.Highest))
		dst = binary.AppendUvarint(dst, window.Seen)
	}
	return dst
}

// ParseWindows reads the windows of one user off the front of data and returns the rest.
// The error is ErrRecord.
func ParseWindows(data []byte) (windows Windows, rest []byte, err error) {
	floor, data, ok := cutUvarint(data, maxIssued)
	if !ok {
		return Windows{}, nil, ErrRecord
	}
	count, data, ok := cutUvarint(data, MaxWindows)
	if !ok || count*payloadSize > uint64(len(data)) {
		return Windows{}, nil, ErrRecord
	}
	windows.floor = int64(floor)
	windows.windows = make([]Window, 0, count)
	for range count {
		var window Window
		if window, data, ok = cutWindow(data); !ok || windows.find(window.Nonce) != nil {
			return Windows{}, nil, ErrRecord
		}
		windows.windows = append(windows.windows, window)
	}
	return windows, data, nil
}

// cutWindow reads one window off the front of data.
func cutWindow(data []byte) (window Window, rest []byte, ok bool) {
	if len(data) < payloadSize {
		return Window{}, nil, false
	}
	window.Nonce = parsePayload(data)
	highest, data, ok := cutUvarint(data[payloadSize:], 1<<32-1)
	if !ok || highest == 0 {
		return Window{}, nil, false
	}
	window.Highest = uint32(highest)
	window.Seen, data, ok = cutUvarint(data, 1<<64-1)
	return window, data, ok && window.Seen&1 == 1
}

// cutUvarint reads a number of at most limit off the front of data.
func cutUvarint(data []byte, limit uint64) (value uint64, rest []byte, ok bool) {
	value, size := binary.Uvarint(data)
	if size <= 0 || value > limit {
		return 0, data, false
	}
	return value, data[size:], true
}
