package identity

// Configure gives the Identifier new settings. What it knows of nonces and guesses stays.
func (i *Identifier) Configure(settings *Settings) { i.settings = settings }
