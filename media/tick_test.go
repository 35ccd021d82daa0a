package media

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"hookflash/media/graph"
)

func netipLoopback(port uint16) netip.AddrPort { return netip.AddrPortFrom(loopback, port) }

func TestPace(t *testing.T) {
	ms := time.Millisecond
	var p pace
	p.begin(31 * ms)
	for _, test := range []struct {
		reason       string
		at           time.Duration
		ok           bool
		tick, missed int64
		wait         time.Duration // afterwards
	}{
		{"woken early", 39 * ms, false, 0, 0, 1 * ms},
		{"in time", 40 * ms, true, 2, 0, 20 * ms},
		{"woken twice", 41 * ms, false, 0, 0, 19 * ms},
		{"late, but within its time", 79 * ms, true, 3, 0, 1 * ms},
		{"the delay adds nothing up", 80 * ms, true, 4, 0, 20 * ms},
		{"kept from running: five are left out", 205 * ms, true, 10, 5, 15 * ms},
		{"and then goes on", 221 * ms, true, 11, 0, 19 * ms},
	} {
		tick, missed, ok := p.due(test.at)
		if tick != test.tick || missed != test.missed || ok != test.ok {
			t.Errorf("%s: tick %d, %d missed, %v", test.reason, tick, missed, ok)
		}
		if wait := p.wait(test.at); wait != test.wait {
			t.Errorf("%s: then %v, not %v", test.reason, wait, test.wait)
		}
	}
}

// still makes an engine of one worker that doesn't run: tests make its ticks.
func still(t *testing.T) (*Engine, *worker) {
	t.Helper()
	e, err := New(Settings{Workers: 1, First: 12000, Last: 18999})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	w, err := newWorker(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.pacer.close() })
	return e, w
}

// TestNoAllocationInThePacketPath: three who talk, plain and secured, by every codec that can.
func TestNoAllocationInThePacketPath(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget, which pion/srtp uses")
	}
	for _, test := range []struct {
		codec graph.Codec
		suite string
	}{{pcmu, ""}, {pcma, "AES_CM_128_HMAC_SHA1_80"}, {pcmu, "AEAD_AES_256_GCM"}, {g722, ""}} {
		e, w := still(t)
		w.adopt(newDeviceNode(nil))
		var peers []*peer
		for j := range 3 {
			node := graph.Node(10 + j)
			p := join(t, e, node, test.codec) // it is given another stream below
			set := p.set()
			if test.suite != "" {
				set = p.secure(test.suite, 9)
			}
			ports, err := e.Ports(1)
			if err != nil {
				t.Fatal(err)
			}
			port := e.ports[ports[0]]
			p.engine = netipLoopback(port.number)
			apply(t, e, graph.Close{Node: node})
			w.look()
			w.adopt(newStream(node, port, "x"))
			w.obey(command{node, set})
			w.obey(command{node, graph.Join{Room: 1, Node: node}})
			peers = append(peers, p)
		}
		tick := int64(100)
		beat := func() {
			for _, p := range peers {
				p.say()
			}
			tick++
			w.beat(tick)
		}
		before := testing.AllocsPerRun(200, func() {
			for _, p := range peers {
				p.say()
			}
		})
		for range 100 {
			beat()
		}
		if n := testing.AllocsPerRun(200, beat) - before; n > 0 {
			t.Errorf("%s %s: %v allocations in a tick of three", test.codec.Name, test.suite, n)
		}
		if w.known[10].part.(*stream).session.Statistics().Received < 100 {
			t.Errorf("%s %s: nothing was received", test.codec.Name, test.suite)
		}
	}
}

// TestNodesMoveBetweenWorkers: rooms that form and dissolve at random over several workers lose nobody.
func TestNodesMoveBetweenWorkers(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{Workers: 4})
	var peers []*peer
	for i := range 12 {
		peers = append(peers, join(t, e, graph.Node(10+i), pcmu))
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		node := graph.Node(10 + random.IntN(12))
		if random.IntN(4) == 0 {
			apply(t, e, graph.Leave{Node: node})
			continue
		}
		apply(t, e, graph.Join{Room: graph.Room(1 + random.IntN(5)), Node: node})
	}
	for i := range peers { // pairs in the end
		apply(t, e, graph.Join{Room: graph.Room(100 + i/2), Node: graph.Node(10 + i)})
	}
	talk(40, peers...)
	for i, p := range peers {
		wantHears(t, "a pair", p, peers[i^1])
	}
	for i := range peers {
		apply(t, e, graph.Close{Node: graph.Node(10 + i)})
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if len(e.nodes) != 1 || len(e.rooms) != 0 {
		t.Errorf("%d nodes and %d rooms are left", len(e.nodes), len(e.rooms))
	}
}
