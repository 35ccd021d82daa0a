package ua

import "hookflash/media/graph"

// Attend lets the person at the phone talk in a call: the device moves to its room. nil: nowhere.
func (a *Agent) Attend(c *Call) {
	if c == nil {
		a.Media(graph.Leave{Node: graph.Device})
		return
	}
	a.Media(graph.Join{Room: c.Room, Node: graph.Device})
}
