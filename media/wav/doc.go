// Package wav reads and writes sound files: RIFF WAVE with PCM of 8, 16, 24 or 32 bits, µ-law or
// A-law.
//
// Limits: the reader mixes up to MaxChannels channels down to one, takes rates up to MaxRate, and
// gives up after MaxChunks chunks or MaxSkip bytes without sound. No floating point, no other
// compression, no RIFX, no RF64. The writer writes one channel and at most MaxData bytes.
//
// What a header says is not believed: nothing is allocated from a declared length, a file that is
// longer than its bytes ends with them, and one whose lengths were never filled in is read to its
// end.
package wav
