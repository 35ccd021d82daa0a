package srtp

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/pion/rtp"
)

func pair(t testing.TB, suite Suite) (ours, theirs *Context) {
	t.Helper()
	key := make([]byte, suite.Key+suite.Salt)
	for i := range key {
		key[i] = byte(i * 7)
	}
	ours, err := New(suite.Name, key)
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err = New(suite.Name, key); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func plain(t testing.TB, sequence uint16, ssrc uint32, buffer []byte) []byte {
	t.Helper()
	header := rtp.Header{Version: 2, SequenceNumber: sequence, Timestamp: uint32(sequence) * 160, SSRC: ssrc}
	n, err := header.MarshalTo(buffer)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 160 {
		buffer[n+i] = byte(i)
	}
	return buffer[: n+160 : n+160+Overhead]
}

func TestEverySuite(t *testing.T) {
	for _, suite := range Suites() {
		ours, theirs := pair(t, suite)
		var header rtp.Header
		for i := range 70000 { // once around the sequence numbers
			if i > 300 && i < 65000 && i%1000 != 0 {
				continue
			}
			buffer := make([]byte, 300)
			packet := plain(t, uint16(i), 9, buffer)
			clear := bytes.Clone(packet)
			secured, err := ours.Protect(packet, &header)
			if err != nil || len(secured) > len(clear)+Overhead || bytes.Contains(secured, clear[12:44]) {
				t.Fatalf("%s: packet %d isn't protected: %v", suite.Name, i, err)
			}
			copied := bytes.Clone(secured)
			opened, err := theirs.Open(secured, &header)
			if err != nil || !bytes.Equal(opened, clear) {
				t.Fatalf("%s: packet %d isn't what was sent: %v", suite.Name, i, err)
			}
			if _, err := theirs.Open(copied, &header); err == nil {
				t.Fatalf("%s: packet %d is taken twice", suite.Name, i)
			}
		}
		report := []byte{0x80, 201, 0, 1, 0, 0, 0, 9}
		secured, err := ours.ProtectControl(report)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := theirs.OpenControl(secured); err != nil || !bytes.Equal(opened, report) {
			t.Errorf("%s: RTCP: % x, %v", suite.Name, opened, err)
		}
	}
}

func TestBadKeys(t *testing.T) {
	for _, test := range []struct {
		reason, name string
		length       int
		want         error
	}{
		{"no suite of that name", "F8_128_HMAC_SHA1_80", 30, ErrSuite},
		{"a byte short", "AES_CM_128_HMAC_SHA1_80", 29, ErrKey},
		{"nothing", "AEAD_AES_256_GCM", 0, ErrKey},
	} {
		if _, err := New(test.name, make([]byte, test.length)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	if _, err := New("aes_cm_128_hmac_sha1_80", make([]byte, 30)); err != nil {
		t.Errorf("names in another case: %v", err)
	}
}

// TestBadPacketsChangeNothing: after any number of forged packets the good ones still open.
func TestBadPacketsChangeNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, suite := range Suites() {
		ours, theirs := pair(t, suite)
		var header rtp.Header
		for i := range 200 {
			good, err := ours.Protect(plain(t, uint16(i), 9, make([]byte, 300)), &header)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				bad := bytes.Clone(good)
				bad[random.IntN(len(bad)-2)+2] ^= byte(1 + random.IntN(255))
				if _, err := theirs.Open(bad[:len(bad)-random.IntN(2)*random.IntN(len(bad))], &header); err == nil {
					t.Fatalf("%s: a forged packet is taken", suite.Name)
				}
			}
			if _, err := theirs.Open(good, &header); err != nil {
				t.Fatalf("%s: good packet %d: %v", suite.Name, i, err)
			}
		}
	}
}

func TestSourcesAreBounded(t *testing.T) {
	ours, theirs := pair(t, suites[0])
	var header rtp.Header
	for i := range uint32(MaxSources + 1) {
		packet, err := ours.Protect(plain(t, 1, i, make([]byte, 300)), &header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = theirs.Open(packet, &header); (err != nil) != (i == MaxSources) {
			t.Errorf("source %d: %v", i, err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget, which pion/srtp uses")
	}
	for _, suite := range Suites() {
		ours, theirs := pair(t, suite)
		var header rtp.Header
		buffer := make([]byte, 300)
		sequence := uint16(0)
		if n := testing.AllocsPerRun(1000, func() {
			sequence++
			packet, err := ours.Protect(plain(t, sequence, 9, buffer), &header)
			if err == nil {
				_, err = theirs.Open(packet, &header)
			}
			if err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", suite.Name, n)
		}
	}
}
