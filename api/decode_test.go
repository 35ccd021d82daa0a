package api

import (
	"encoding/json"
	"testing"
)

func decoded[V any](t *testing.T, got reply) (value V) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.text), &value); err != nil {
		t.Fatalf("%v: %s", err, got.text)
	}
	return value
}
