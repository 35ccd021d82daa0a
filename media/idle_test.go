package media

import (
	"net/netip"
	"runtime"
	"testing"

	"hookflash/media/graph"
)

// idleStream is what a stream may take in bytes that was negotiated and carries no sound: a server that stands in calls
// opens two for each of them, and many of those end before anybody has said a word.
const idleStream = 6 << 10

func TestIdleStreamIsSmall(t *testing.T) {
	const streams = 200
	w := &worker{}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range streams {
		n := newStream(graph.Node(i+1), &port{}, "hookflash")
		n.part.change(w, graph.Set{
			Remote: netip.MustParseAddrPort("127.0.0.1:4000"), Send: true, Receive: true, Events: 101,
			Codec: pcmu, Accept: []graph.Codec{pcmu, pcma},
		})
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / streams; each > idleStream {
		t.Errorf("a stream without sound takes %d bytes, at most %d", each, idleStream)
	}
}
