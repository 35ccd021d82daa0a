package media

import (
	"testing"
	"time"

	"hookflash/media/graph"
)

// TestUnlikePhones: two phones that agree on nothing hear each other, each in its codec, its packet time and
// under its keys.
func TestUnlikePhones(t *testing.T) {
	t.Parallel()
	type phone struct {
		agreed       graph.Codec
		says, wishes int // ms in a packet that it sends, and that it wants
		suite        string
	}
	for _, test := range []struct {
		reason string
		a, b   phone
		pass   bool // it is relayed
	}{
		{"alike", phone{pcmu, 20, 20, ""}, phone{pcmu, 20, 20, ""}, true},
		{"alike, in packets of 30 ms", phone{pcma, 30, 30, ""}, phone{pcma, 30, 30, ""}, true},
		{"alike but for keys", phone{g722, 20, 20, "AEAD_AES_256_GCM"}, phone{g722, 20, 20, ""}, true},
		{"alike with Opus", phone{opus, 20, 20, ""}, phone{opus, 20, 20, ""}, true},
		{"both laws", phone{pcmu, 20, 20, ""}, phone{pcma, 20, 20, ""}, false},
		{"short to long", phone{pcmu, 10, 10, ""}, phone{pcmu, 60, 60, ""}, false},
		{"thirty to forty", phone{pcmu, 30, 30, ""}, phone{pcma, 40, 40, ""}, false},
		{"narrow to wide", phone{pcmu, 20, 20, ""}, phone{g722, 20, 20, ""}, false},
		{"wide to Opus, secured to plain", phone{g722, 40, 20, "AES_CM_128_HMAC_SHA1_80"}, phone{opus, 20, 60, ""}, false},
		{"Opus to narrow, both secured", phone{opus, 60, 20, "AEAD_AES_128_GCM"}, phone{pcma, 10, 30, "AES_CM_128_HMAC_SHA1_32"}, false},
		{"says other than it wishes", phone{pcmu, 20, 40, ""}, phone{pcmu, 40, 20, ""}, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			e, _ := start(t, Settings{})
			var peers []*peer
			for i, one := range []phone{test.a, test.b} {
				p := join(t, e, graph.Node(10+i), one.agreed)
				p.says = time.Duration(one.says) * time.Millisecond
				set := p.set()
				if one.suite != "" {
					set = p.secure(one.suite, byte(3+i))
				}
				set.Codec.PacketTime = time.Duration(one.wishes) * time.Millisecond
				apply(t, e, set, graph.Join{Room: 1, Node: p.node})
				peers = append(peers, p)
			}
			talk(50, peers...)
			wantHears(t, test.reason, peers[0], peers[1])
			wantHears(t, test.reason, peers[1], peers[0])
			for i, one := range []phone{test.a, test.b} {
				if relayed := relayedBy(t, e, peers[i].node) > 10; relayed != test.pass {
					t.Errorf("%s: relayed is %v, not %v", test.reason, relayed, test.pass)
				}
				wantLengths(t, test.reason, peers[i], one.wishes)
			}
		})
	}
}

// wantLengths looks at how far the timestamps of most packets are apart.
func wantLengths(t *testing.T, reason string, p *peer, milliseconds int) {
	t.Helper()
	want := p.format.Clock / 1000 * uint32(milliseconds)
	count := 0
	for i := 1; i < len(p.headers); i++ {
		if p.headers[i].Timestamp-p.headers[i-1].Timestamp == want {
			count++
		}
	}
	if skipped(t, p.of) {
		return
	}
	if count < len(p.headers)*3/4 || count < 8 {
		t.Errorf("%s: %d of %d packets to %d are %d ms long", reason, count, len(p.headers), p.node, milliseconds)
	}
}
