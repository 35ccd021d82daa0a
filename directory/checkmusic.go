package directory

import (
	"fmt"
	"slices"
	"strings"
)

// MaxMusic is how many letters the name of a music may have.
const MaxMusic = 63

// music checks the name of a music; "" is the domain's. A name is an id: nothing is fetched, and no path is followed.
func (k *check) music(path, name string) {
	switch {
	case name == "" || k.Music == nil && musicFault(name) == "":
	case strings.Contains(name, "://"):
		k.wrong(path, fmt.Sprintf("%q is an address, and nothing is fetched", name), "copy the file to the folder of music, and write its name")
	case musicFault(name) != "":
		k.wrong(path, fmt.Sprintf("%q is no name: %s", name, musicFault(name)), "write "+k.someMusic())
	case !slices.Contains(k.Music, strings.ToLower(name)):
		k.wrong(path, fmt.Sprintf("there is no music %q", name), "write "+k.someMusic()+", or copy the file to the folder of music and reload")
	}
}

// musicFault says why a text is no name of a music; "" when it is one.
func musicFault(name string) string {
	switch lower := strings.ToLower(name); {
	case len(name) > MaxMusic:
		return fmt.Sprintf("it has more than %d letters", MaxMusic)
	case strings.ContainsAny(name, `/\`):
		return "it is a path"
	case strings.HasSuffix(lower, ".mp3") || strings.HasSuffix(lower, ".ogg") || strings.HasSuffix(lower, ".wav"):
		return "names are without ending"
	case name[0] == '.' || strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	}):
		return "names have letters, digits, . _ - and nothing else"
	}
	return ""
}

// someMusic are names to choose from.
func (k *check) someMusic() string {
	const shown = 5
	switch {
	case len(k.Music) == 0:
		return "the name of a file in the folder of music, without its ending"
	case len(k.Music) > shown:
		return strings.Join(k.Music[:shown], ", ") + " or another name of the folder"
	case len(k.Music) == 1:
		return k.Music[0]
	}
	last := len(k.Music) - 1
	return strings.Join(k.Music[:last], ", ") + " or " + k.Music[last]
}
