// Package codec turns samples into RTP payloads and back: G.711 µ-law and A-law, G.722 at
// 64 kbit/s, and Opus at 16 kHz; and fills the gaps that lost packets leave.
//
// Limits: samples are mono, linear 16 bits. A payload holds at most MaxFrame of sound. G.722 is
// mode 1 (64 kbit/s) only. Opus is coded and heard mono up to 8 kHz of bandwidth, whatever the
// far side asks for or sends; its forward error correction is sent when asked for, not used.
//
// A codec is the state of one stream in one pair of directions. Encode is one side, Decode and
// Conceal are the other: two goroutines may each have one side, neither side may have two.
package codec
