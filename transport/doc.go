// Package transport is the sockets: datagrams in batches, streams framed into messages,
// over IPv4 and IPv6 (RFC 3261 §18).
//
// Limits and limitations:
//   - A datagram takes part in no congestion control (RFC 3261 §18.1.1): choosing a
//     stream for a large request is the caller's business.
//   - A listener on an unspecified address answers from the address that routing picks.
//   - A message on a stream has at most MaxMessage bytes and one Content-Length
//     (RFC 3261 §18.3, §20.14); whatever leaves doubt where it ends closes the connection,
//     and so does what is framed but no message to who takes it.
//   - Connections, connections from one source, unfinished bytes, bytes and messages
//     that wait for a slow peer, and every wait have a limit: see StreamOptions.
//   - Connection aliases (RFC 5923) are not offered: a connection is used both ways by
//     who has it, and one that was dialled for a name by requests for that name alone.
//   - TLS is 1.3, or 1.2 with AEAD ciphers. A dialled peer is known by RFC 5922 §7, without
//     the names in subjects (CN) and without wildcards. One handshake computes at a time.
//   - WebSockets (RFC 7118) are accepted, not dialled; no compression. Control frames,
//     fragments and the opening request have limits: controlBurst, maxOnWire, MaxUpgrade.
//
// Nothing here parses SIP beyond the framing, decides where a message goes, or logs.
package transport
