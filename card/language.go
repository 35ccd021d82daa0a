package card

import (
	"embed"
	"strings"
)

//go:embed en.txt zh.txt
var catalogues embed.FS

// Languages are those that cards are written in; the first is that of who has said nothing.
func Languages() []string { return []string{"en", "zh"} }

// sentences are what the card says, by language and name.
var sentences = read()

func read() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, language := range Languages() {
		text, err := catalogues.ReadFile(language + ".txt")
		if err != nil {
			panic(err) // it is part of the program
		}
		all[language] = map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, sentence, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if ok && !strings.HasPrefix(name, "#") {
				all[language][name] = sentence
			}
		}
	}
	return all
}
