package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/api"
)

// apiGuide is the blocks of one language of docs/api.md, and the whole.
func apiGuide(t *testing.T, language string) (blocks []string, whole string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		if block[1] == language {
			blocks = append(blocks, block[3])
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("there are examples of %s", language)
	}
	return blocks, string(text)
}

// TestAPIGuideCommands runs the command lines of the guide, in their order.
func TestAPIGuideCommands(t *testing.T) {
	e := newExchange(t)
	blocks, _ := apiGuide(t, "sh")
	for _, block := range blocks {
		for line := range strings.Lines(block) {
			words := divided(strings.TrimSpace(line))
			if words[0] != "hookflash" {
				t.Fatalf("%q is a command line of ours", line)
			}
			e.with("also-long-and-random\n", words[1:]...)
		}
	}
}

// TestAPIGuideRequests makes the requests of the guide, in their order, and compares what is answered.
func TestAPIGuideRequests(t *testing.T) {
	e := newExchange(t)
	token, err := os.ReadFile(filepath.Join(e.folder, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	blocks, _ := apiGuide(t, "http")
	for _, block := range blocks {
		asked, answered, _ := strings.Cut(block, "\nHTTP/1.1 ")
		head, body, _ := strings.Cut(strings.TrimRight(asked, "\n"), "\n\n")
		lines := strings.Split(head, "\n")
		method, path, _ := strings.Cut(lines[0], " ")
		r, err := http.NewRequest(method, e.server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, strings.Replace(value, "TOKEN", strings.TrimSpace(string(token)), 1))
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		want, err := http.ReadResponse(bufio.NewReader(strings.NewReader("HTTP/1.1 "+answered)), r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != want.Status {
			t.Errorf("%s: %s, the guide says %s", lines[0], got.Status, want.Status)
		}
		for name := range want.Header {
			if got.Header.Get(name) != want.Header.Get(name) {
				t.Errorf("%s: %s is %s, the guide says %s", lines[0], name, got.Header.Get(name), want.Header.Get(name))
			}
		}
		_, said, _ := strings.Cut(answered, "\n\n")
		var there, guide any
		if json.Unmarshal(text, &there) != nil || json.Unmarshal([]byte(said), &guide) != nil || !cmp.Equal(there, guide) {
			t.Errorf("%s: the guide differs: %s\n%s", lines[0], cmp.Diff(guide, there), text)
		}
	}
}

// TestAPIGuideOperations: the guide has every operation, and none else.
func TestAPIGuideOperations(t *testing.T) {
	e := newExchange(t)
	got, err := http.Get(e.server.URL + api.Prefix + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	var described struct{ Paths map[string]map[string]any }
	if err := json.NewDecoder(got.Body).Decode(&described); err != nil {
		t.Fatal(err)
	}
	_, text := apiGuide(t, "http")
	count := 0
	for path, methods := range described.Paths {
		for method := range methods {
			count++
			if row := "| `" + strings.ToUpper(method) + " " + strings.TrimPrefix(path, api.Prefix) + "` |"; !strings.Contains(text, row) {
				t.Errorf("the table lacks %s", row)
			}
		}
	}
	_, rows, _ := strings.Cut(text, "## Operations")
	rows, _, _ = strings.Cut(rows, "\n## ")
	if strings.Count(rows, "\n| `") != count {
		t.Errorf("the table has %d rows for %d operations", strings.Count(rows, "\n| `"), count)
	}
}
