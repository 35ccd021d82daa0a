// Package sip reads and prints SIP messages: RFC 3261 §7, §19, §20 and §25, with the
// header fields of the extensions that hookflash speaks.
//
// Limits: a message has at most MaxMessage octets and MaxFields header fields, a URI
// MaxURILength octets. A bare LF never ends a line. Nothing is allocated from a declared
// length.
//
// A received message is one immutable string and an index of its header fields. Values
// are parsed when asked for, and what they hold are pieces of that string. A message is
// forwarded by splicing (Edit), so that what is not changed leaves byte for byte as it
// came. New messages are made by a Builder.
package sip
