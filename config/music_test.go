package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMusicMistakes(t *testing.T) {
	promptsFolder(t)
	if err := errors.Join(
		os.WriteFile(filepath.Join("music", "broken.mp3"), []byte("no music"), 0o600),
		os.WriteFile(filepath.Join("music", "two words.ogg"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason, text, want string // want is "line: path: what; remedy"
	}{
		{"a music that nobody has", "music: {folder: ./music, default: jaz}\n", `5: music.default: there is no music "jaz"; did you mean jazz?`},
		{"an address is not fetched", "music: {default: \"http://example.com/a.mp3\"}\n", `5: music.default: "http://example.com/a.mp3" is an address, and nothing is fetched`},
		{"a folder that is not there", "music:\n  folder: ./nowhere\n", `6: music.folder: "./nowhere" is no folder that can be read`},
		{"a file that is broken", "music:\n  folder: ./music\n", `6: music.folder: can't be played: broken.mp3: not a WAV, MP3 or Ogg Vorbis file that can be read`},
		{"a file that can't be a name", "music:\n  folder: ./music\n", `6: music.folder: "two words.ogg" can't be a name`},
		{
			"a broken one in a playlist", "music:\n  folder: ./music\n  playlists:\n    lobby: [jazz.mp3, broken.mp3]\n",
			`8: music.playlists.lobby[1]: can't be played: broken.mp3`,
		},
		{
			"a playlist leads out", "music:\n  folder: ./music\n  playlists:\n    lobby: [../jazz.mp3]\n",
			`8: music.playlists.lobby[0]: "../jazz.mp3" leads out of the folder; write the name of a file of the folder`,
		},
		{"a playlist of nothing", "music:\n  folder: ./music\n  playlists:\n    lobby: []\n", `8: music.playlists.lobby: has 0 files`},
		{"an unknown key", "music: {dir: ./music}\n", `5: music: unknown key "dir"; known here: folder, default, playlists`},
		{"a user's music", "  - {name: b, password: long-and-random, music: jazz}\n", `5: users[1].music: there is no music "jazz"; write calm or default, or copy`},
		{"a user's address", "  - {name: b, password: long-and-random, music: \"http://x/a.mp3\"}\n", `5: users[1].music: "http://x/a.mp3" is an address, and nothing is fetched; copy`},
		{"a user's path", "  - {name: b, password: long-and-random, music: ../../etc/passwd}\n", `5: users[1].music: "../../etc/passwd" is no name: it is a path; write calm or default`},
		{"a user's file", "  - {name: b, password: long-and-random, music: a.mp3}\n", `5: users[1].music: "a.mp3" is no name: names are without ending`},
		{"a group's music", "groups: [{name: g, members: [a], music: jazz}]\n", `5: groups[0].music: there is no music "jazz"`},
	} {
		_, warnings, err := Parse([]byte("domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\nusers:\n  - {name: a, password: long-and-random}\n" + test.text))
		var wrong *Error
		problems := warnings
		if errors.As(err, &wrong) {
			problems = wrong.Problems
		}
		var all []string
		for _, p := range problems {
			all = append(all, fmt.Sprintf("%d: %s", p.Line, strings.TrimPrefix(p.String(), "warning: ")))
		}
		if told := strings.Join(all, "\n"); !strings.Contains(told, test.want) {
			t.Errorf("%s: it lacks %s in\n%s", test.reason, test.want, told)
		}
	}
}
