package ua

import "hookflash/media/graph"

// playerEnded tells whoever waits that a player or recorder is done.
func (a *Agent) playerEnded(e graph.Ended) {
	if q := a.players[e.Node]; q != nil {
		delete(a.players, e.Node)
		q.Put(e)
	}
}
