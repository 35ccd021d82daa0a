package dtmf

import (
	"testing"
	"time"
)

// FuzzReceive: whatever comes, at most a press for each report, and each is a digit.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 5, 0x80, 1, 0, 0, 0, 0, 1, 5, 0x80, 1, 0})
	f.Add([]byte{255, 255, 255, 255, 9, 0, 255, 255, 0, 0, 255, 254, 9, 0x80, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		receiver := NewReceiver(8000)
		for len(data) >= 8 {
			timestamp := uint32(data[0])<<24 | uint32(data[1])<<16 | uint32(data[2])<<8 | uint32(data[3])
			size := 4 + int(data[4]&1)*4
			payload := data[4:min(4+size, len(data))]
			presses, err := receiver.Receive(timestamp, payload)
			if err == nil && len(presses) > len(payload)/EventSize+1 {
				t.Fatalf("%d presses from %d bytes", len(presses), len(payload))
			}
			for _, press := range presses {
				if _, ok := Code(press.Digit); !ok || press.Lasted < 0 || press.Lasted > MaxPress {
					t.Fatalf("not a press: %+v", press)
				}
			}
			data = data[4+len(payload):]
		}
		receiver.Expire(0, time.Second)
	})
}

// FuzzInfo: what is read is a digit, and what is written of it is read the same.
func FuzzInfo(f *testing.F) {
	f.Add(true, "Signal=5\r\nDuration=160\r\n")
	f.Add(false, "5")
	f.Add(false, "Signal= 11\nDuration=")
	f.Fuzz(func(t *testing.T, relay bool, body string) {
		kind := TypePlain
		if relay {
			kind = TypeRelay
		}
		press, err := ParseInfo(kind, body)
		if err != nil {
			return
		}
		again, err := ParseInfo(TypeRelay, string(AppendRelay(nil, press)))
		if err != nil || again != press {
			t.Fatalf("%q is %+v, and again %+v, %v", body, press, again, err)
		}
	})
}
