package graph

import (
	"net/netip"
	"time"
)

// Node names a stream, a device, a player or a recorder. Zero is none; no number is used twice.
type Node uint64

// Room names a set of nodes that hear each other. It is there while a node is in it.
type Room uint64

// Device is the node of the person at this phone: microphone and loudspeaker, or what stands in
// for them. It is always there.
const Device Node = 1

// MaxDigits is how many digits one Dial may send.
const MaxDigits = 64

// Open makes a stream on a port that Ports gave. It sends nothing and drops what it gets, until Set.
type Open struct {
	Stream Node
	Port   uint16 // of RTP; RTCP uses the next one unless they share it
}

// Set is what was negotiated for a stream. It replaces all that was set before; what stays the
// same goes on without a gap.
type Set struct {
	Stream  Node
	Remote  netip.AddrPort // of RTP; the zero value: nowhere, and nothing is taken
	Mux     bool           // RTCP on the port of RTP (RFC 5761)
	Send    bool           // false: nothing leaves, but RTCP
	Receive bool           // false: what comes is dropped
	Events  uint8          // payload type of telephone-event (RFC 4733); 0: none
	Control netip.AddrPort // of RTCP; the zero value: none is sent
	// Source is where the far side signals from; the zero value: nobody knows. Where Remote is a private address and
	// Source another, the far side is behind a NAT: packets from either address are taken for its, until one has come.
	Source netip.Addr
	Codec  Codec   // what is sent
	Accept []Codec // what is taken, Codec among them
	Ours   Keys    // of what is sent; the zero value: plain RTP
	Theirs Keys    // of what is taken
}

// Codec is one payload format as negotiated.
type Codec struct {
	Name       string // PCMU, PCMA, G722, opus; compare without case
	Payload    uint8
	Rate       uint32 // of the RTP clock, in Hz
	Channels   uint8
	Format     string        // the value of a=fmtp, "" without one
	PacketTime time.Duration // of what is sent; 20 ms where nothing was said
}

// Keys are the key material of SRTP in one direction (RFC 4568).
type Keys struct {
	Suite string // AES_CM_128_HMAC_SHA1_80 and its like; "": plain RTP
	Key   []byte // master key and salt
}

// Close ends a node. A stream's port is free again after it.
type Close struct{ Node Node }

// Join puts a node into a room, out of the one it was in.
type Join struct {
	Room Room
	Node Node
	Mute bool // it hears, and nobody hears it
}

// Leave takes a node out of its room.
type Leave struct{ Node Node }

// Play makes a player. It is not heard before it joins a room, and is told Ended when it is over.
type Play struct {
	Player Node
	Source string // "tone:440", "tone:ringback", "file:NAME", "prompt:NAME", "music:NAME": see package media
	Repeat bool
}

// Record makes a recorder of everything that is heard in the room it joins.
type Record struct {
	Recorder Node
	Sink     string        // where to, "file:NAME"
	Limit    time.Duration // of what is recorded, after which it ends by itself; zero: the media side's own limit
	// Consent: everybody in the room hears a short tone when it begins, when it goes on after a pause, and every
	// 15 seconds while it records.
	Consent bool
}

// Pause has a recorder leave out what is heard, or go on behind what it has: in the file, nothing shows it.
type Pause struct {
	Recorder Node
	Paused   bool
}

// Dial sends digits on a stream, as telephone events where they were negotiated, else as tones.
type Dial struct {
	Stream Node
	Digits string // 0 to 9, *, #, A to D; at most MaxDigits
	Each   time.Duration
}

// Digit tells that the far side of a stream sent a digit.
type Digit struct {
	Stream Node
	Digit  byte
	Lasted time.Duration
	// Sounded: it was a tone in the sound, which the others in the room have heard too.
	Sounded bool
}

// Ended tells that a player or recorder is done, or could not begin.
type Ended struct {
	Node Node
	Err  error
}

// Silent tells that a stream which should receive got no packet for so long.
type Silent struct {
	Stream Node
	For    time.Duration
}
