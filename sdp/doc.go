// Package sdp reads and prints session descriptions (RFC 8866, RFC 4566), and agrees on one
// audio stream by offer and answer (RFC 3264, RFC 6337), as pure functions.
//
// Limits: a description has at most MaxSession octets and MaxMedia m= lines; an m= line
// has at most MaxFormats formats, and, as the session itself, MaxAttributes attributes and
// MaxLines other lines; media types, profiles and formats have at most MaxToken octets.
// More is ErrLimit. What a description costs is in proportion to its octets, and nothing is
// allocated from a number in it.
//
// Limitations: one audio stream over RTP/AVP, RTP/SAVP, RTP/AVPF or RTP/SAVPF; every other
// m= line is rejected with port 0 and keeps its place. No ICE, no DTLS, no bundles, no
// multicast, no host names: an address in c= that is a name is ErrHostName. SRTP keys are
// those of RFC 4568, one key per line and without MKI, since an MKI is refused as its
// section 7.1.2 wants.
//
// A Negotiation is the state of one session of one dialog. It is a value: a copy stands on
// its own, so an offer that forks is one Negotiation copied per early dialog, and whoever
// may fail after Answer keeps a copy to go back to. Hold is a wish of the caller, in
// Local.Direction, and stays there until the caller changes it (RFC 6337 §5.3).
package sdp
