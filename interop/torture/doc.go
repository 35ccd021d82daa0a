// Package torture sends the torture messages of RFC 4475 and RFC 5118 to a running server
// over every transport, from a stranger, from a trusted neighbour, and through it as a
// hop on the way, and holds the server to their verdicts: what is answered, what closes
// a connection, and what reaches the phone at the far side, octet by octet. It also tries what such
// messages lead to: attacks on framing, on nested bodies and by URIs that carry header
// fields. They stand behind the build tag interop.
//
// Limits: Linux only. The tests run in a network namespace of their own, in which the addresses that
// the RFCs use for examples are loopback, so nothing leaves the machine; the script setup
// beside this folder installs ip, which makes it.
package torture
