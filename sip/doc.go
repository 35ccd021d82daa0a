// Package sip reads and prints SIP messages: RFC 3261 §7, §19, §20 and §25, with the
// header fields of the extensions that hookflash speaks.
//
// Limits: a message has at most MaxMessage octets and MaxFields header fields, a URI
// MaxURILength octets, 64 parameters and 64 header fields, any other value 64 parameters,
// a body MaxParts parts MaxMultipartDepth deep. Nothing is allocated from a declared
// length, and no message costs more than in proportion to its octets.
//
// Where another hop could read a message in another way than we do, it is refused (400)
// rather than guessed at: a line that ends in CR or LF alone, NUL that no backslash
// escapes, more than one SP between the parts of the start line, a second field where one
// may stand, a second tag or branch, white space or brackets in a Request-URI, an address
// that hops act on and that is malformed. What is odd but means one thing is taken: any
// case, compact forms, folds, white space before a colon, names and parameters not known
// here, three colons in an IPv6 reference (RFC 5118 §4.10), tel numbers without context.
//
// A received message is one immutable string and an index of its header fields. Values
// are parsed when asked for, and what they hold are pieces of that string. A message is
// forwarded by splicing (Edit), so that what is not changed leaves byte for byte as it
// came. New messages are made by a Builder.
package sip
