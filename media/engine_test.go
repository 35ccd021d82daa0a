package media

import (
	"errors"
	"testing"

	"hookflash/media/graph"
)

func TestWhoHearsWhom(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	peers := []*peer{join(t, e, 10, pcmu), join(t, e, 11, pcma), join(t, e, 12, pcmu), join(t, e, 13, pcma), join(t, e, 14, pcmu)}
	a, b, c, d, alone := peers[0], peers[1], peers[2], peers[3], peers[4]
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11}, graph.Join{Room: 1, Node: 12}, graph.Join{Room: 2, Node: 13})
	talk(35, peers...)
	wantHears(t, "a room of three", a, b, c)
	wantHears(t, "a room of three", b, a, c)
	wantHears(t, "a room of three", c, a, b)
	wantHears(t, "alone in a room", d)
	wantHears(t, "in no room", alone)
	if alone.packets == 0 {
		t.Error("who hears nobody is sent silence")
	}

	apply(t, e, graph.Join{Room: 2, Node: 12}, graph.Join{Room: 1, Node: 14, Mute: true}, graph.Leave{Node: 11})
	talk(35, peers...)
	wantHears(t, "left with one who is mute", a)
	wantHears(t, "left", b)
	wantHears(t, "moved to another room", c, d)
	wantHears(t, "was joined", d, c)
	wantHears(t, "mute, but hears", alone, a)

	apply(t, e, graph.Join{Room: 1, Node: 14}, graph.Close{Node: 12})
	talk(35, peers...)
	wantHears(t, "no longer mute", a, alone)
	wantHears(t, "the other one has gone", d)
}

// TestDirections is hold: RFC 3264, section 8.4, as the media sees it.
func TestDirections(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	for _, test := range []struct {
		reason        string
		send, receive bool
	}{{"sendrecv", true, true}, {"sendonly", true, false}, {"recvonly", false, true}, {"inactive", false, false}, {"resumed", true, true}} {
		set := a.set()
		set.Send, set.Receive = test.send, test.receive
		apply(t, e, set)
		talk(3, a, b) // what is under way arrives
		a.packets, b.packets = 0, 0
		talk(30, a, b)
		if test.receive {
			wantHears(t, test.reason, b, a)
		} else {
			wantHears(t, test.reason, b)
		}
		if test.send {
			wantHears(t, test.reason, a, b)
		} else if a.packets > 0 {
			t.Errorf("%s: %d packets leave", test.reason, a.packets)
		}
	}
}

func TestCodecChange(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(30, a, b)
	wantHears(t, "PCMU", a, b)
	for _, agreed := range []graph.Codec{pcma, g722, opus, pcmu} {
		a.use(agreed)
		apply(t, e, a.set())
		a.heard = nil
		a.listen()
		a.heard = nil
		talk(40, a, b)
		wantHears(t, agreed.Name, a, b)
		wantHears(t, agreed.Name, b, a)
	}
}

func TestChangesThatMakeNoSense(t *testing.T) {
	e, _ := start(t, Settings{})
	p := join(t, e, 10, pcmu)
	port := p.engine.Port()
	unknown := p.set()
	unknown.Codec.Name = "G729"
	keys := p.set()
	keys.Ours = graph.Keys{Suite: "AES_CM_128_HMAC_SHA1_80", Key: make([]byte, 7)}
	for _, test := range []struct {
		reason string
		change any
		want   error
	}{
		{"a port that isn't bound", graph.Open{Stream: 20, Port: 9}, ErrPort},
		{"a port in use", graph.Open{Stream: 20, Port: port}, ErrPort},
		{"a node that isn't there", graph.Join{Room: 1, Node: 77}, ErrNode},
		{"no room", graph.Join{Node: 10}, ErrNode},
		{"the device can't be closed", graph.Close{Node: graph.Device}, ErrNode},
		{"an unknown codec", unknown, nil},
		{"a key too short", keys, nil},
		{"a source of no kind", graph.Play{Player: 30, Source: "http://example.test"}, ErrSource},
		{"a tone of no name", graph.Play{Player: 30, Source: "tone:nonsense"}, nil},
		{"no directory to record in", graph.Record{Recorder: 30, Sink: "file:x"}, ErrSource},
		{"no change at all", 7, nil},
	} {
		if err := e.Apply([]any{test.change}); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	apply(t, e, graph.Close{Node: 10}, graph.Open{Stream: 11, Port: port})
	if _, err := e.Statistics(10); !errors.Is(err, ErrNode) {
		t.Errorf("statistics of a node that is gone: %v", err)
	}
}
