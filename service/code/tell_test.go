package code

import (
	"strings"
	"testing"
	"time"

	"hookflash/ua"
)

// TestClock: hours and minutes, as a person says them.
func TestClock(t *testing.T) {
	for at, want := range map[string]string{
		"00:00": "clock-now zero clock-hours clock-sharp",
		"09:05": "clock-now nine clock-hours zero five clock-minutes",
		"17:42": "clock-now seventeen clock-hours forty two clock-minutes",
		"23:10": "clock-now twenty three clock-hours ten clock-minutes",
	} {
		now, err := time.Parse("15:04", at)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(strings.Join(timeOf(ua.Voice(""), now), " "), "prompt:", ""); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}
