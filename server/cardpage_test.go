package server

import (
	"net/http"
	"strings"
	"testing"

	"hookflash/card"
)

// TestCardPage: the domain's codes are there for everybody, in the language that the browser asks for, and no user is named.
func TestCardPage(t *testing.T) {
	s := openPages(t)
	for _, test := range []struct{ reason, target, accepted, want string }{
		{"English", "/card", "", "*72 number"},
		{"as the browser says", "/card", "zh-CN,en;q=0.5", "*72 号码"},
		{"as the address says", "/card?language=zh", "en", "*72 号码"},
		{"a language that nobody speaks", "/card?language=%3Cscript%3E", "", "*72 number"},
	} {
		response := ask(s, test.target, func(r *http.Request) { r.Header.Set("Accept-Language", test.accepted) })
		text := bodyOf(t, response)
		if response.StatusCode != 200 || !strings.Contains(text, test.want) || response.Header.Get("Content-Security-Policy") != card.Policy {
			t.Errorf("%s: %d %v %.300s", test.reason, response.StatusCode, response.Header, text)
		}
		if strings.Contains(text, "Alice") || strings.Contains(text, "<script") {
			t.Errorf("%s: it tells more than it should:\n%s", test.reason, text)
		}
	}
}
