//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/media/codec"
	"hookflash/media/graph"
	"hookflash/sip"
)

// bled is one end of a call through the server's media, and what it hears.
type bled struct {
	*talker
	law      string // PCMU or PCMA
	heard    atomic.Int64
	loud     atomic.Int64 // packets that hold what nobody in the call says
	describe string
}

// newBled is one whose media are at an address; hidden: it names another one, as behind a NAT.
func newBled(t *testing.T, at netip.Addr, law string, hidden bool) *bled {
	t.Helper()
	b := &bled{talker: newTalker(t, at), law: law}
	kind := map[string]string{"PCMU": "0", "PCMA": "8"}[law]
	b.describe = strings.Replace(b.offer(), "RTP/AVP 0 101", "RTP/AVP "+kind+" 101", 1)
	if hidden {
		b.describe = strings.ReplaceAll(b.describe, at.String(), "127.0.0.77")
	}
	return b
}

// speech and noise are samples of G.711: what is said in the call is half as loud as what an attacker says.
var speech = [2][2]int16{{8000, -8000}, {7000, -7000}}

const noise = 30000

func (b *bled) listen() {
	buffer := make([]byte, 2048)
	made, err := codec.New(graph.Codec{Name: b.law, Rate: 8000, Channels: 1})
	if err != nil {
		return
	}
	samples := make([]int16, 4096)
	for {
		n, err := b.socket.Read(buffer)
		if isClosed(err) {
			return
		}
		if err != nil || n < 12 || buffer[1]&0x7f == eventType {
			continue
		}
		b.heard.Add(1)
		decoded, err := made.Decode(samples, buffer[12:n])
		if err != nil {
			b.loud.Add(1)
		}
		for _, sample := range samples[:decoded] {
			if sample > 12000 || sample < -12000 {
				b.loud.Add(1)
				break
			}
		}
	}
}

// say sends one packet.
func (b *bled) say(value int16) {
	payload := make([]byte, 160)
	for i := range payload {
		sample := value
		if i/8%2 == 1 {
			sample = -value
		}
		if payload[i] = codec.MuLaw(sample); b.law == "PCMA" {
			payload[i] = codec.ALaw(sample)
		}
	}
	b.packet(map[string]byte{"PCMU": 0, "PCMA": 8}[b.law], b.timestamp, payload)
	b.timestamp += 160
}

// TestAttack26 sprays the media ports of calls through the bridge with RTP: one that is relayed, one that is mixed since the
// phones share no codec, and the same of phones behind a NAT, whose descriptions name addresses that mean nothing here. The
// attacker knows the ports, and sends from addresses and ports of his own before the phones speak, while they do, and after a
// re-INVITE has opened the call anew.
//
// Anchor: CVE-2025-53399 (rtpengine), CVE-2017-14099 (Asterisk). Must: media is taken from the signalled address alone, or for a
// phone behind a NAT from where it signals; what comes from elsewhere is dropped before anything is learned from it.
//
// Figure: 0 packets leaked, 0 injected (rtpengine, fixed: fewer than 5); the calls are heard throughout.
func TestAttack26(t *testing.T) {
	s := startServer(t, setup{keys: map[string]string{"carol": "assist: all", "dave": "assist: all"}})
	beside(t, s, func() {
		for _, test := range []struct {
			name, law string
			hidden    bool
		}{{"relayed", "PCMU", false}, {"mixed", "PCMA", false}, {"relayed behind a NAT", "PCMU", true}, {"mixed behind a NAT", "PCMA", true}} {
			t.Run(test.name, func(t *testing.T) { bleed(t, s, test.law, test.hidden) })
		}
	})
}

func bleed(t *testing.T, s *server, law string, hidden bool) {
	caller, callee := newPhone(t, s, "carol"), newPhone(t, s, "dave")
	ends := [2]*bled{newBled(t, caller.local.Addr(), "PCMU", hidden), newBled(t, callee.local.Addr(), law, hidden)}
	offered := make(chan string, 8)
	callee.onRequest(func(p *phone, m *sip.Message) {
		if m.Method() != sip.INVITE {
			p.accept(m)
			return
		}
		offered <- m.Body()
		text := answer(m, "200 OK", "callee"+word(), "Contact: <"+p.contact()+">", "Content-Type: application/sdp")
		text = strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(ends[1].describe), ends[1].describe), 1)
		p.mutex.Lock()
		p.sent[key(m)] = text
		p.mutex.Unlock()
		p.send(text)
		p.hold(m.CallID(), text, timerT1)
	})
	callee.register(t)
	caller.register(t)
	invite := caller.request("INVITE", "sip:dave@"+domain)
	invite.body = ends[0].describe
	c, code := caller.tryCall(invite)
	if c == nil {
		t.Fatalf("the call is answered %d", code)
	}
	if err := ends[0].meet(c.ok.Body()); err != nil {
		t.Fatal(err)
	}
	if err := ends[1].meet(<-offered); err != nil {
		t.Fatal(err)
	}
	if port := ends[0].to.Port(); port < 20000 || port > 29999 {
		t.Fatalf("the caller sends to port %d: the call is not bridged", port)
	}
	spray := newSpray(t, ends)
	spray.burst()
	for _, end := range ends {
		go end.listen()
	}
	spray.during(func() { converse(ends) })
	again := c.request("INVITE")
	again.body = ends[0].describe
	c.invite.cseq++
	if again, code := caller.tryCall(again); again == nil {
		t.Errorf("the re-INVITE is answered %d", code)
	}
	spray.during(func() { converse(ends) })
	for i, end := range ends {
		if heard := end.heard.Load(); heard < 2*conversation*3/4 {
			t.Errorf("end %d hears %d packets of %d", i, heard, 2*conversation)
		}
		if loud := end.loud.Load(); loud > 0 {
			t.Errorf("end %d hears %d packets of the attacker", i, loud)
		}
	}
	if leaked := spray.leaked.Load(); leaked > 0 {
		t.Errorf("the attacker hears %d packets", leaked)
	}
	t.Logf("%d packets sprayed, %d leaked, %d and %d injected", spray.sent.Load(), spray.leaked.Load(), ends[0].loud.Load(), ends[1].loud.Load())
	if err := c.hangUp(); err != nil {
		t.Error(err)
	}
}

// conversation is how many packets each end says at a time.
const conversation = 60

func converse(ends [2]*bled) {
	each := time.NewTicker(packetTime)
	defer each.Stop()
	for i := range conversation {
		<-each.C
		for j, end := range ends {
			end.say(speech[j][i%2])
		}
	}
}

// spray is an attacker who knows the ports.
type spray struct {
	sockets      []*bled
	targets      []netip.AddrPort
	sent, leaked atomic.Int64
}

func newSpray(t *testing.T, ends [2]*bled) *spray {
	t.Helper()
	a := &spray{}
	for i := range 4 {
		k := &bled{talker: newTalker(t, attackerAddress(1000*i+7)), law: "PCMU"}
		a.sockets = append(a.sockets, k)
		go func() {
			buffer := make([]byte, 2048)
			for {
				if _, err := k.socket.Read(buffer); isClosed(err) {
					return
				} else if err == nil {
					a.leaked.Add(1)
				}
			}
		}()
	}
	for _, end := range ends {
		a.targets = append(a.targets, end.to)
	}
	return a
}

// burst sends to all ports, RTP and RTCP, from all sockets.
func (a *spray) burst() {
	for range sized(20, 200) {
		for i, k := range a.sockets {
			for _, target := range a.targets {
				k.law = []string{"PCMU", "PCMA"}[i%2]
				k.to = target
				k.say(noise)
				k.to = netip.AddrPortFrom(target.Addr(), target.Port()+1)
				k.say(noise)
				a.sent.Add(2)
			}
		}
	}
}

// during sprays while something goes on.
func (a *spray) during(what func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		what()
	}()
	for {
		a.burst()
		select {
		case <-done:
			return
		case <-time.After(packetTime):
		}
	}
}
