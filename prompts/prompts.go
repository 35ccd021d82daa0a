package prompts

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Fallback is the language whose prompts stand in for those that another one lacks.
const Fallback = "en"

//go:embed en.txt zh.txt
var catalogues embed.FS

//go:embed all:built
var built embed.FS

// Languages are those that have a catalogue.
func Languages() []string { return []string{"en", "zh"} }

// catalogue is what is said in each language, by name; names is their order.
var catalogue, names = read()

func read() (sentences map[string]map[string]string, order []string) {
	sentences = map[string]map[string]string{}
	for _, language := range Languages() {
		text, err := catalogues.ReadFile(language + ".txt")
		if err != nil {
			panic(err) // it is part of the program
		}
		sentences[language] = map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, sentence, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok || strings.HasPrefix(name, "#") {
				continue
			}
			sentences[language][name] = sentence
			if language == Fallback {
				order = append(order, name)
			}
		}
	}
	return sentences, order
}

// Names are those of all prompts, in the order of the catalogue.
func Names() []string { return slices.Clone(names) }

// Known tells whether there is a prompt of that name.
func Known(name string) bool { return catalogue[Fallback][name] != "" }

// Sentence is what a prompt says in a language, "" when it says nothing.
func Sentence(language, name string) string { return catalogue[language][name] }

// Files are the prompts as WAV files, LANGUAGE/NAME.wav: spoken where the program was built with voices, else a
// few tones, other ones for each name.
func Files() fs.FS { return files{} }

// Unspoken counts the prompts that are tones.
func Unspoken() int {
	count := 0
	for _, language := range Languages() {
		for _, name := range names {
			if _, err := fs.Stat(built, builtName(language, name)); err != nil {
				count++
			}
		}
	}
	return count
}

// Advice says what to do about prompts that are tones, "" when all are spoken.
func Advice() string {
	count := Unspoken()
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d prompts are tones: this program was built without voices. Install espeak-ng (and flite, for "+
		"a better English), then `make build`; or put recordings into the folder media.prompts", count)
}

func builtName(language, name string) string { return "built/" + language + "/" + name + ".wav" }
