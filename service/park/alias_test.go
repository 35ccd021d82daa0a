package park_test

import (
	"testing"

	"hookflash/service/park"
	"hookflash/sip"
)

// TestAlias: a place has the names that phones and other systems give it, and nobody loses a number to it.
func TestAlias(t *testing.T) {
	s := settings(func(s *park.Settings) { s.Orbits[0].Slots = append(s.Orbits[0].Slots, "carol") })
	alias := park.Alias(s)
	const agent = "sip:park@example.test"
	for uri, want := range map[string]string{
		"sip:700@example.test":                  agent,
		"sip:5900@example.test":                 agent,
		"sip:5901@example.test":                 agent + ";retrieve",
		"sip:%2372@example.test":                agent + ";retrieve",
		"sip:701@example.test":                  agent + ";orbit=701",
		"sip:701@example.test;user=phone":       agent + ";orbit=701",
		"tel:702":                               agent + ";orbit=702",
		"sip:721@example.test":                  agent + ";orbit=721",
		"sip:*5907@example.test":                agent + ";orbit=5907",
		"sip:5907@example.test":                 "",
		"sip:park+701@example.test":             agent + ";orbit=701",
		"sip:park%2B701@example.test":           agent + ";orbit=701",
		"sip:park+700@example.test":             agent,
		"sip:callpark@example.test":             agent,
		"sip:callpark@example.test;orbit=702":   agent + ";orbit=702",
		"sip:callpark@example.test;orbit=sales": agent + ";orbit=sales",
		"sip:callpark@example.test;orbit=a%3Bb": "",
		"sip:park+799@example.test":             "",
		"sip:703@example.test":                  "",
		"sip:alice@example.test":                "",
		"sip:carol@example.test":                "",
		"sip:example.test":                      "",
		"sip:park@example.test;orbit=701":       "",
		"sip:*@example.test":                    "",
		"sip:park+@example.test":                "",
	} {
		parsed, err := sip.ParseURI(uri)
		if err != nil {
			t.Fatal(uri, err)
		}
		if got, ok := alias(parsed); got != want && ok || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", uri, got, ok, want)
		}
	}
}
