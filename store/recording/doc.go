// Package recording keeps what was recorded of calls and rooms as files, each with its owner, and survives being killed.
//
// Limits, each with its error: Settings.Most and Settings.Octets of an owner (ErrFull; one that is being recorded may go beyond
// Octets), MaxOwners owners (ErrFull), MinFree octets of the disk (ErrSpace), MaxWith of those who were there (cut).
//
// Below its directory there is
//
//	INCOMING/ID.wav  being recorded, by the media side
//	KEPT/ID.json     what is known of it, from when it begins on
//	KEPT/ID.wav      once it is over
//
// An ID is 128 random bits: nobody comes by one who was not told, and no name that anybody chooses is part of a path. What
// the process that died was recording is kept as far as it came.
package recording
