// Package rtp keeps the books of one RTP session with one far side (RFC 3550): sequence numbers,
// timestamps and SSRC of what is sent, loss and jitter of what is received, and the reports on both.
//
// Limits: one source is received at a time; reports on others are skipped. Header extensions and
// contributing sources are read over. A compound RTCP packet is at most MaxControl bytes.
//
// It is stepped: no clock, no socket. Headers are read by pion/rtp, reports by pion/rtcp.
package rtp
