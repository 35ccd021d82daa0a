package media

import (
	"fmt"
	"io/fs"
	"net/netip"
	"runtime"
	"time"

	"hookflash/media/music"
)

// Settings are those of one Engine. The zero value works, on loopback.
type Settings struct {
	Address     netip.Addr     // what RTP is bound to; zero: 127.0.0.1
	First, Last uint16         // of the ports, RTP on even ones; zero: 20000 to 29999
	Workers     int            // zero or less: one per core
	Files       string         // directory of what "file:" names; "": there is none
	Prompts     string         // directory of what "prompt:" names, before Builtin; "": there is none
	Builtin     fs.FS          // prompts of the program, LANGUAGE/NAME.wav; nil: none
	Language    string         // of prompts that are named without one; "": en
	Music       *music.Library // what "music:" names; nil: the pieces of our own alone
	Device      Device         // the person at this phone; nil: nobody
	Silence     time.Duration  // after which Silent is told; zero: 20 s, below zero: never
	Name        string         // CNAME in RTCP; "": a random one (RFC 7022)

	// Tell is given graph.Digit, graph.Ended and graph.Silent, one at a time, on a goroutine of
	// the engine. It may call Apply. nil: nobody is told.
	Tell func(event any)
	// Warn is given what goes wrong beside all that: a piece of music that can't be read. nil: nobody is told.
	Warn func(err error)
}

// Device is microphone and loudspeaker, or what stands in for them. It is called on the goroutine of
// a worker every 20 ms while the device is in a room, and must not wait.
type Device interface {
	Rate() int               // of its samples: 8000 or 16000 Hz
	Read(frame []int16) bool // fills 20 ms with what the person says; false: nothing
	Write(frame []int16)     // 20 ms of what is heard; nil: nothing. Not kept.
}

// Validate tells what is wrong with the settings.
func (s Settings) Validate() error {
	s = s.withDefaults()
	if s.First%2 != 0 || s.First == 0 || s.Last <= s.First {
		return fmt.Errorf("media ports %d to %d: the first is even, the last above it", s.First, s.Last)
	}
	if s.Device != nil && s.Device.Rate() != narrowRate && s.Device.Rate() != wideRate {
		return fmt.Errorf("media device of %d Hz: 8000 or 16000", s.Device.Rate())
	}
	return nil
}

func (s Settings) withDefaults() Settings {
	if !s.Address.IsValid() {
		s.Address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if s.First == 0 && s.Last == 0 {
		s.First, s.Last = firstPort, lastPort
	}
	if s.Workers <= 0 {
		s.Workers = runtime.GOMAXPROCS(0)
	}
	if s.Language == "" {
		s.Language = fallback
	}
	if s.Silence == 0 {
		s.Silence = silentAfter
	}
	return s
}
