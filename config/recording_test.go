package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRecording(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         Recording
	}{
		{"what is not written is as the documents say", "", defaultRecording()},
		{"what is written holds", "recording: {allow: users, keep: 720h, most: 10, size: 100}\n", Recording{Allow: RecordUsers, Keep: 720 * time.Hour, Most: 10, Size: 100}},
		{"nobody records", "recording: {allow: none}\n", Recording{Allow: RecordNone, Most: 1000, Size: 4096}},
		{"the same in short", "recording: false\n", Recording{Allow: RecordNone, Most: 1000, Size: 4096}},
	} {
		c, _, err := Parse([]byte(minimal + row.text))
		if err != nil || c.Recording != row.want {
			t.Errorf("%s: %v, %+v", row.reason, err, c)
		}
	}
	for _, row := range []struct{ reason, text, path string }{
		{"nobody knows who that is", "allow: everybody", "recording.allow"},
		{"gone before it is heard", "keep: 1m", "recording.keep"},
		{"none is kept", "most: 0", "recording.most"},
		{"nothing is kept", "size: 0", "recording.size"},
		{"no such key", "silent: true", "recording"},
	} {
		_, _, err := Parse([]byte(minimal + "recording: {" + row.text + "}\n"))
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Problems[0].Path, row.path) {
			t.Errorf("%s: %s is refused: %v", row.reason, row.text, err)
		}
	}
}
