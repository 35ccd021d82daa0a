package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRedial(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         Redial
	}{
		{"what is not written is as the documents say", "", defaultRedial()},
		{"what is written holds", "redial: {limit: 3, expires: 10m, jitter: 0s, retry: 5}\n", Redial{Limit: 3, Expires: 10 * time.Minute, Retry: 5}},
		{"it can be left out", "redial: false\n", Redial{Off: true, Limit: 5, Expires: 30 * time.Minute, Jitter: 5 * time.Second, Retry: 3}},
	} {
		c, _, err := Parse([]byte(minimal + row.text))
		if err != nil || c.Redial != row.want {
			t.Errorf("%s: %v, %+v", row.reason, err, c)
		}
	}
	for _, row := range []struct{ reason, text, path string }{
		{"nobody could wait", "limit: 0", "redial.limit"},
		{"more than phones keep up", "limit: 65", "redial.limit"},
		{"given up at once", "expires: 10s", "redial.expires"},
		{"longer than a subscription", "expires: 25h", "redial.expires"},
		{"longer than people wait", "jitter: 2m", "redial.jitter"},
		{"never called", "retry: 0", "redial.retry"},
		{"no number", "retry: often", "redial.retry"},
		{"no such key", "tries: 3", "redial"},
	} {
		_, _, err := Parse([]byte(minimal + "redial: {" + row.text + "}\n"))
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Problems[0].Path, row.path) {
			t.Errorf("%s: %s is refused: %v", row.reason, row.text, err)
		}
	}
}
