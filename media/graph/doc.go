// Package graph holds what a machine may ask of the media side, and what it is told back:
// values only, in the order in which they take effect.
//
// Limits: a Ports holds at most MaxPorts; digits sent in one request at most MaxDigits.
//
// The picture is nodes in rooms. A node is a stream (one audio line of one call), the device
// (the person at this phone), a player or a recorder; its number is the machine's choice. Every
// node of a room hears all the others of it, and nobody else. A node is in one room or in none.
package graph
