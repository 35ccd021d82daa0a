package config

import "hookflash/directory"

const (
	maxTrunks = 100
	maxHops   = 8 // of a trunk
)

func (r *reader) trunks(f field) {
	items := r.list(f, maxTrunks, "- {name: gateway, hops: [\"sip:gw.example.net\"]} for each trunk")
	for _, item := range items {
		var trunk Trunk
		keys := r.mapping(item, []string{
			"name", "hops", "prefixes", "sources", "username", "password", "realm", "register", "limit", "trusted",
			"emergency", "number", "strip", "prepend", "default",
		})
		r.setText(keys["name"], &trunk.Name)
		trunk.Hops = r.texts(keys["hops"], maxHops, `["sip:gw.example.net:5060"]`)
		trunk.Prefixes = forms[directory.Pattern](r, keys["prefixes"], directory.MaxPatterns, `["+49*"]`)
		trunk.Sources = r.networks(keys["sources"])
		r.setText(keys["username"], &trunk.Username)
		r.setText(keys["password"], &trunk.Password)
		r.setText(keys["realm"], &trunk.Realm)
		r.setBool(keys["register"], &trunk.Register)
		r.setInteger(keys["limit"], &trunk.Limit)
		r.setBool(keys["trusted"], &trunk.Trusted)
		r.setBool(keys["emergency"], &trunk.Emergency)
		r.setNumber(keys["number"], &trunk.Number)
		r.setInteger(keys["strip"], &trunk.Strip)
		r.setText(keys["prepend"], &trunk.Prepend)
		r.target(keys["default"], &trunk.Default)
		r.config.Trunks = append(r.config.Trunks, trunk)
	}
}
