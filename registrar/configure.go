package registrar

// Configure gives the Registrar new settings; the key of its GRUUs must stay the same.
func (r *Registrar) Configure(settings Settings) {
	r.settings = settings.withDefaults()
	r.gruus = NewGRUUs(settings.Identity, settings.GRUUKey, r.view)
}
