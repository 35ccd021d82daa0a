package media

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// fallback is the language of prompts that another one lacks.
const fallback = "en"

// place of a prompt: a file of the folder, or of those built in.
type promptFile struct {
	builtin bool
	name    string
}

// candidates are where a prompt may be, best first. "NAME" is in the language of the settings, "zh/NAME" in
// that; the folder's NAME.wav replaces a prompt in all languages.
func (l *library) candidates(prompt string) []promptFile {
	languages := []string{l.language, fallback}
	if language, rest, ok := strings.Cut(prompt, "/"); ok && isLanguage(language) {
		languages[0], prompt = language, rest
		languages = slices.Insert(languages, 1, l.language)
	}
	var places []promptFile
	for i, language := range languages {
		places = append(places, promptFile{false, language + "/" + prompt})
		if i == 0 {
			places = append(places, promptFile{false, prompt})
		}
		places = append(places, promptFile{true, language + "/" + prompt})
	}
	return places
}

// isLanguage tells a language of ISO 639 from a folder.
func isLanguage(text string) bool {
	return len(text) == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' && text[1] <= 'z'
}

// prompt is the sound of a prompt.
func (l *library) prompt(name string) (*sound, error) {
	name, err := named(name)
	if err != nil {
		return nil, err
	}
	for _, place := range l.candidates(name) {
		var found *sound
		switch {
		case place.builtin:
			found, err = l.ofProgram(place.name)
		case l.roots["prompt"] != nil:
			found, err = l.file("prompt", place.name)
		default:
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
	}
	return nil, fmt.Errorf("%w: no such prompt", ErrSource)
}

// ofProgram is a prompt that is built in. There are few: what was read once is kept.
func (l *library) ofProgram(name string) (*sound, error) {
	if l.builtin == nil {
		return nil, fs.ErrNotExist
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if kept := l.steady[name]; kept != nil {
		return kept, nil
	}
	file, err := l.builtin.Open(name)
	if err != nil {
		return nil, errors.Join(ErrSource, err)
	}
	defer func() { _ = file.Close() }()
	read, err := readSound(file)
	if err == nil && l.kepts+len(read.samples) <= MaxKept {
		l.steady[name] = read
		l.kepts += len(read.samples)
	}
	return read, err
}

// Knows tells whether a prompt is there, as "NAME" or "zh/NAME". What is in the file is not looked at.
func (e *Engine) Knows(prompt string) bool {
	name, err := named(prompt)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(e.sounds.candidates(name), func(place promptFile) bool {
		var info fs.FileInfo
		switch root := e.sounds.roots["prompt"]; {
		case !place.builtin && root == nil, place.builtin && e.sounds.builtin == nil:
			return false
		case place.builtin:
			info, err = fs.Stat(e.sounds.builtin, place.name)
		default:
			info, err = root.Stat(place.name)
		}
		return err == nil && info.Mode().IsRegular() // a folder is no prompt
	})
}
