// Package media is the engine: it sends, receives, mixes, plays and records what the values of
// package graph ask for.
//
// Limits: each named constant in limits.go. Audio only; a room mixes at 8 and 16 kHz; a stream has
// one source at a time. "prompt:" and "file:" names are resolved below their directories, never
// above. What is played from a file is read whole.
//
// A fixed number of workers own the nodes outright: a node belongs to one worker at a time, all of a
// room to the same. Changes reach a worker as values in a queue, and so does a node that moves. A
// worker wakes every 20 ms at absolute times: it takes what has come on its sockets, mixes, and sends.
// When it was kept from running it leaves out the frames it missed, and their timestamps, instead of
// sending them in a burst. Neither a lock nor an allocation is in the path of a packet.
//
// RTP is taken only from the address that signalling named, or by authentication (see latch.go).
//
// Sources of players: "tone:" and what package tone parses ("tone:440", "tone:ringback"), "file:NAME"
// (WAV), "prompt:NAME" and "prompt:LANGUAGE/NAME" (WAV, of the folder or built in). However many play a file,
// it is decoded once; "music:NAME" (package music) is one stream for all who listen, decoded once, and
// encoded once per codec in each worker's tick; a listener joins in the middle. Sinks of recorders: "file:NAME" (WAV). A
// player or recorder that can't be made is told Ended.
package media
