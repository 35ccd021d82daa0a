// Package prompts is what the server says to callers, in English and Chinese.
//
// Limitations: sentences are whole, or put together from words of a count; there are no plural forms but one and
// many. A prompt lasts at most MaxLength. All files together have at most MaxSize.
//
// The sentences are in en.txt and zh.txt. `make prompts` has a synthesiser speak them into the folder built, as
// G.711 WAV files of 8000 Hz, which become part of the program. Without that, each prompt is a short melody of its own.
// The folder media.prompts of the configuration replaces any of them.
package prompts
