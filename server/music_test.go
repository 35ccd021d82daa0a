package server

import (
	"os"
	"path/filepath"
	"testing"

	"hookflash/config"
	"hookflash/directory"
)

// TestMusic: whose callers hear what, and that a reload brings new files.
func TestMusic(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	jazz, err := os.ReadFile(filepath.Join("..", "media", "music", "testdata", "mono-24000.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string) {
		if err := os.WriteFile(filepath.Join(folder, name), jazz, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("jazz.mp3")
	s, _ := agentServerWith(t, func(c *config.Config) {
		c.Music = config.Music{Folder: folder, Default: "calm"}
		c.Groups = append(c.Groups, directory.Group{Name: "zoo", Members: []string{"bob"}, Music: "jazz"})
	}, nil)
	want := func(reason, user, name string) {
		t.Helper()
		if got := s.musicOf(user); got != name {
			t.Errorf("%s: %q, want %q", reason, got, name)
		}
	}
	want("who has said nothing", "alice", "calm")
	want("nobody", "", "calm")
	want("a stranger", "mallory", "calm")
	want("a member", "bob", "jazz")
	want("the group itself", "zoo", "jazz")
	if s.hasMusic("waltz") || !s.hasMusic("JAZZ") || s.hasMusic("../jazz") || s.hasMusic("http://x/jazz.mp3") {
		t.Error("there is jazz, in any case, and nothing else")
	}
	put("waltz.mp3")
	if err := os.Remove(filepath.Join(folder, "jazz.mp3")); err != nil {
		t.Fatal(err)
	}
	next := *s.current().config
	next.Music = config.Music{Folder: folder, Default: "waltz"}
	if err := s.Reload(&next); err != nil {
		t.Fatal(err)
	}
	want("the new default", "alice", "waltz")
	want("what a group has is gone", "bob", "waltz")
	if !s.hasMusic("waltz") || s.hasMusic("jazz") {
		t.Error("the folder is as it is now")
	}
}
