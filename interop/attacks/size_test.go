//go:build interop

package attacks

import "os"

// full tells that the figures are to be reached; else everything is small.
var full = os.Getenv("HOOKFLASH_SIZE") == "full"

// sized is the small or the full size of something.
func sized[T any](small, whole T) T {
	if full {
		return whole
	}
	return small
}
