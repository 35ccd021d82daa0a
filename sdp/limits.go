package sdp

import "time"

// The limits of what is read.
const (
	MaxSession    = 64 << 10 // octets of a description
	MaxMedia      = 32       // m= lines of a description
	MaxFormats    = 64       // formats of an m= line
	MaxAttributes = 128      // a= lines of an m= line, and of the session
	MaxLines      = 32       // other lines of an m= line, and of the session
	MaxToken      = 64       // octets of a media type, a profile, a format, an encoding name
	MaxParameters = 512      // octets of an a=fmtp value; a longer one is left out
	MaxBound      = 32       // payload numbers remembered over a session, the latest
)

// DefaultPacketTime is used when neither side names a packet time. What a peer names is
// brought between MinPacketTime and MaxPacketTime.
const (
	DefaultPacketTime = 20 * time.Millisecond
	MinPacketTime     = 10 * time.Millisecond
	MaxPacketTime     = 120 * time.Millisecond
)

// most is how many lines a description within the limits can have.
const most = (MaxMedia+1)*(MaxAttributes+MaxLines) + MaxMedia + 3
