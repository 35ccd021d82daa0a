package prompts

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strings"
	"time"

	"hookflash/media/tone"
	"hookflash/media/wav"
)

// Limits of prompts; the tests hold the catalogue to them.
const (
	MaxLength = 15 * time.Second
	MaxSize   = 5 << 20 // bytes of all files
)

// Rate is that of all files, in samples a second.
const Rate = 8000

// files is the embedded folder, and melodies for what is not in it.
type files struct{}

// Open implements fs.FS. It knows files, not folders.
func (files) Open(name string) (fs.File, error) {
	language, rest, _ := strings.Cut(name, "/")
	prompt, wave := strings.CutSuffix(rest, ".wav")
	if !fs.ValidPath(name) || !wave || Sentence(language, prompt) == "" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if file, err := built.Open(builtName(language, prompt)); err == nil {
		return file, nil
	}
	text, err := melody(prompt)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{Reader: bytes.NewReader(text), name: path.Base(name)}, nil
}

// scale are the tones of melodies, in Hz.
var scale = [...]float64{523, 587, 659, 784, 880, 1047, 1175, 1319}

// melody is what stands for a prompt that nobody spoke: three to five tones that its name chooses.
func melody(name string) ([]byte, error) {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	choice := hash.Sum32()
	wanted := tone.Tone{Name: name}
	for range 3 + choice%3 {
		choice /= 8
		wanted.Steps = append(wanted.Steps, tone.Step{
			Partials: []tone.Partial{{Hertz: scale[choice%8], Level: -16}}, Lasts: 120 * time.Millisecond,
		})
	}
	generator, err := tone.New(wanted, Rate)
	if err != nil {
		return nil, fmt.Errorf("melody: %w", err)
	}
	samples := make([]int16, generator.Length())
	generator.Generate(samples, 0)
	var text bytes.Buffer
	writer, err := wav.NewWriter(&text, Rate, wav.MuLaw)
	if err != nil {
		return nil, err
	}
	if err := writer.Write(samples); err != nil {
		return nil, err
	}
	return text.Bytes(), writer.Close()
}

// file is a melody as a file.
type file struct {
	*bytes.Reader
	name string
}

// Stat implements fs.File.
func (f *file) Stat() (fs.FileInfo, error) { return info{f}, nil }

// Close implements fs.File.
func (f *file) Close() error { return nil }

type info struct{ file *file }

func (i info) Name() string     { return i.file.name }
func (info) Mode() fs.FileMode  { return 0o444 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }
func (i info) Size() int64      { return i.file.Size() }
