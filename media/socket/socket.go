package socket

const (
	// MaxDatagram is the longest datagram received, in bytes.
	MaxDatagram = 2048
	// BatchSize is how many datagrams one Receive gives at most.
	BatchSize = 16
	// WatchSize is how many sockets one Ready tells of at most.
	WatchSize = 64

	receiveBuffer = 512 << 10 // bytes, as far as the system lets us: some ticks of a flood
	expedited     = 0xb8      // traffic class EF (RFC 4594, section 4.1)
)
