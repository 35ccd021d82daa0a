package code

// What the server could not do by itself is explained by the parameter result of the address that it gives the call then.

// pickupSorry says why a call was not picked up.
func pickupSorry(result string) string {
	switch result {
	case "refused":
		return "pickup-refused"
	case "unsupported", "no-replaces":
		return "pickup-unsupported"
	}
	return "pickup-none"
}

// returnSorry says why nobody is called back.
func returnSorry(string) string { return "call-return-none" }

// intercomSorry says why no phone answers by itself.
func intercomSorry(result string) string {
	if result == "refused" {
		return "intercom-refused"
	}
	return "not-in-service"
}

// unknown is what is done about codes that are none.
var unknown = action{sorry: func(string) string { return "code-unknown" }}
