// Package tone makes the tones of telephony and hears which frequencies are in a sound.
//
// Limits: a step of a tone has at most MaxPartials frequencies, a tone at most MaxSteps steps, a
// detector at most MaxFrequencies. A detector tells apart frequencies 40 Hz or more from each
// other; it wants at least 100 ms of sound.
//
// Levels are in dB against the loudest sine that fits (dBFS), which is 3.14 dBm0 in µ-law: a tone
// of -13 dBm0 is -16 here. A generator has no state: a sample depends on its position alone.
package tone
