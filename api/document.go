package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// document is the body of a request. Every text form in it that can't be read is reported in its
// place, where encoding/json would stop at the first and not say where.
type document[V any] struct {
	Value V
	text  []byte
}

// Schema implements huma.SchemaProvider.
func (document[V]) Schema(registry huma.Registry) *huma.Schema {
	return registry.Schema(reflect.TypeFor[V](), true, "")
}

// UnmarshalJSON keeps the text until it has been compared with the schema.
func (d *document[V]) UnmarshalJSON(text []byte) error {
	d.text = bytes.Clone(text)
	return nil
}

// Resolve implements huma.ResolverWithPath.
func (d *document[V]) Resolve(_ huma.Context, _ *huma.PathBuffer) []error {
	if d.text == nil {
		return nil // huma has said what is wrong
	}
	faults := read(d.text, &d.Value, "body")
	errs := make([]error, len(faults))
	for i := range faults {
		errs[i] = &faults[i]
	}
	return errs
}

// names tells whether the body names a key at all.
func (d *document[V]) names(keys ...string) bool {
	var value any
	if json.Unmarshal(d.text, &value) != nil {
		return false
	}
	named := false
	for _, key := range keys {
		object, ok := value.(map[string]any)
		if !ok {
			return false
		}
		value, named = object[key]
		if !named {
			return false
		}
	}
	return named
}

// read reads JSON into a value and says what is wrong in it. The location of its whole is at.
func read(text []byte, into any, at string) []Fault {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return []Fault{{Location: at, Message: err.Error()}}
	}
	if faults := unreadable(reflect.TypeOf(into).Elem(), value, at); len(faults) > 0 {
		return faults
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return []Fault{{Location: at, Message: strings.TrimPrefix(err.Error(), "json: ")}}
	}
	return canonical(into, at)
}

// canonical makes what is kept the same as what is shown of it: empty lists are none.
func canonical(value any, at string) []Fault {
	text, err := json.Marshal(value)
	if err == nil {
		reflect.ValueOf(value).Elem().SetZero()
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		return []Fault{{Location: at, Message: err.Error()}}
	}
	return nil
}

var textual = reflect.TypeFor[encoding.TextUnmarshaler]()

// unreadable finds the text forms that can't be read.
func unreadable(t reflect.Type, value any, at string) (faults []Fault) {
	if t.Kind() == reflect.Pointer {
		return unreadable(t.Elem(), value, at)
	}
	if text, ok := value.(string); ok && t != reflect.TypeFor[time.Time]() && reflect.PointerTo(t).Implements(textual) {
		if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			message := err.Error()
			if t == reflect.TypeFor[netip.Prefix]() {
				message = fmt.Sprintf("%q is no network: write 192.0.2.0/24 or 2001:db8::/32", text)
			}
			return []Fault{{Location: at, Message: message}}
		}
		return nil
	}
	switch value := value.(type) {
	case map[string]any:
		if t.Kind() == reflect.Struct {
			return unreadableFields(t, value, at)
		}
		if t.Kind() == reflect.Map {
			for _, key := range sortedKeys(value) {
				faults = append(faults, unreadable(t.Elem(), value[key], at+"."+key)...)
			}
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, item := range value {
				faults = append(faults, unreadable(t.Elem(), item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		}
	}
	return faults
}

func unreadableFields(t reflect.Type, object map[string]any, at string) (faults []Fault) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			faults = append(faults, unreadableFields(field.Type, object, at)...)
		} else if value, there := object[name]; there && name != "" {
			faults = append(faults, unreadable(field.Type, value, at+"."+name)...)
		}
	}
	return faults
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// merge applies a merge patch (RFC 7396).
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		merged = object
	}
	for key, value := range changes {
		if value == nil {
			delete(merged, key)
		} else {
			merged[key] = merge(merged[key], value)
		}
	}
	return merged
}
