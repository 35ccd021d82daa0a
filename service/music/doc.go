// Package music is the music server, an agent that plays music to whom others hold: RFC 5359 §2.3, where the holder
// REFERs it to the held one, and RFC 7088, where the holder calls it with what the held one offers.
//
// Limits: Most calls at a time, further ones get 486; names of at most MaxName octets, 404 beyond; a held phone that does
// not answer within Patience is given up.
//
// Limitations: it plays until it is hung up on, and never hangs up itself (Contact says byeless, RFC 4235 §5.3). A REFER
// without Replaces is refused with 403: it calls nobody who is not in a call with the referrer. It is replaced by nobody
// within its own dialogs; who takes the held one back replaces at her end.
package music
