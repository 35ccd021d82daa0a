package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// texts are what stands where a text is wanted: text forms of every kind, well and badly made.
var texts = []string{
	"", "alice", "bob", "carol", "nobody", "sales", "office", "phones", "voicemail", "voicemail:bob", "menu:main", "menu:none", "announcement:closed",
	"sip:carol@elsewhere.test", "+4930123456", "1001", "112", "*72", "+49*", "*@spam.test", "_NXX.", "_[", "20s", "0s", "-5s", "24h", "mon-fri 09:00-17:00",
	"22:00-06:00", "25:00-26:00", "12-25", "02-30", "2026-12-24..2026-12-26", "Europe/Berlin", "Mars", "192.0.2.0/24", "x/y", "allow", "refuse", "divert", "later", "ask", "silent",
	"follow", "pass", "internal", "premium", "en", "zh", "493817", "123456", "MD5", "SHA-256", "long-and-random", "2030-01-01T00:00:00Z",
	"\x00", "\u202e", "a b", "../../etc/passwd", strings.Repeat("x", 300), "💥", "null",
}

// likely are texts that fit a property.
var likely = map[string][]string{
	"zone": {"Europe/Berlin", "Asia/Shanghai"}, "open": {"mon-fri 09:00-17:00", "sat"}, "hours": {"22:00-06:00"}, "dates": {"12-25", "2026-12-31 09:00-12:00"},
	"members": {"alice", "bob", "carol"}, "name": {"sales", "bob", "office"}, "digest": {"MD5"}, "password": {"long-and-random"}, "assistants": {"alice"},
	"ring": {"20s", "phones", "carol"}, "for": {"15s"}, "after": {"20s"}, "to": {"carol", "voicemail"}, "pin": {"493817", "150394"}, "from": {"+49*"}, "sources": {"192.0.2.0/24"},
}

// drawn makes a value of a schema, now and then of none.
func drawn(t *rapid.T, schemas map[string]any, schema map[string]any, at string) any {
	depth := strings.Count(at, ".")
	if name, ok := schema["$ref"].(string); ok {
		schema = schemas[name[strings.LastIndexByte(name, '/')+1:]].(map[string]any)
	}
	switch odd := rapid.IntRange(0, 60).Draw(t, "odd"); {
	case odd == 0:
		return rapid.SampledFrom([]any{nil, true, 1e308, -1, "", []any{}, map[string]any{}, []any{nil}}).Draw(t, "something else")
	case depth > 8:
		return nil
	}
	if enum, ok := schema["enum"].([]any); ok {
		return rapid.SampledFrom(enum).Draw(t, "enum")
	}
	kind := schema["type"]
	if several, ok := kind.([]any); ok {
		kind = several[0]
	}
	switch kind {
	case "object":
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		object := map[string]any{}
		for _, name := range sortedKeys(properties) {
			if slices.Contains(required, any(name)) || rapid.IntRange(0, 3).Draw(t, name) == 0 {
				object[name] = drawn(t, schemas, properties[name].(map[string]any), at+"."+name)
			}
		}
		if rapid.IntRange(0, 80).Draw(t, "unknown") == 0 {
			object["unknown"] = 1
		}
		return object
	case "array":
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, drawn(t, schemas, schema["items"].(map[string]any), at))
		}
		return list
	case "boolean":
		return rapid.Bool().Draw(t, "boolean")
	case "integer", "number":
		return rapid.IntRange(-1, 5).Draw(t, "integer")
	}
	if fitting := likely[at[strings.LastIndexByte(at, '.')+1:]]; fitting != nil && rapid.IntRange(0, 4).Draw(t, "unlikely") > 0 {
		return rapid.SampledFrom(fitting).Draw(t, "likely text")
	}
	return rapid.SampledFrom(texts).Draw(t, "text")
}

// mostChecks bounds the checks of TestSchema.
const mostChecks = 100

// TestSchema: bodies made from the description are taken or refused, never a fault of ours; what was
// refused changed nothing, and what was taken is what is shown, and can be sent again.
func TestSchema(t *testing.T) {
	o := newOffice(t)
	o.furnish()
	var described struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(o.send("GET", "/openapi.json", "").text), &described); err != nil {
		t.Fatal(err)
	}
	targets := map[string]string{}
	for path, methods := range described.Paths {
		for method := range methods {
			name := map[string]string{"groups": "sales", "calendars": "office", "rooms": "3300"}[strings.Split(path, "/")[3]]
			if method == "put" || method == "patch" {
				targets[strings.ToUpper(method)+" "+path] = strings.TrimPrefix(strings.ReplaceAll(path, "{name}", orBob(name)), Prefix)
			}
		}
	}
	taken := map[string]int{}
	round := func(r *rapid.T) {
		for _, target := range sortedTargets(targets) {
			method, path, _ := strings.Cut(target, " ")
			var schema map[string]any
			for _, media := range described.Paths[path][strings.ToLower(method)].RequestBody.Content {
				schema = media.Schema
			}
			body, err := json.Marshal(drawn(r, described.Components.Schemas, schema, ""))
			if err != nil {
				r.Fatal(err)
			}
			before := o.send("GET", targets[target], "")
			got := o.send(method, targets[target], string(body), "If-Match", before.Header.Get("ETag"))
			after := o.send("GET", targets[target], "")
			switch {
			case got.StatusCode == 200:
				taken[target]++
				if got.text != after.text {
					r.Fatalf("%s %s: what is answered is not what is there:\n%s\n%s", target, body, got.text, after.text)
				}
				again := o.send("PUT", targets[target], after.text, "If-Match", after.Header.Get("ETag"))
				if again.StatusCode != 200 || !cmp.Equal(unrevised(again.text), unrevised(after.text)) {
					r.Fatalf("%s: what is shown can't be sent again: %s\n%s", target, again.text, after.text)
				}
			case got.StatusCode >= 500 || got.StatusCode < 400:
				r.Fatalf("%s %s: %d %s", target, body, got.StatusCode, got.text)
			case after.text != before.text:
				r.Fatalf("%s %s was refused and changed something: %s", target, body, after.text)
			}
		}
	}
	// Bodies are drawn at random, and few of a group's are right: one check after another, until each was taken.
	for checks := 0; checks == 0 || checks < mostChecks && len(taken) < len(targets); checks++ {
		rapid.Check(t, round)
	}
	for target := range targets {
		if taken[target] == 0 {
			t.Errorf("%s: nothing was ever taken: the bodies are too wild to show anything", target)
		}
	}
	t.Log("taken:", taken)
}

func orBob(name string) string {
	if name == "" {
		return "bob"
	}
	return name
}

func sortedTargets(targets map[string]string) []string {
	names := make([]string, 0, len(targets))
	for name := range targets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unrevised is a body without its revision.
func unrevised(text string) any {
	var value map[string]any
	_ = json.Unmarshal([]byte(text), &value) // nil for what is none
	delete(value, "revision")
	return value
}
