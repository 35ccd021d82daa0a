package office

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hookflash/media/graph"
)

// patchPanel is what a phone or an agent of the server asked of its media side.
type patchPanel struct {
	host    netip.Addr
	ports   map[graph.Node]uint16
	set     map[graph.Node]graph.Set
	rooms   map[graph.Node]graph.Room
	muted   map[graph.Node]bool
	players map[graph.Node]graph.Play
	free    func(port uint16) // takes the port of a stream that was closed
	sounds  map[graph.Node]*sound
}

func newPatchPanel(host netip.Addr, free func(port uint16)) patchPanel {
	return patchPanel{
		host: host, free: free, ports: map[graph.Node]uint16{}, set: map[graph.Node]graph.Set{},
		rooms: map[graph.Node]graph.Room{}, muted: map[graph.Node]bool{}, players: map[graph.Node]graph.Play{},
		sounds: map[graph.Node]*sound{},
	}
}

func (p *patchPanel) apply(changes []any) {
	for _, change := range changes {
		switch change := change.(type) {
		case graph.Open:
			p.ports[change.Stream] = change.Port
		case graph.Set:
			p.set[change.Stream] = change
		case graph.Join:
			p.rooms[change.Node], p.muted[change.Node] = change.Room, change.Mute
		case graph.Leave:
			delete(p.rooms, change.Node)
		case graph.Play:
			p.players[change.Player] = change
		case graph.Close:
			if port, open := p.ports[change.Node]; open {
				p.free(port)
			}
			delete(p.muted, change.Node)
			delete(p.ports, change.Node)
			delete(p.set, change.Node)
			delete(p.rooms, change.Node)
			delete(p.players, change.Node)
			delete(p.sounds, change.Node)
		}
	}
}

// left counts the nodes that are somewhere, or were set to something.
func (p *patchPanel) left() int {
	return len(p.ports) + len(p.set) + len(p.rooms) + len(p.players) + len(p.sounds)
}

// Hearing is who hears whom, a line for each who hears somebody: people and agents by their names, players as
// NAME's SOURCE. An agent hears what it records.
func (o *Office) Hearing() string {
	var b strings.Builder
	for _, listener := range o.parties {
		var heard []string
		for _, speaker := range o.parties {
			if speaker != listener && o.reaches(speaker, graph.Device, listener) {
				heard = append(heard, speaker.name)
			}
			for node, play := range speaker.patch.players {
				if play.Source != "silence" && o.reaches(speaker, node, listener) {
					heard = append(heard, speaker.name+"'s "+play.Source)
				}
			}
		}
		if len(heard) > 0 {
			slices.Sort(heard)
			fmt.Fprintf(&b, "%s hears %s\n", listener.name, strings.Join(heard, ", "))
		}
	}
	return b.String()
}

// party is who has a media side: a desk, or an agent of the server.
type party struct {
	name  string
	patch patchPanel
	tell  func(event any) // of package graph
}

// hop is a node of a party that sound comes out of.
type hop struct {
	party *party
	node  graph.Node
}

// reaches follows the sound of a node through rooms and streams to a listener: to the device of a desk, to
// a recorder of an agent.
func (o *Office) reaches(from *party, node graph.Node, listener *party) bool {
	seen := map[hop]bool{}
	queue := []hop{{from, node}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		panel := &at.party.patch
		room, in := panel.rooms[at.node]
		if !in || panel.muted[at.node] {
			continue
		}
		for other, otherRoom := range panel.rooms {
			if otherRoom != room || other == at.node {
				continue
			}
			if at.party == listener && (other == graph.Device || panel.records(other)) {
				return true
			}
			if next, ok := o.across(at.party, other); ok {
				queue = append(queue, next)
			}
		}
	}
	return false
}

// across is the stream at the far side that takes what a stream sends.
func (o *Office) across(p *party, stream graph.Node) (hop, bool) {
	sent, ok := p.patch.set[stream]
	if !ok || !sent.Send {
		return hop{}, false
	}
	source := netip.AddrPortFrom(p.patch.host, p.patch.ports[stream])
	for _, far := range o.parties {
		for node, port := range far.patch.ports {
			taken := far.patch.set[node]
			if netip.AddrPortFrom(far.patch.host, port) == sent.Remote && taken.Receive && taken.Remote == source {
				return hop{far, node}, true
			}
		}
	}
	return hop{}, false
}
