package config

// Click is click to dial: pages and programs that have users' phones call somebody.
type Click struct {
	Off bool
	// Origins of pages elsewhere that may ask for calls with a user's token, beside those of the server itself.
	Origins []string
}

// click reads false, or what click to dial allows.
func (r *reader) click(f field) {
	click := &r.config.Click
	if off, said := r.isOff(f); said {
		click.Off = off
		return
	}
	keys := r.mapping(f, []string{"origins"})
	click.Origins = r.originList(keys["origins"])
}

func (c *Config) checkClick(found *findings) {
	checkOriginList(found, "click.origins", c.Click.Origins)
}
