// Package music is what waits with callers: files of a folder, playlists of them, and two pieces of our own.
//
// Limits: the constants below. Names are ids, never paths or addresses: nothing is fetched, and no file is opened but
// regular ones of the folder and of the folders in it. MP3 is layer III; Ogg is Vorbis, one stream to a file.
//
// A piece is decoded whole, mixed to one channel at Rate, and brought to the loudness that speech on the telephone
// has. What a file says about its own lengths is not believed: decoders are run on a goroutine of their own, within
// a time, and what their headers would have them allocate is looked at before.
//
// The decoders are other people's (docs/decisions/0016).
package music
