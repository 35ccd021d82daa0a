// Package sound is what a person speaks and listens with: a sound card by PulseAudio, WAV files, or
// a tone. Each is a media.Device.
//
// Limits: MaxPlay samples of a file are said, over and over; a recording is at most MaxRecord long; a
// card is at most maxWaiting behind, older sound is dropped. Files have 8000, 16000, 24000, 32000 or 48000 samples
// a second.
//
// A Device is used by one goroutine of the media engine, which it never makes wait, and closed by
// another one after that.
package sound
