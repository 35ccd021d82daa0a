package config

const maxCodes = 200

// codes reads the table of codes, which replaces the default one.
func (r *reader) codes(f field) {
	if f.node == nil {
		return
	}
	codes := []Code{}
	for _, entry := range r.entries(f, maxCodes, `{"*72": forward, "*73": forward-off}`) {
		code := Code{Code: entry.key}
		r.setText(entry.value, &code.Does)
		codes = append(codes, code)
	}
	r.config.Codes = codes
}
