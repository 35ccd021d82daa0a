package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func document(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExamples: what the guides show can be served, and says nothing that is probably not meant.
func TestExamples(t *testing.T) {
	fenced := regexp.MustCompile("(?s)```yaml\n(.*?)```\n")
	for _, text := range []string{document(t, "README.md"), document(t, "docs", "configuration.md"), document(t, "docs", "rooms.md")} {
		examples := fenced.FindAllStringSubmatch(text, -1)
		if len(examples) == 0 {
			t.Error("there are examples")
		}
		for _, example := range examples {
			if _, warnings, err := Parse([]byte(example[1])); err != nil || len(warnings) > 0 {
				t.Errorf("%v %v in\n%s", err, warnings, example[1])
			}
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]`)

// TestGuideHasEveryKey: each key that is read stands in a table of the guide.
func TestGuideHasEveryKey(t *testing.T) {
	guide := document(t, "docs", "configuration.md")
	promptsFolder(t)
	seen := 0
	for _, text := range []string{whole, routed} {
		reader := newReader([]byte(text))
		reader.root(reader.document([]byte(text)))
		for path := range reader.places {
			inner := false
			for other := range reader.places {
				inner = inner || strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[")
			}
			path = strings.TrimSuffix(index.ReplaceAllString(path, "[]"), "[]")
			if inner || strings.HasPrefix(path, "codes.") || strings.HasPrefix(path, "in-call.") || strings.HasPrefix(path, "music.playlists.") || strings.Contains(path, ".choices.") {
				continue
			}
			if strings.Contains(path, ".rules[].when.") {
				path = "users[].outgoing.rules[].when.calendar"
			}
			seen++
			if !strings.Contains(guide, "`"+path+"`") {
				t.Errorf("the guide lacks `%s`", path)
			}
		}
	}
	if seen < 80 {
		t.Errorf("%d keys are not all", seen)
	}
}

// TestGuideHasEveryCode: the table of codes is that of the program.
func TestGuideHasEveryCode(t *testing.T) {
	guide := document(t, "docs", "configuration.md")
	for _, code := range slices.Concat(DefaultCodes(), EuropeanCodes(), DefaultInCall()) {
		row := regexp.MustCompile("(?m)^\\| .*`" + regexp.QuoteMeta(code.Code) + "`.* \\| `" + code.Does + "`: ")
		if !row.MatchString(guide) {
			t.Errorf("the table of codes lacks %s, %s", code.Code, code.Does)
		}
	}
}
