package sip

import "testing"

// valueRow is a value, what it means, and how that prints; "" for as it came.
type valueRow[T any] struct {
	why, text string
	want      T
	prints    string
}

// checkValues holds a header family to its table: values parse to what they mean, what is
// printed means the same again, and what is malformed is refused.
func checkValues[T comparable](t *testing.T, parse func(string) (T, error), print func(T, []byte) []byte, rows []valueRow[T], refused map[string]string) {
	t.Helper()
	for _, row := range rows {
		got, err := parse(row.text)
		if err != nil || got != row.want {
			t.Errorf("%s: %q: got %+v, %v, want %+v", row.why, row.text, got, err, row.want)
			continue
		}
		want := row.prints
		if want == "" {
			want = row.text
		}
		printed := string(print(got, nil))
		if printed != want {
			t.Errorf("%s: prints %q, want %q", row.why, printed, want)
		}
		if again, err := parse(printed); err != nil || string(print(again, nil)) != printed {
			t.Errorf("%s: %q reads as %+v, %v", row.why, printed, again, err)
		}
	}
	for why, text := range refused {
		if got, err := parse(text); err == nil {
			t.Errorf("%s: %q parses: %+v", why, text, got)
		}
	}
}
