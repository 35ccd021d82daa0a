package config

import (
	"fmt"
	"slices"
	"strings"

	plan "hookflash/numbers"
)

const (
	maxEmergency       = 32
	maxEmergencyDigits = 8
)

// services reads what the routing services, the agents and the trunks are told.
func (r *reader) services(keys map[string]field) {
	r.groups(keys["groups"])
	r.calendars(keys["calendars"])
	r.menus(keys["menus"])
	r.trunks(keys["trunks"])
	r.numbers(keys["numbers"])
	r.codes(keys["codes"])
	r.inCall(keys["in-call"])
	r.media(keys["media"])
	r.music(keys["music"])
	r.voicemail(keys["voicemail"])
	r.park(keys["park"])
	r.rooms(keys["rooms"])
	r.recording(keys["recording"])
	r.redial(keys["redial"])
	setWord(r, keys["redirects"], &r.config.Redirects, redirects)
	setWord(r, keys["assist"], &r.config.Assist, assists)
}

func (r *reader) numbers(f field) {
	keys := r.mapping(f, []string{"country", "area", "emergency"})
	numbers := &r.config.Numbers
	r.setText(keys["country"], &numbers.Country)
	r.setText(keys["area"], &numbers.Area)
	if listed := keys["emergency"]; listed.node != nil {
		numbers.Emergency = r.phoneNumbers(listed, maxEmergency)
	}
}

// Plan is how people dial here.
func (c *Config) Plan() (*plan.Plan, error) {
	return plan.New(c.Numbers.Country, c.Numbers.Area)
}

func (c *Config) checkNumbers(found *findings) {
	numbers := &c.Numbers
	if _, err := plan.New(numbers.Country, ""); err != nil {
		what, remedy := split(err.Error(), numbers.Country)
		found.wrong("numbers.country", what, remedy)
	} else if _, err := c.Plan(); err != nil {
		what, remedy := split(err.Error(), numbers.Area)
		found.wrong("numbers.area", what, remedy)
	}
	for i, number := range numbers.Emergency {
		path := fmt.Sprintf("numbers.emergency[%d]", i)
		if number == "" || len(number) > maxEmergencyDigits || strings.Trim(number, "0123456789") != "" {
			found.wrong(path, quote(number)+" is no emergency number", "write it as it is dialled, such as 112")
		} else if slices.Contains(numbers.Emergency[:i], number) {
			found.wrong(path, number+" stands in the list twice", "keep the first")
		}
	}
}
