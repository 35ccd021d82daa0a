package config

import (
	"strings"
	"testing"
)

func TestClick(t *testing.T) {
	const head = "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\nusers: [{name: alice, password: long-and-random}]\n"
	for _, test := range []struct {
		reason, text, problem string
		off                   bool
		origins               string
	}{
		{"nothing is said", "", "", false, ""},
		{"it is not wanted", "click: false", "", true, ""},
		{"a page of somebody else's", "click: {origins: [HTTPS://crm.example.test]}", "", false, "https://crm.example.test"},
		{"everybody's", `click: {origins: ["*"]}`, "click.origins[0]", false, ""},
		{"a path", "click: {origins: [https://crm.example.test/app]}", "click.origins[0]", false, ""},
		{"twice", "click: {origins: [https://crm.example.test, https://crm.example.test]}", "click.origins[1]", false, ""},
		{"another key", "click: {anywhere: true}", "click", false, ""},
	} {
		c, _, err := Parse([]byte(head + test.text))
		if test.problem != "" {
			if err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("%s: got %v", test.reason, err)
			}
			continue
		}
		if err != nil || c.Click.Off != test.off || strings.Join(c.Click.Origins, " ") != test.origins {
			t.Errorf("%s: %+v, %v", test.reason, c, err)
		}
	}
}
