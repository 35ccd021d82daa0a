package dtmf

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestInfo(t *testing.T) {
	for _, test := range []struct {
		reason string
		kind   string
		body   string
		want   Press
		err    error
	}{
		{"usual", TypeRelay, "Signal=5\r\nDuration=160\r\n", Press{'5', 160 * time.Millisecond}, nil},
		{"spaces, as some send them", TypeRelay, "Signal= 5\r\nDuration= 160\r\n", Press{'5', 160 * time.Millisecond}, nil},
		{"no line ends", TypeRelay, "Signal=#", Press{'#', 250 * time.Millisecond}, nil},
		{"line feeds", TypeRelay, "signal=a\nduration=100\n", Press{'A', 100 * time.Millisecond}, nil},
		{"the other order", TypeRelay, "Duration=100\r\nSignal=*\r\n", Press{'*', 100 * time.Millisecond}, nil},
		{"a code for the star", TypeRelay, "Signal=10\r\n", Press{'*', 250 * time.Millisecond}, nil},
		{"a type with parameters and in capitals", "Application/DTMF-Relay ; charset=x", "Signal=1", Press{'1', 250 * time.Millisecond}, nil},
		{"unknown lines are passed over", TypeRelay, "Signal=1\r\nVolume=7\r\n", Press{'1', 250 * time.Millisecond}, nil},
		{"no duration is the usual one", TypeRelay, "Signal=1\r\nDuration=0\r\n", Press{'1', 250 * time.Millisecond}, nil},
		{"long is cut", TypeRelay, "Signal=1\r\nDuration=4000000000\r\n", Press{'1', MaxPress}, nil},
		{"plain", TypePlain, "7", Press{'7', 250 * time.Millisecond}, nil},
		{"plain with a line end", TypePlain, "*\r\n", Press{'*', 250 * time.Millisecond}, nil},
		{"plain, as a code", TypePlain, "11", Press{'#', 250 * time.Millisecond}, nil},
		{"plain with the relay's lines", TypePlain, "Signal=3\r\nDuration=90", Press{'3', 90 * time.Millisecond}, nil},

		{"another type", "application/sdp", "5", Press{}, ErrInfoType},
		{"no type", "", "5", Press{}, ErrInfoType},
		{"no body", TypeRelay, "", Press{}, ErrInfo},
		{"no signal", TypeRelay, "Duration=100", Press{}, ErrInfo},
		{"flash is none", TypeRelay, "Signal=16", Press{}, ErrInfo},
		{"no digit", TypePlain, "x", Press{}, ErrInfo},
		{"two digits", TypePlain, "55", Press{}, ErrInfo},
		{"no number", TypeRelay, "Signal=1\r\nDuration=-5", Press{}, ErrInfo},
		{"too long", TypeRelay, "Signal=1\r\n" + strings.Repeat("x", maxInfo), Press{}, ErrInfo},
	} {
		got, err := ParseInfo(test.kind, test.body)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %+v, %v; want %+v, %v", test.reason, got, err, test.want, test.err)
		}
	}
	press := Press{'D', 160 * time.Millisecond}
	if got := string(AppendRelay(nil, press)); got != "Signal=D\r\nDuration=160\r\n" {
		t.Errorf("what is written: %q", got)
	}
}
