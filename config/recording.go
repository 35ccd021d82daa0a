package config

import "time"

// Recording is who records calls and how long that is kept.
type Recording struct {
	// Allow is RecordUsers: users may record their own calls; or RecordNone.
	Allow string
	Keep  time.Duration // zero: for ever
	Most  int           // recordings of a user
	Size  int           // of all of a user's, in mebibytes
}

// Who may record.
const (
	RecordUsers = "users"
	RecordNone  = "none"
)

const (
	maxRecordings    = 100_000
	maxRecordingSize = 1 << 20
)

func defaultRecording() Recording { return Recording{Allow: RecordUsers, Most: 1000, Size: 4096} }

// recording reads false, or the bounds.
func (r *reader) recording(f field) {
	recording := &r.config.Recording
	if off, said := r.isOff(f); said {
		if off {
			recording.Allow = RecordNone
		}
		return
	}
	keys := r.mapping(f, []string{"allow", "keep", "most", "size"})
	r.setText(keys["allow"], &recording.Allow)
	r.setDuration(keys["keep"], &recording.Keep)
	r.setInteger(keys["most"], &recording.Most)
	r.setInteger(keys["size"], &recording.Size)
}

func (c *Config) checkRecording(found *findings) {
	recording := &c.Recording
	if known := []string{RecordUsers, RecordNone}; recording.Allow != RecordUsers && recording.Allow != RecordNone {
		found.wrong("recording.allow", quote(recording.Allow)+" says not who may record", oneOf(recording.Allow, known))
	}
	if recording.Keep != 0 {
		found.within("recording.keep", recording.Keep, time.Hour, 10*366*day)
	}
	found.between("recording.most", recording.Most, 1, maxRecordings)
	found.between("recording.size", recording.Size, 1, maxRecordingSize)
}
