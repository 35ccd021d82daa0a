package media

import "time"

const (
	// Tick is the length of a frame, and how often a worker wakes.
	Tick = 20 * time.Millisecond
	// MaxNodes is how many nodes there can be; more are refused by Apply.
	MaxNodes = 32768
	// MaxAccept is how many codecs a stream takes at once.
	MaxAccept = 8
	// MaxDialled is how many digits wait on one stream; more are left out.
	MaxDialled = 256
	// MaxRecording is how long a recording is at most.
	MaxRecording = 4 * time.Hour
	// MaxSource is the longest file that is played, in bytes.
	MaxSource = 64 << 20
	// MaxKept is how many samples of built-in prompts are kept decoded; others are read anew for those who
	// hear them next.
	MaxKept = 16 << 20
	// MaxEvents is how many events wait to be told; more are lost, and counted.
	MaxEvents = 4096
	// MaxWriting is how many bytes of recordings wait for the disk; more are lost, and counted.
	MaxWriting = 64 << 20

	firstPort, lastPort = 20000, 29999

	maxPerTick     = 512 // datagrams that one stream may take in a tick; the others wait in the kernel
	maxPacketTime  = 60 * time.Millisecond
	controlEvery   = 25 // ticks between looks at RTCP sockets
	reportInterval = 5 * time.Second
	silentAfter    = 20 * time.Second
	narrowRate     = 8000
	wideRate       = 16000
)
