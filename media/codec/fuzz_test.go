package codec

import (
	"errors"
	"testing"
)

// FuzzDecode: whatever comes in packets, codecs neither panic nor give more than there is room
// for, and a good packet after it is taken.
func FuzzDecode(f *testing.F) {
	f.Add(byte(0), []byte{0x48, 0x00, 0x01, 0x02, 0x03}, []byte{0xFF})
	f.Add(byte(0), []byte{0x4B, 0x83, 0x03, 0x01, 0x02, 0x03, 0x04}, []byte{0xFC, 0xFF, 0xFE})
	f.Add(byte(1), []byte{0, 1, 2, 3}, []byte{255})
	f.Add(byte(2), []byte{0, 1, 2, 3}, []byte{255})
	good := map[string][]byte{}
	for _, format := range Formats() {
		c := mustNew(f, format.Name)
		payload := make([]byte, 1500)
		n, err := c.Encode(payload, sine(c.Rate(), 440, 8000, c.Rate()/50))
		if err != nil {
			f.Fatal(err)
		}
		good[format.Name] = payload[:n]
	}
	f.Fuzz(func(t *testing.T, kind byte, first, second []byte) {
		format := Formats()[int(kind)%len(formats)]
		c := mustNew(t, format.Name)
		room := make([]int16, limit(c.Rate()))
		for _, payload := range [][]byte{first, good[format.Name], second, nil, first} {
			n, err := c.Decode(room, payload)
			if n < 0 || n > len(room) || err != nil && !errors.Is(err, ErrPayload) && !errors.Is(err, ErrRoom) {
				t.Fatalf("%s: %d samples, %v", format.Name, n, err)
			}
			c.Conceal(room[:c.Rate()/50])
		}
		if n, err := c.Decode(room, good[format.Name]); n != c.Rate()/50 || err != nil {
			t.Fatalf("%s: a good packet after bad ones gives %d samples, %v", format.Name, n, err)
		}
	})
}
