package server

import (
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/media/wav"
	"hookflash/phone"
	"hookflash/store/recording"
	"hookflash/ua"
)

// TestRecording: what two telephones say to each other is recorded when one of them presses *1, and is its user's alone.
func TestRecording(t *testing.T) {
	t.Parallel()
	s, end := agentServerWith(t, func(c *config.Config) { c.Assist = directory.AssistAll }, nil)
	alice := agentPhone(t, s, machine.UDP, media.Settings{Device: &mouth{}})
	bob, err := phone.Open(phone.Settings{
		User: "bob", Domain: "example.test", Password: "builder", Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0"),
		Media: phone.Engine(media.Settings{Device: &mouth{}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bob.Close() })
	if err := bob.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	call(t, alice, "sip:bob@example.test")
	await(t, bob, ua.Incoming)
	bob.Do(func(a *ua.Agent) {
		c := a.Calls()[0]
		if err := c.Answer(); err != nil {
			t.Error(err)
		}
		a.Attend(c)
	})
	await(t, alice, ua.Established)
	began := s.presses(t, bob, "*1", func() bool { return len(taking(s)) == 1 })
	time.Sleep(1200 * time.Millisecond)
	bob.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, alice, ua.Ended)
	var list []recording.Recording
	for limit := time.Now().Add(20 * time.Second); len(list) == 0 && time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		list = s.taken.List("bob", false)
	}
	if len(list) != 1 || list[0].Lasted < time.Second || list[0].Began.Before(began) || len(list[0].With) != 1 || list[0].With[0] != "sip:alice@example.test" {
		t.Fatalf("bob has %+v", list)
	}
	file, err := s.taken.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hums(t, file)
	if left := taking(s); len(left) > 0 || len(s.taken.List("alice", false)) > 0 {
		t.Errorf("nothing is left, and alice has none: %v", left)
	}
	s.isHeardByNobody(t, list[0].ID)
	end()
}

// hums holds that somebody is heard in a recording.
func hums(t *testing.T, file io.Reader) {
	t.Helper()
	r, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	loud, pcm := 0, make([]int16, 8000)
	for {
		n, err := r.Read(pcm)
		for _, sample := range pcm[:n] {
			if sample > 2000 || sample < -2000 {
				loud++
			}
		}
		if err != nil {
			break
		}
	}
	if loud < 4000 {
		t.Errorf("only %d samples are loud", loud)
	}
}

// isHeardByNobody holds that a recording is heard by nobody without a token.
func (s *Server) isHeardByNobody(t *testing.T, id string) {
	t.Helper()
	for _, path := range []string{"/api/v1/recordings/" + id + "/audio", "/api/v1/recordings/" + id, "/recordings/" + id + ".wav", "/" + id + ".wav"} {
		answer, err := http.Get("http://" + s.pagesListener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized && answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// presses has somebody press keys until something is so, and tells when that began.
func (s *Server) presses(t *testing.T, p *phone.Phone, keys string, until func() bool) time.Time {
	t.Helper()
	began := time.Now()
	p.Do(func(a *ua.Agent) { a.Calls()[0].Dial(keys, 100*time.Millisecond) })
	for limit := began.Add(20 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s does nothing", keys)
		}
	}
	return began
}

// taking are the files that are being recorded.
func taking(s *Server) []string {
	files, _ := filepath.Glob(filepath.Join(s.current().config.Data, voicemailFolder, takenFolder, "*.wav"))
	return files
}

// TestRoomRecorded: the recording of a room that is over is kept, and belongs to administrators.
func TestRoomRecorded(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	sink := s.roomSink("3300", time.Now())
	lost := s.roomSink("3301", time.Now())
	name := filepath.Join(s.current().config.Data, voicemailFolder, strings.TrimPrefix(sink, "file:"))
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(file, 8000, wav.PCM16)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(make([]int16, 8000)); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Close(), file.Close()
	s.roomRecorded(sink)
	s.roomRecorded(lost)
	var list []recording.Recording
	for limit := time.Now().Add(20 * time.Second); len(list) == 0 && time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		list = s.taken.List("", true)
	}
	if len(list) != 1 || list[0].Room != "3300" || list[0].Owner != "" || list[0].Lasted != time.Second {
		t.Errorf("kept: %+v", list)
	}
}
