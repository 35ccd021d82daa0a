//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ours "hookflash/phone"
)

const musicTone = 1580 // Hz: what the music is, where a test listens for it

// musical are the lines of a configuration by which the music is one tone.
func musical(t testing.TB, media string) string {
	t.Helper()
	folder := t.TempDir()
	writeSound(t, filepath.Join(folder, "waiting.wav"), tone(musicTone, 0, 10*time.Second))
	return fmt.Sprintf("music: {folder: %q, default: waiting}\nmedia: {%s}\n", folder, media)
}

// serveAgents starts a server for the people of the ladders, of whom some may be strangers; its music is a tone, and bob, bill
// and carol pick up each other's calls.
func serveAgents(t testing.TB) *server {
	t.Helper()
	return serveTapped(t, "ports: 42000-45999")
}

// serveTapped is serveAgents with lines about media: a wire hears what comes from 127.0.0.1.
func serveTapped(t testing.TB, media string) *server {
	t.Helper()
	return serve(t, setting{
		users: []string{
			having("alice", "numbers: [\"1001\"]"), having("bob", "numbers: [\"1002\"]"), having("carol", "numbers: [\"1003\"]"),
			having("bill", "numbers: [\"1004\"]"),
		},
		more: strangers + musical(t, media) + "redial: {jitter: 0s}\n" + "groups:\n  - {name: office, members: [bob, bill, carol], pickup: true}\n",
	})
}

// TestMusicSIPp: each person of RFC 5359 §2.3 is a stranger once. The music server is ours.
func TestMusicSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.desk(t, "bob", bobTone)
		alice := s.stranger(t, "music_hears", "alice", 3)
		bob.do(t, "message alice call me")
		bob.meetsCaller(t, alice.ears[0])
		first := bob.newest(true, " INVITE\n")
		bob.do(t, "music")
		bob.alone(t, "the music server has her")
		alice.ears[0].hears(t, "music", musicTone)
		wantTriple(t, alice.replaces(t, "music"), first, true)
		bob.do(t, "resume")
		bob.hears(t, "she is back", sippTone)
		alice.ears[1].hears(t, "she is back", bobTone)
		alice.goOn(t, bob.callID(t, true, "INVITE "))
		alice.ends(t)
		bob.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice := s.desk(t, "alice", aliceTone)
		bob := s.stranger(t, "music_refers", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		call := alice.callID(t, true, "INVITE ")
		bob.goOn(t, call)
		alice.expect(t, "the re-INVITE", "held_by_them")
		alice.hears(t, "held")
		bob.goOn(t, call)
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "music", musicTone)
		bob.goOn(t, call)
		alice.hears(t, "back", sippTone)
		bob.ears[1].hears(t, "back", aliceTone)
		alice.do(t, "hangup")
		bob.ends(t)
	})
}

// replaces is the value of Replaces in the INVITE of somebody to a SIPp.
func (r *sippRun) replaces(t testing.TB, from string) string {
	t.Helper()
	for _, m := range r.got() {
		if value := field(strings.ReplaceAll(m.Text(), "\r\n", "\n"), "Replaces"); value != "" && strings.Contains(m.From(), "sip:"+from+"@") {
			return value
		}
	}
	t.Fatalf("%s got no INVITE with Replaces from %s", r.name, from)
	return ""
}

// withMusic sets where a phone of ours has its music on hold from (RFC 7088).
func withMusic(s *ours.Settings) { s.Music = "sip:music@" + domain }

// TestMusicBaresip: baresip 1.0 knows no Replaces, so it refuses the music server, and stays on hold in silence; the music of
// RFC 7088, which asks nothing of it, it hears.
func TestMusicBaresip(t *testing.T) {
	t.Parallel()
	s := serveTapped(t, "address: 127.0.0.1, ports: 46000-47999")
	rtp := tap(t)
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	bob := s.desk(t, "bob", bobTone)
	bob.talksTo(t, alice, rtp)
	bob.fails(t, "music", "420")
	bob.calls(t, "a refusal leaves the call standing", 1)
	rtp.silence(t, "on hold", alice.mediaPort(t))
	bob.do(t, "resume")
	bob.hears(t, "as before", aliceTone)
	rtp.takes(t, "as before", alice.mediaPort(t), bobTone)
	bob.do(t, "hangup")
	alice.expect(t, "the BYE arrives", "CALL_CLOSED")

	carol := s.desk(t, "carol", carolTone, withMusic)
	carol.talksTo(t, alice, rtp)
	carol.do(t, "hold")
	rtp.takes(t, "RFC 7088", alice.mediaPort(t), musicTone)
	carol.hears(t, "who is held is not heard")
	carol.do(t, "resume")
	carol.hears(t, "resumed", aliceTone)
	rtp.takes(t, "resumed", alice.mediaPort(t), carolTone)
}

// TestMusicLinphone: linphonec is held with music in both ways: by Replaces, and by RFC 7088.
func TestMusicLinphone(t *testing.T) {
	t.Run("2.3", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.desk(t, "bob", bobTone)
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		alice.callsDesk(t, bob)
		bob.do(t, "music")
		bob.alone(t, "the music server has her")
		alice.hears(t, "music", musicTone)
		bob.do(t, "resume")
		bob.hears(t, "she is back", aliceTone)
		alice.hears(t, "she is back", bobTone)
	})
	t.Run("RFC 7088", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.desk(t, "bob", bobTone, withMusic)
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		bob.talksWith(t, alice)
		bob.do(t, "hold")
		alice.hears(t, "music", musicTone)
		bob.do(t, "resume")
		bob.hears(t, "resumed", aliceTone)
		alice.hears(t, "resumed", bobTone)
	})
}
