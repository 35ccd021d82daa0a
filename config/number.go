package config

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxEmergency       = 32
	maxEmergencyDigits = 8
	maxArea            = 6 // digits
)

// services reads what the routing services, the agents and the trunks are told.
func (r *reader) services(keys map[string]field) {
	r.groups(keys["groups"])
	r.calendars(keys["calendars"])
	r.menus(keys["menus"])
	r.trunks(keys["trunks"])
	r.numbers(keys["numbers"])
	r.codes(keys["codes"])
	r.media(keys["media"])
	r.voicemail(keys["voicemail"])
	setWord(r, keys["redirects"], &r.config.Redirects, redirects)
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

func (c *Config) checkNumbers(found *findings) {
	numbers := &c.Numbers
	if country := numbers.Country; country != "" && (len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		found.wrong("numbers.country", quote(country)+" is no country", "write the two letters of ISO 3166, such as DE, GB or CN")
	}
	switch {
	case len(numbers.Area) > maxArea || strings.Trim(numbers.Area, "0123456789") != "":
		found.wrong("numbers.area", quote(numbers.Area)+" is no area code", "write its digits alone, without the 0 that is dialled before it")
	case numbers.Area != "" && numbers.Country == "":
		found.wrong("numbers.country", "is missing beside an area code", "write the two letters of ISO 3166, such as DE")
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
