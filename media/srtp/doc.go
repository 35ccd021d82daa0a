// Package srtp secures one direction of an RTP stream with keys from signalling (RFC 3711, 7714;
// suites by their names in RFC 4568 and 7714). The work is pion/srtp's.
//
// Limits: at most MaxSources sources under one key; a replay window of Window packets; no MKI, no
// key derivation rate, no unencrypted or unauthenticated streams. A packet that fails is an error
// and changes nothing.
package srtp
