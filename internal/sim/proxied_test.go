package sim

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// relay is a stateless proxy (RFC 3261 §16.11) that records its route, loosely or
// strictly: phones are tested with it, before it is them who test.
type relay struct {
	scripted
	address netip.AddrPort
	users   map[string]string // user to contact
	lr      string
}

func (r *relay) Receive(_ time.Time, p machine.Packet, out *machine.Output) {
	if p.Message.IsRequest() {
		r.request(p, out)
		return
	}
	var edit sip.Edit
	edit.Reset(p.Message)
	edit.RemoveTopValues(sip.HeaderVia, 1)
	text := string(edit.Bytes())
	back, err := sip.Parse(text)
	if err != nil {
		return
	}
	via := back.TopVia()
	flow := p.Flow
	port := via.Params
	remote, _ := port.Get("rport")
	host, ok := port.Get("received")
	if !ok {
		host = via.Host
	}
	flow.Remote = netip.MustParseAddrPort(host + ":" + remote)
	out.Sends = append(out.Sends, machine.Send{To: flow, Data: []byte(text)})
}

func (r *relay) request(p machine.Packet, out *machine.Output) {
	m := p.Message
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(m.Branch()))
	var edit sip.Edit
	edit.Reset(m)
	edit.StampVia(p.Flow.Remote)
	edit.Prepend(sip.HeaderVia, fmt.Appendf(nil, "SIP/2.0/UDP %s;branch=z9hG4bKr%x", r.address, hash.Sum64()))
	next := m.RequestURI()
	if uri, err := sip.ParseURI(next); err == nil {
		if contact, ok := r.users[uri.User]; ok && uri.Host == "example.test" {
			next = contact
			edit.SetRequestURI(contact)
		}
	}
	switch top := between(m.TopValue(sip.HeaderRoute)); {
	case strings.HasPrefix(m.RequestURI(), "sip:"+r.address.String()):
		// A strict router's turn: the last Route is the target (§16.4).
		var routes []string
		for value := range m.Values(sip.HeaderRoute) {
			routes = append(routes, value)
		}
		next = between(routes[len(routes)-1])
		edit.SetRequestURI(next)
		edit.Remove(sip.HeaderRoute)
	case strings.HasPrefix(top, "sip:"+r.address.String()):
		edit.RemoveTopValues(sip.HeaderRoute, 1)
	}
	if m.Method() == sip.INVITE {
		edit.Prepend(sip.HeaderRecordRoute, []byte("<sip:"+r.address.String()+r.lr+">"))
	}
	uri, err := sip.ParseURI(next)
	address, ok := uri.Address()
	if err != nil || !ok {
		return
	}
	to := machine.Flow{Remote: netip.AddrPortFrom(address, uri.Port), Transport: machine.UDP}
	out.Sends = append(out.Sends, machine.Send{To: to, Data: edit.Bytes()})
}

func proxied(n *Network, lr string) (alice, bob *Phone, call *Call) {
	proxy := address("192.0.2.9:5060")
	n.Add(HostConfig{Name: "proxy", Listen: []Listener{{Address: proxy}}, Start: func(time.Time) machine.Machine {
		return &relay{address: proxy, lr: lr, users: map[string]string{"bob": "sip:bob@192.0.2.2:5060", "alice": "sip:alice@192.0.2.1:5060"}}
	}})
	alice = n.AddPhone(PhoneConfig{Name: "alice", Address: address("192.0.2.1:5060"), Proxy: proxy})
	bob = n.AddPhone(PhoneConfig{Name: "bob", Address: address("192.0.2.2:5060"), Proxy: proxy, Incoming: AnswerAfter(time.Second)})
	return alice, bob, alice.Call("sip:bob@example.test")
}

func TestDialogsFollowTheirRoute(t *testing.T) {
	for _, lr := range []string{";lr", ""} {
		err := Swarm{Seeds: 50}.Run(func(n *Network) (string, error) {
			_, bob, call := proxied(n, lr)
			if err := n.RunUntil(func() bool { return bob.LastCall() != nil && bob.LastCall().Acknowledged }, time.Minute); err != nil {
				return "", err
			}
			bob.LastCall().Reinvite()
			if err := n.RunUntil(func() bool { return bob.LastCall().ReinviteCode != 0 }, time.Minute); err != nil {
				return "", err
			}
			call.Reinvite()
			if err := n.RunUntil(func() bool { return call.ReinviteCode != 0 }, time.Minute); err != nil {
				return "", err
			}
			bob.LastCall().HangUp()
			if err := n.RunUntilQuiet(5 * time.Minute); err != nil {
				return "", err
			}
			for _, arrow := range n.Ladder().Arrows {
				if n.Ladder().Name(arrow.From) != "proxy" && n.Ladder().Name(arrow.To) != "proxy" {
					return "", fmt.Errorf("%s went past the proxy", arrow.Label)
				}
			}
			end := fmt.Sprintf("%d %d %d\n", call.ReinviteCode, bob.LastCall().ReinviteCode, bob.LastCall().ByeCode)
			if lr == "" { // a strict router is something to complain about
				bob.Complaints = nil
			}
			return end + n.EndState(), nil
		})
		if err != nil {
			t.Errorf("Record-Route with %q: %v", lr, err)
		}
	}
}

func TestCancelFollowsItsInvite(t *testing.T) {
	err := Swarm{Seeds: 50}.Run(func(n *Network) (string, error) {
		_, bob, call := proxied(n, ";lr")
		bob.Behave(RingForever())
		if err := n.RunUntil(func() bool { return bob.LastCall() != nil }, time.Minute); err != nil {
			return "", err
		}
		call.Cancel()
		if err := n.RunUntil(allOver(call, bob.LastCall()), time.Minute); err != nil {
			return "", err
		}
		err := n.RunUntilQuiet(5 * time.Minute)
		return n.EndState(), err
	})
	if err != nil {
		t.Error(err)
	}
}
