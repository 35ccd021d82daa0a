package codec

import (
	"testing"
	"time"

	"hookflash/media/graph"
)

// TestLengths: what Length gives can be encoded, and Lasts tells it of the payload.
func TestLengths(t *testing.T) {
	for _, format := range Formats() {
		made, err := New(graph.Codec{Name: format.Name, Rate: format.Clock, Channels: format.Channels})
		if err != nil {
			t.Fatal(err)
		}
		for wished := time.Millisecond; wished <= 130*time.Millisecond; wished += 3 * time.Millisecond {
			length := format.Length(wished)
			if length > max(wished, 10*time.Millisecond) || length < 10*time.Millisecond {
				t.Errorf("%s: %v where %v is wished for", format.Name, length, wished)
			}
			samples := format.Samples * int(length/time.Millisecond) / 1000
			payload := make([]byte, 2000)
			n, err := made.Encode(payload, make([]int16, samples))
			if err != nil {
				t.Fatalf("%s: %v: %v", format.Name, length, err)
			}
			if got := format.Lasts(payload[:n]); got != format.Ticks(samples) {
				t.Errorf("%s: %v lasts %d, not %d", format.Name, length, got, format.Ticks(samples))
			}
		}
	}
}

func TestLastsOfOpus(t *testing.T) {
	opus, _ := Find(graph.Codec{Name: "opus"})
	for _, test := range []struct {
		reason  string
		payload []byte
		want    uint32
	}{
		{"nothing", nil, 0},
		{"one frame of SILK, 60 ms", []byte{3 << 3}, 2880},
		{"two frames of 20 ms", []byte{1<<3 | 1}, 1920},
		{"two frames of different length", []byte{12<<3 | 2, 1}, 960},
		{"six of CELT, 2.5 ms", []byte{16<<3 | 3, 6}, 720},
		{"a count that is cut off", []byte{16<<3 | 3}, 0},
		{"longer than 120 ms", []byte{3<<3 | 3, 3}, 0},
	} {
		if got := opus.Lasts(test.payload); got != test.want {
			t.Errorf("%s: %d, not %d", test.reason, got, test.want)
		}
	}
}

// TestQuiet compares with what is decoded.
func TestQuiet(t *testing.T) {
	for _, format := range Formats() {
		made, err := New(graph.Codec{Name: format.Name, Rate: format.Clock, Channels: format.Channels})
		if err != nil {
			t.Fatal(err)
		}
		for value := range 256 {
			for _, at := range []int{0, 77, 79, 80, 82} {
				payload := make([]byte, 83)
				for i := range payload {
					payload[i] = 0x7f
					if format.Name == "PCMA" {
						payload[i] = 0xd5
					}
				}
				payload[at] = byte(value)
				want := true
				samples := make([]int16, 10000)
				n, err := made.Decode(samples, payload)
				for _, sample := range samples[:n] {
					want = want && sample <= 8 && sample >= -8
				}
				if format.Memory {
					want = false
				}
				if got := format.Quiet(payload); got != want && err == nil {
					t.Fatalf("%s: with %#x at %d it is quiet: %v, not %v", format.Name, value, at, got, want)
				}
			}
		}
	}
}
