package sip

// Lower is s with ASCII letters in lower case; s itself when there is nothing to change.
func Lower(s string) string { return lowerASCII(s) }
