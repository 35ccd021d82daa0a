package assist

import "testing"

// TestKeys: codes are found among digits, and what is none goes on in its order.
func TestKeys(t *testing.T) {
	for _, test := range []struct {
		reason, pressed string
		code, rest      string
		held            string
	}{
		{"a code", "*2", "*2", "", ""},
		{"another one", "*3", "*3", "", ""},
		{"digits", "123", "", "123", ""},
		{"the beginning of a code", "*", "", "", "*"},
		{"digits, then that", "12*", "", "12", "*"},
		{"no code after all", "*5", "", "*5", ""},
		{"a code behind its own beginning", "**2", "*2", "*", ""},
		{"a longer one", "#7#72", "#72", "#7", ""},
		{"nearly", "#7", "", "", "#7"},
	} {
		k := keys{codes: []string{"*2", "*3", "#72", ""}}
		code, rest := "", ""
		for _, digit := range test.pressed {
			found, none := k.press(string(digit))
			code, rest = code+found, rest+none
		}
		if held := k.flush(); code != test.code || rest != test.rest || held != test.held {
			t.Errorf("%s, %s: code %q, digits %q, held %q", test.reason, test.pressed, code, rest, held)
		}
	}
}
