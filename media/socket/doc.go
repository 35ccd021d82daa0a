// Package socket is UDP for media: it is asked once per tick what has come, and never waits.
//
// Limits: datagrams of at most MaxDatagram bytes; longer ones are counted as truncated and dropped.
// A tick of 20 ms needs no wake-up per packet, so on Linux the sockets stay out of the Go scheduler's
// poller, and the kernel's time stamp tells when a packet came. Other systems get a goroutine per
// socket.
package socket
