// Package refer holds what the refer event package (RFC 3515) says in its NOTIFY bodies:
// fragments of SIP messages (RFC 3420).
//
// Limits: a fragment of at most MaxOctets octets and MaxFields header fields. Of a fragment
// only the status line, From, To, Call-ID and Contact are read; a body within it is left out.
package refer
