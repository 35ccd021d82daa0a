package config

const maxEmergency = 32

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
