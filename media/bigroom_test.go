package media

import (
	"testing"

	"hookflash/media/graph"
)

// TestJoiningCostsNobodyASound: a dozen come and go while two talk; who listens hears both without a gap.
func TestJoiningCostsNobodyASound(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	talker, listener, third := join(t, e, 10, pcmu), join(t, e, 11, pcma), join(t, e, 12, g722)
	listener.mute, third.mute = true, true
	listener.heard = nil
	var others []*peer
	changes := []any{graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11}, graph.Join{Room: 1, Node: 12}}
	for i := range 12 {
		other := join(t, e, graph.Node(20+i), []graph.Codec{pcmu, pcma, g722, opus}[i%4])
		other.mute = true
		others = append(others, other)
	}
	apply(t, e, changes...)
	talk(10, talker, listener, third)
	for _, other := range others {
		apply(t, e, graph.Join{Room: 1, Node: other.node})
		talk(3, talker, listener, third, other)
	}
	talk(10, talker, listener, third)
	for _, other := range others {
		apply(t, e, graph.Leave{Node: other.node})
		talk(2, talker, listener, third, other)
	}
	talk(5, talker, listener, third)
	wantHears(t, "after all", listener, talker)
	for _, p := range []*peer{listener, third} {
		if quietest := p.quietest(); quietest < 500 && !skipped(t, e) {
			t.Errorf("%d hears a gap: 20 ms with nothing above %d", p.node, quietest)
		}
	}
	wantRow(t, "while others come and go", listener, 0)
	wantRow(t, "while others come and go", third, 0)
	wantRow(t, "while others come and go", talker, 0)
}

// TestSpeechAfterSilence: who sent packets of silence for a while is heard from the first packet of sound on.
func TestSpeechAfterSilence(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b, c := join(t, e, 10, pcmu), join(t, e, 11, pcma), join(t, e, 12, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11}, graph.Join{Room: 1, Node: 12})
	a.quiet = true
	talk(60, a, b, c)
	wantHears(t, "silence", c, b)
	a.quiet = false
	before := len(c.heard)
	b.mute = true
	talk(30, a, c)
	said, loud := 0, 0
	for at := before; at+160 <= len(c.heard); at += 160 {
		said++
		for _, sample := range c.heard[at : at+160] {
			if sample > 1000 {
				loud++
				break
			}
		}
	}
	if said-loud > 6 {
		t.Errorf("of 30 frames said after a silence %d of %d are heard", loud, said)
	}
	wantHears(t, "sound", c, a)
}

// TestManyWhoListenShareOneEncoder: what they are sent in a tick is made once, and the same.
func TestManyWhoListenShareOneEncoder(t *testing.T) {
	e, w := still(t)
	w.adopt(newDeviceNode(nil))
	var peers []*peer
	for i := range 6 {
		p := join(t, e, graph.Node(10+i), pcmu)
		peers = append(peers, p)
		adoptInstead(t, e, w, p, p.set())
	}
	w.settle()
	for tick := range int64(20) {
		peers[0].say()
		w.beat(100 + tick)
	}
	r := w.rooms[1]
	if len(r.shared) != 1 || r.shared[0].tick != 119 {
		t.Fatalf("%d encoders", len(r.shared))
	}
	for _, p := range peers[1:] {
		p.listen()
	}
	for _, p := range peers[2:] {
		if len(p.heard) == 0 || len(p.heard) != len(peers[1].heard) {
			t.Fatalf("%d hears %d samples, and another %d", p.node, len(p.heard), len(peers[1].heard))
		}
		for i := range p.heard {
			if p.heard[i] != peers[1].heard[i] {
				t.Fatalf("sample %d differs", i)
			}
		}
	}
}
