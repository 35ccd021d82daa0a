package directory

import (
	"fmt"
	"slices"
)

// checkGroup checks a group: users who are there, each once.
func (k *check) checkGroup(g *Group) {
	path := "groups[" + g.Name + "]"
	k.own(path, g.Name, k.findUser(g.Name) != nil, "user")
	k.printable(path+".display", g.Display)
	k.numbers(path, g.Name, g.Numbers)
	k.ring(path+".ring", g.Ring)
	k.music(path+".music", g.Music)
	if !g.NoAnswer.IsZero() {
		k.target(path+".no-answer", g.NoAnswer, nil)
	}
	switch {
	case len(g.Members) == 0:
		k.wrong(path+".members", "nobody would be called", "name at least one user")
	case len(g.Members) > MaxMembers:
		k.wrong(path+".members", fmt.Sprintf("has %d entries", len(g.Members)), fmt.Sprintf("keep at most %d", MaxMembers))
		return
	case len(g.Members) > MaxTargets && !g.InTurn:
		k.wrong(path+".members", fmt.Sprintf("%d users can't ring all at once", len(g.Members)), fmt.Sprintf("keep at most %d, or write in-turn: true", MaxTargets))
	}
	for i, name := range g.Members {
		at := fmt.Sprintf("%s.members[%d]", path, i)
		switch {
		case slices.Contains(g.Members[:i], name):
			k.wrong(at, fmt.Sprintf("%q stands there twice", name), "remove one of the two")
		case k.findUser(name) != nil:
		case k.findGroup(name) != nil:
			k.wrong(at, fmt.Sprintf("%q is a group", name), "name its members instead")
		default:
			k.wrong(at, fmt.Sprintf("there is no user %q", name), "name one that is there, or create it first")
		}
	}
}
