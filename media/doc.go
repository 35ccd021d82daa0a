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
// Two streams alone in a room that agree on codec, packet time and direction are relayed (relay.go, pair.go): a packet that
// comes leaves on the other side with another header within 5 ms, neither delayed nor decoded, and protected anew where there
// are keys. Numbers and timestamps go on without a break where a room changes from mixing to relaying and back. Digits
// are told, not relayed. Packets that can't go on as they are (another codec or length than agreed) have the room mixed from
// then on. A recorder or player in the room has it mixed, too.
//
// In larger rooms what all who say nothing hear is encoded once, and who sends silence for half a second is not decoded.
//
// RTP is taken only from the address that signalling named, or by authentication (see latch.go).
//
// Sources of players: "tone:" and what package tone parses ("tone:440", "tone:ringback"), "file:NAME"
// (WAV), "prompt:NAME" and "prompt:LANGUAGE/NAME" (WAV, of the folder or built in). However many play a file,
// it is decoded once; "music:NAME" (package music) is one stream for all who listen, decoded once, and
// encoded once per codec in each worker's tick; a listener joins in the middle. Sinks of recorders: "file:NAME" (WAV). A
// player or recorder that can't be made is told Ended.
package media
