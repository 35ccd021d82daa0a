package music

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Settings say where music is. The zero value is the pieces of our own alone.
type Settings struct {
	Folder string // of files, and of folders that are playlists; "": none
	// Playlists are files of the folder, one after the other, by name: "a.mp3", or "jazz/a.mp3" in a folder in it.
	Playlists map[string][]string
}

// Library is all music that has a name. It doesn't change, so any number of goroutines may share it.
type Library struct {
	folder string
	names  map[string][]Piece
}

// Piece is one file, or one of our own.
type Piece struct {
	folder  string // "": our own
	name    string // of the file, below the folder
	size    int64
	changed int64 // when it was, in nanoseconds since 1970
}

// Problem is something that is wrong with the folder or the playlists.
type Problem struct {
	Path    string // "folder", or "playlists.lobby[1]"
	What    string
	Remedy  string
	Warning bool // the rest can be played
}

// Open looks at what there is. It doesn't look into the files: Probe does. A library is given whatever the problems
// are, with what can be played.
func Open(settings Settings) (*Library, []Problem) {
	l := &Library{folder: settings.Folder, names: map[string][]Piece{}}
	for name := range own {
		l.names[name] = []Piece{{name: name}}
	}
	var problems []Problem
	if settings.Folder == "" {
		for _, name := range slices.Sorted(maps.Keys(settings.Playlists)) {
			problems = append(problems, Problem{"playlists." + name, "has files of no folder", "name the folder of your music in music.folder", false})
		}
		return l, problems
	}
	root, err := os.OpenRoot(settings.Folder)
	if err != nil {
		return l, []Problem{{"folder", fmt.Sprintf("%q is no folder that can be read", settings.Folder), "name one with MP3, Ogg or WAV files in it, or remove the key", false}}
	}
	defer func() { _ = root.Close() }()
	s := search{library: l, root: root, from: map[string]string{}}
	s.folder()
	for _, name := range slices.Sorted(maps.Keys(settings.Playlists)) {
		s.playlist(name, settings.Playlists[name])
	}
	return l, s.problems
}

// Names are all names, sorted.
func (l *Library) Names() []string { return slices.Sorted(maps.Keys(l.names)) }

// Pieces are what a name stands for, in their order; none: nobody has it. Case does not count.
func (l *Library) Pieces(name string) []Piece { return l.names[strings.ToLower(name)] }

// Knows tells whether there is music of that name.
func (l *Library) Knows(name string) bool { return len(l.Pieces(name)) > 0 }

// Own tells a piece of our own.
func (p Piece) Own() bool { return p.folder == "" }

// String is the name of the file.
func (p Piece) String() string { return p.name }

// Load is the sound of the piece: see Decode. It takes twice as long as it has to, and leaves the other half of a core
// to those who speak. What it gives is not to be changed.
func (p Piece) Load(ctx context.Context) ([]int16, error) { return p.load(ctx, 0) }

// Probe tells whether the piece can be played, by its beginning.
func (p Piece) Probe() error {
	if p.Own() {
		return nil
	}
	_, err := p.load(context.Background(), probed)
	return err
}

func (p Piece) load(ctx context.Context, most time.Duration) ([]int16, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.Own() {
		return own[p.name](), nil
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	file, err := root.Open(p.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	j := newJob(ctx, p.name, io.NewSectionReader(file, 0, MaxFile), most)
	j.gentle = most == 0
	samples, err := j.within(MaxDecoding)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return samples, nil
}

// Fault says why a text can't be a name of music; "" when it can.
func Fault(name string) string {
	if name == "" || len(name) > MaxName {
		return fmt.Sprintf("a name has 1 to %d letters", MaxName)
	}
	if name[0] == '.' || strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	}) {
		return "a name has letters, digits, . _ - and nothing else"
	}
	return ""
}

// search fills a library.
type search struct {
	library  *Library
	root     *os.Root
	from     map[string]string // which file or folder has a name
	problems []Problem
}

func (s *search) warn(where, what, remedy string) {
	s.problems = append(s.problems, Problem{where, what, remedy, true})
}

// folder takes the files, and the folders as playlists, in the order of their names.
func (s *search) folder() {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		s.warn("folder", "can't be read: "+err.Error(), "check who may read it")
	}
	for _, entry := range entries {
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir():
			s.takeFolder(entry.Name())
		case isMusic(entry.Name()):
			if piece, ok := s.piece("folder", entry.Name()); ok {
				s.take(strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())), entry.Name(), []Piece{piece})
			}
		}
	}
}

func (s *search) takeFolder(folder string) {
	entries, err := fs.ReadDir(s.root.FS(), folder)
	if err != nil {
		s.warn("folder", fmt.Sprintf("%q can't be read", folder), "check who may read it")
		return
	}
	var pieces []Piece
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") || !isMusic(entry.Name()) {
			continue
		}
		if piece, ok := s.piece("folder", folder+"/"+entry.Name()); ok {
			pieces = append(pieces, piece)
		}
	}
	if len(pieces) > MaxPlaylist {
		s.warn("folder", fmt.Sprintf("%q has %d files, and the first %d are played", folder, len(pieces), MaxPlaylist), "move the others to another folder")
		pieces = pieces[:MaxPlaylist]
	}
	if len(pieces) > 0 {
		s.take(folder, folder, pieces)
	}
}

// take gives pieces a name. One of our own makes room.
func (s *search) take(name, from string, pieces []Piece) {
	key := strings.ToLower(name)
	if Fault(name) != "" {
		s.warn("folder", fmt.Sprintf("%q can't be a name: %s", from, Fault(name)), "rename it, such as to "+propose(name)+path.Ext(from))
		return
	}
	if other, taken := s.from[key]; taken {
		s.warn("folder", fmt.Sprintf("%q and %q have the same name, and the first is played", other, from), "rename one of the two")
		return
	}
	if len(s.from) >= MaxNames {
		if len(s.from) == MaxNames {
			s.warn("folder", fmt.Sprintf("there are more than %d names", MaxNames), "move what is not played elsewhere")
		}
		return
	}
	s.from[key] = from
	s.library.names[key] = pieces
}

// propose makes a name of what can't be one.
func propose(name string) string {
	better := strings.Map(func(c rune) rune {
		if Fault("a"+string(c)) == "" {
			return c
		}
		return '-'
	}, name)
	if better = strings.Trim(better, "-."); better == "" {
		return "music"
	}
	return better[:min(len(better), MaxName)]
}

// piece looks at a file, and complains of one that is none.
func (s *search) piece(where, name string) (Piece, bool) {
	info, err := s.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.warn(where, fmt.Sprintf("there is no file %q", name), "copy it there, or remove the name")
	case err != nil:
		s.warn(where, fmt.Sprintf("%q can't be read", name), "check who may read it, and that it does not lead out of the folder")
	case !info.Mode().IsRegular():
		s.warn(where, fmt.Sprintf("%q is no file", name), "remove it")
	case info.Size() > MaxFile:
		s.warn(where, fmt.Sprintf("%q is larger than %d bytes", name, MaxFile), "cut it, or make an MP3 or Ogg file of it")
	default:
		return Piece{s.library.folder, name, info.Size(), info.ModTime().UnixNano()}, true
	}
	return Piece{}, false
}

func (s *search) playlist(name string, files []string) {
	where := "playlists." + name
	wrong := func(at, what, remedy string) { s.problems = append(s.problems, Problem{at, what, remedy, false}) }
	switch {
	case Fault(name) != "":
		wrong(where, fmt.Sprintf("%q can't be a name", name), Fault(name))
		return
	case len(files) == 0 || len(files) > MaxPlaylist:
		wrong(where, fmt.Sprintf("has %d files", len(files)), fmt.Sprintf("name 1 to %d files of the folder", MaxPlaylist))
		return
	}
	var pieces []Piece
	for i, file := range files {
		at := fmt.Sprintf("%s[%d]", where, i)
		switch {
		case strings.Contains(file, "://"):
			wrong(at, fmt.Sprintf("%q is an address, and nothing is fetched", file), "copy the file to the folder, and write its name")
		case !filepath.IsLocal(file) || strings.Contains(file, `\`) || path.Clean(file) != file:
			wrong(at, fmt.Sprintf("%q leads out of the folder", file), "write the name of a file of the folder, such as a.mp3")
		case !isMusic(file):
			wrong(at, fmt.Sprintf("%q is no MP3, Ogg or WAV file", file), "write the name of the file with its ending, such as a.mp3")
		default:
			if piece, ok := s.piece(at, file); ok {
				pieces = append(pieces, piece)
			}
		}
	}
	if len(pieces) == 0 {
		return
	}
	if other, taken := s.from[strings.ToLower(name)]; taken {
		wrong(where, fmt.Sprintf("has the name of %q in the folder", other), "give it another")
		return
	}
	s.from[strings.ToLower(name)] = where
	s.library.names[strings.ToLower(name)] = pieces
}
