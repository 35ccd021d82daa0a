package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hookflash/media/music"
)

// Music is what callers who wait hear.
type Music struct {
	Folder  string // of MP3, Ogg and WAV files, and of folders that are playlists; "": the pieces of the program alone
	Default string // for users and groups that have said nothing; "": that of the program
	// Playlists are files of the folder, by name.
	Playlists map[string][]string

	names []string // that there were when it was checked
}

func defaultMusic() Music { return Music{Default: "default"} }

// Open is the music as it is now.
func (m *Music) Open() (*music.Library, []music.Problem) {
	return music.Open(music.Settings{Folder: m.Folder, Playlists: m.Playlists})
}

// Names are those that users and groups may have, sorted, as the folder was when the configuration was checked.
func (m *Music) Names() []string {
	if m.names == nil {
		library, _ := m.Open()
		return library.Names()
	}
	return m.names
}

func (r *reader) music(f field) {
	keys := r.mapping(f, []string{"folder", "default", "playlists"})
	m := &r.config.Music
	r.setText(keys["folder"], &m.Folder)
	r.setText(keys["default"], &m.Default)
	for _, list := range r.entries(keys["playlists"], music.MaxNames, "{lobby: [a.mp3, b.ogg]}") {
		if m.Playlists == nil {
			m.Playlists = map[string][]string{}
		}
		m.Playlists[list.key] = r.texts(list.value, music.MaxPlaylist, "[a.mp3, b.ogg]")
	}
}

// maxProbing is how long files are tried at most; the others show when they are played.
const maxProbing = 5 * time.Second

// checkMusic looks at the folder, and at the beginning of each file.
func (c *Config) checkMusic(found *findings) {
	m := &c.Music
	library, problems := m.Open()
	for _, problem := range problems {
		say := found.wrong
		if problem.Warning {
			say = found.warn
		}
		say("music."+problem.Path, problem.What, problem.Remedy)
	}
	m.names = library.Names()
	switch {
	case strings.Contains(m.Default, "://"):
		found.wrong("music.default", quote(m.Default)+" is an address, and nothing is fetched", "copy the file to music.folder, and write its name")
	case m.Default != "" && !library.Knows(m.Default):
		found.wrong("music.default", "there is no music "+quote(m.Default), oneOf(m.Default, m.names[:min(len(m.names), 10)]))
	}
	until := time.Now().Add(maxProbing)
	tried := map[music.Piece]bool{}
	for _, name := range m.names {
		for _, piece := range library.Pieces(name) {
			if tried[piece] || time.Now().After(until) {
				continue
			}
			tried[piece] = true
			if err := piece.Probe(); err != nil {
				found.warn(m.place(piece.String()), "can't be played: "+err.Error(), "make it anew, as an MP3, Ogg Vorbis or WAV file")
			}
		}
	}
}

// place is where the configuration speaks of a file.
func (m *Music) place(file string) string {
	for _, list := range slices.Sorted(maps.Keys(m.Playlists)) {
		if i := slices.Index(m.Playlists[list], file); i >= 0 {
			return fmt.Sprintf("music.playlists.%s[%d]", list, i)
		}
	}
	return "music.folder"
}
