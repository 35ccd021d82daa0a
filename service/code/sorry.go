package code

// sorry is the prompt that says why a call was not picked up: by the parameter result of the address that the
// server gives the call then.
func sorry(result string) string {
	switch result {
	case "refused":
		return "pickup-refused"
	case "unsupported", "no-replaces":
		return "pickup-unsupported"
	}
	return "pickup-none"
}
