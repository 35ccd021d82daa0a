package prompts

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hookflash/media/wav"
)

func TestBothLanguages(t *testing.T) {
	if len(Names()) < 60 {
		t.Errorf("%d prompts", len(Names()))
	}
	seen := map[string]bool{}
	plain := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, name := range Names() {
		if seen[name] || !plain.MatchString(name) {
			t.Errorf("%q is there twice, or no name", name)
		}
		seen[name] = true
		for _, language := range Languages() {
			if Sentence(language, name) == "" {
				t.Errorf("%s says nothing for %q", language, name)
			}
		}
	}
	for _, language := range Languages() {
		for name := range catalogue[language] {
			if !seen[name] {
				t.Errorf("%s has %q, which English has not", language, name)
			}
		}
	}
}

// TestFiles: every prompt can be heard, spoken or not, and is short.
func TestFiles(t *testing.T) {
	total := 0
	melodies := map[string]string{}
	for _, language := range Languages() {
		for _, name := range Names() {
			path := language + "/" + name + ".wav"
			text, err := fs.ReadFile(Files(), path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := fs.Stat(Files(), path)
			if err != nil || info.Size() != int64(len(text)) || info.Name() != name+".wav" || info.IsDir() {
				t.Errorf("%s: what is known of it: %v, %v", path, info, err)
			}
			total += len(text)
			if lasts := length(t, path); lasts < 200*time.Millisecond || lasts > MaxLength {
				t.Errorf("%s lasts %v", path, lasts)
			}
			tones, err := melody(name)
			if err != nil {
				t.Fatal(err)
			}
			if other, there := melodies[string(tones)]; there && other != name && len(tones) > 4000 {
				t.Logf("%s and %s have the same melody", name, other)
			}
			melodies[string(tones)] = name
		}
	}
	if total > MaxSize {
		t.Errorf("all together have %d bytes", total)
	}
	for _, path := range []string{"", ".", "en", "en/", "en/nothing.wav", "fr/goodbye.wav", "en/goodbye", "../en/goodbye.wav", "en/../en/goodbye.wav", "/en/goodbye.wav"} {
		if _, err := fs.ReadFile(Files(), path); err == nil {
			t.Errorf("there is %q", path)
		}
	}
}

func length(t *testing.T, path string) time.Duration {
	t.Helper()
	file, err := Files().Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader, err := wav.NewReader(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if reader.Rate() != Rate || reader.Encoding() != wav.MuLaw || reader.Channels() != 1 {
		t.Errorf("%s: %d Hz, encoding %d, %d channels", path, reader.Rate(), reader.Encoding(), reader.Channels())
	}
	samples, block := 0, make([]int16, 4096)
	for {
		n, err := reader.Read(block)
		samples += n
		if err == io.EOF {
			return time.Duration(samples) * time.Second / Rate
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

func TestAdvice(t *testing.T) {
	advice := Advice()
	if spoken := Unspoken() == 0; spoken != (advice == "") {
		t.Errorf("%d are not spoken, and it says %q", Unspoken(), advice)
	}
	if advice != "" && (!strings.Contains(advice, "espeak-ng") || !strings.Contains(advice, "media.prompts")) {
		t.Error(advice)
	}
}

// TestNamedPromptsAreThere: what the program's text names is in the catalogue: after "prompt:", and in what the services
// say and ask.
func TestNamedPromptsAreThere(t *testing.T) {
	source := regexp.MustCompile(`"prompt:(?:[a-z][a-z]/)?([a-z-]+)"`)
	speaks := regexp.MustCompile(`\b(?:Prompts?|say|menu|plural|refuse|excuse)\(|func Excuse|return "|[Pp]rompts:`)
	several := regexp.MustCompile(`"([a-z]+(?:-[a-z]+)+)"`)
	found := map[string]bool{}
	for _, folder := range []string{"../service", "../ua", "../b2bua"} {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), "ua.Voice") && !strings.Contains(string(text), "voice.") && !strings.Contains(path, "b2bua") {
				return err
			}
			for line := range strings.Lines(string(text)) {
				named := source.FindAllStringSubmatch(line, -1)
				if speaks.MatchString(line) {
					named = append(named, several.FindAllStringSubmatch(line, -1)...)
				}
				for _, match := range named {
					if found[match[1]] = true; !Known(match[1]) {
						t.Errorf("%s names the prompt %q, which nobody says", path, match[1])
					}
				}
			}
			return nil
		})
	}
	if len(found) < 20 {
		t.Errorf("only %d prompts are named: %v", len(found), found)
	}
}

// TestNumbers: what counts are made of is there.
func TestNumbers(t *testing.T) {
	for _, name := range strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
		"sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred star hash plus") {
		if !Known(name) {
			t.Errorf("nobody says %q", name)
		}
	}
}
