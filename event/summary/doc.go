// Package summary holds the bodies of the message-summary event package (RFC 3842): how
// many messages wait in a mailbox.
//
// Limits: MaxOctets octets, MaxClasses summary lines, MaxMessages blocks of message header
// fields, of MaxFields lines each.
package summary
