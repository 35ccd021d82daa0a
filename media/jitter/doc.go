// Package jitter puts the packets of one RTP stream back into order and time.
//
// Limits: at most Slots packets wait, none longer than a payload of MaxPayload bytes; the delay
// grows to MaxDelay at most. A sender whose sequence numbers jump is believed at the second packet
// in a row, so that a stray packet moves nothing (RFC 3550, appendix A.1).
//
// It is a machine without clock, lock or goroutine: Put what came and when, Get what is to be
// played whenever more samples are needed. It delays a packet no longer than the latest packets of
// the last seconds needed: a frame that was missing in its time but came later lengthens the delay
// by that frame, and when every packet of Window waited more than a frame longer than it had to,
// one is left out.
package jitter
