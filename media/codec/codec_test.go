package codec

import (
	"errors"
	"testing"

	"hookflash/media/graph"
)

func TestFind(t *testing.T) {
	for _, test := range []struct {
		reason string
		wanted graph.Codec
		clock  uint32
		rate   int
	}{
		{"names have no case", graph.Codec{Name: "pcmu", Rate: 8000, Channels: 1}, 8000, 8000},
		{"no channels said is any", graph.Codec{Name: "PCMA", Rate: 8000}, 8000, 8000},
		{"RFC 3551 4.5.2: the clock of G722 is half its rate", graph.Codec{Name: "G722", Rate: 8000}, 8000, 16000},
		{"RFC 7587 4.1: the clock of opus is 48000", graph.Codec{Name: "OPUS", Rate: 48000, Channels: 2}, 48000, 16000},
		{"another clock is another codec", graph.Codec{Name: "PCMU", Rate: 16000}, 0, 0},
		{"opus is opus/48000/2", graph.Codec{Name: "opus", Rate: 48000, Channels: 1}, 0, 0},
		{"unknown", graph.Codec{Name: "G729", Rate: 8000}, 0, 0},
	} {
		c, err := New(test.wanted)
		if test.rate == 0 {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("%s: got %v, want ErrUnknown", test.reason, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		format, _ := Find(test.wanted)
		if c.Rate() != test.rate || format.Samples != test.rate || format.Clock != test.clock {
			t.Errorf("%s: samples %d, clock %d; want %d, %d", test.reason, c.Rate(), format.Clock, test.rate, test.clock)
		}
		frame := c.Rate() / 50
		if ticks := format.Ticks(frame); ticks != test.clock/50 || format.Count(ticks) != frame {
			t.Errorf("%s: 20 ms are %d ticks, back %d samples", test.reason, ticks, format.Count(ticks))
		}
	}
}

func TestErrors(t *testing.T) {
	for _, format := range Formats() {
		c := mustNew(t, format.Name)
		frame := c.Rate() / 50
		pcm := sine(c.Rate(), 440, 8000, frame)
		if _, err := c.Encode(nil, pcm); !errors.Is(err, ErrRoom) {
			t.Errorf("%s: no room for a payload: %v", format.Name, err)
		}
		if _, err := c.Encode(make([]byte, 64000), make([]int16, 2*limit(c.Rate()))); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: a frame that is too long: %v", format.Name, err)
		}
		payload := make([]byte, 1500)
		n, err := c.Encode(payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Decode(make([]int16, 3), payload[:n]); !errors.Is(err, ErrRoom) {
			t.Errorf("%s: no room for samples: %v", format.Name, err)
		}
		if _, err := c.Decode(make([]int16, 64000), nil); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: an empty payload: %v", format.Name, err)
		}
		if _, err := c.Decode(make([]int16, 640000), make([]byte, 60000)); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: a payload that is too long: %v", format.Name, err)
		}
		if n, err := c.Decode(make([]int16, frame), payload[:n]); err != nil || n != frame {
			t.Errorf("%s: it goes on after errors: %d, %v", format.Name, n, err)
		}
	}
	if _, err := mustNew(t, "G722").Encode(make([]byte, 100), make([]int16, 3)); !errors.Is(err, ErrFrame) {
		t.Errorf("G722 takes pairs: %v", err)
	}
	if _, err := mustNew(t, "opus").Encode(make([]byte, 1500), make([]int16, 321)); !errors.Is(err, ErrFrame) {
		t.Errorf("opus takes its own lengths only: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		name  string
		hertz float64
		peak  float64
		least float64 // dB
	}{
		{"PCMU", 1000, 16000, 35},
		{"PCMU", 1000, 300, 28},
		{"PCMA", 1000, 16000, 35},
		{"PCMA", 1000, 300, 25},
		{"G722", 1000, 16000, 40},
		{"G722", 1000, 300, 25},
		{"G722", 5000, 8000, 12},
		{"opus", 1000, 16000, 15},
	} {
		c := mustNew(t, test.name)
		pcm := sine(c.Rate(), test.hertz, test.peak, c.Rate())
		if got := ratio(pcm, through(t, c, pcm), 200); got < test.least {
			t.Errorf("%s at %g Hz, peak %g: %.1f dB, want %g", test.name, test.hertz, test.peak, got, test.least)
		} else {
			t.Logf("%s at %g Hz, peak %g: %.1f dB", test.name, test.hertz, test.peak, got)
		}
	}
}

func TestSpeechRoundTrip(t *testing.T) {
	for name, least := range map[string]float64{"PCMU": 33, "PCMA": 33, "G722": 18, "opus": 5} {
		c := mustNew(t, name)
		pcm := speech(c.Rate(), 2*c.Rate(), 7)
		got := ratio(pcm, through(t, c, pcm), 200)
		t.Logf("%s: %.1f dB", name, got)
		if got < least {
			t.Errorf("%s: %.1f dB, want %g", name, got, least)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	for _, format := range Formats() {
		c := mustNew(t, format.Name)
		frame := c.Rate() / 50
		pcm := speech(c.Rate(), 50*frame, 3)
		payload, out := make([]byte, 1500), make([]int16, frame)
		n, at := 0, 0
		most := 0.0
		run := func(what string, call func()) {
			call()
			if got := testing.AllocsPerRun(45, call); got > most {
				t.Errorf("%s: %s allocates %g times, at most %g", format.Name, what, got, most)
			}
		}
		run("Encode", func() {
			n, _ = c.Encode(payload, pcm[at%len(pcm):][:frame])
			at += frame
		})
		run("Decode", func() { _, _ = c.Decode(out, payload[:n]) })
		if format.Name == "opus" { // the library's own concealment does
			most = 3
		}
		run("Conceal", func() { c.Conceal(out) })
		run("Decode after a gap", func() { c.Conceal(out); _, _ = c.Decode(out, payload[:n]) })
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, format := range Formats() {
		b.Run(format.Name, func(b *testing.B) {
			c := mustNew(b, format.Name)
			frame := c.Rate() / 50
			pcm := speech(c.Rate(), 50*frame, 3)
			payload := make([]byte, 1500)
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				_, _ = c.Encode(payload, pcm[at:at+frame])
				at = (at + frame) % len(pcm)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, format := range Formats() {
		b.Run(format.Name, func(b *testing.B) {
			c := mustNew(b, format.Name)
			frame := c.Rate() / 50
			payload, out := make([]byte, 1500), make([]int16, frame)
			n, err := c.Encode(payload, speech(c.Rate(), frame, 3))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Decode(out, payload[:n])
			}
		})
	}
}

func BenchmarkConceal(b *testing.B) {
	for _, format := range Formats() {
		b.Run(format.Name, func(b *testing.B) {
			c := mustNew(b, format.Name)
			frame := c.Rate() / 50
			payload, out := make([]byte, 1500), make([]int16, frame)
			n, err := c.Encode(payload, speech(c.Rate(), frame, 3))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() { // each gap is new: finding the pitch is the cost
				_, _ = c.Decode(out, payload[:n])
				c.Conceal(out)
			}
		})
	}
}
