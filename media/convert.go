package media

import "hookflash/media/mix"

// newConverters makes those of a room.
func newConverters() (up, down mix.Converter) { return nil, nil }
