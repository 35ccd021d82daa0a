package config

import "hookflash/directory"

var (
	groupKeys    = []string{"name", "display", "numbers", "members", "in-turn", "ring", "no-answer", "pickup", "music"}
	calendarKeys = []string{"name", "zone", "open", "dates"}
)

const (
	maxGroups    = 10_000
	maxCalendars = 1000
)

func (r *reader) groups(f field) {
	items := r.list(f, maxGroups, "- {name: sales, numbers: [\"2000\"], members: [alice, bob]} for each group")
	for _, item := range items {
		var group directory.Group
		keys := r.mapping(item, groupKeys)
		r.setText(keys["name"], &group.Name)
		r.setText(keys["display"], &group.Display)
		group.Numbers = r.phoneNumbers(keys["numbers"], directory.MaxNumbers)
		group.Members = r.texts(keys["members"], directory.MaxMembers, "[alice, bob]")
		r.setBool(keys["in-turn"], &group.InTurn)
		r.form(keys["ring"], &group.Ring)
		r.target(keys["no-answer"], &group.NoAnswer)
		r.setBool(keys["pickup"], &group.Pickup)
		r.setText(keys["music"], &group.Music)
		r.config.Groups = append(r.config.Groups, group)
	}
}

func (r *reader) calendars(f field) {
	items := r.list(f, maxCalendars, "- {name: office, open: [\"mon-fri 09:00-17:00\"]} for each calendar")
	for _, item := range items {
		var calendar directory.Calendar
		keys := r.mapping(item, calendarKeys)
		r.setText(keys["name"], &calendar.Name)
		r.form(keys["zone"], &calendar.Zone)
		calendar.Open = forms[directory.Hours](r, keys["open"], directory.MaxHours, exampleHours)
		calendar.Dates = forms[directory.Dates](r, keys["dates"], directory.MaxHours, `["12-25", "2026-12-31 09:00-12:00"]`)
		r.config.Calendars = append(r.config.Calendars, calendar)
	}
}
