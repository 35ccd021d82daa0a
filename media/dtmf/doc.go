// Package dtmf sends and hears the sixteen digits of a telephone keypad: as tones in the sound
// (ITU-T Q.23, Q.24), as RTP events (RFC 4733), and in bodies of SIP INFO.
//
// Limits: of events only the digits, 0 to 15, are told; others are passed over. A press of a
// digit lasts at most MaxPress, a sender holds at most MaxQueue digits. A segment of an event
// that is longer than a report can say (1.4 s at 48000 Hz) is reported once, not three times.
// The hook flash (event 16) is neither sent nor told.
//
// Everything is stepped: by samples, by RTP timestamps; nothing reads a clock.
package dtmf
