package b2bua

import (
	"encoding/json"

	"hookflash/ua"
)

// Kind is what conversations are kept as that outlive the process (ua.Agent.Keep), by the Call-ID of their first leg.
const Kind = "bridged"

// keepsake is a conversation as it is kept.
type keepsake struct{ Legs []keptLeg }

type keptLeg struct {
	Call     ua.Saved
	User, By string `json:",omitempty"`
	Party    ua.Party
}

// preserve keeps the conversation when one of its calls is to outlive the process, such as that to the place where the
// others are parked; it is called whenever the legs have changed.
func (c *Conversation) preserve() {
	lasts := c.exchange.settings.Lasts
	if lasts == nil {
		return
	}
	lasting := false
	for _, l := range c.legs {
		lasting = lasting || c.alive && len(c.legs) > 1 && lasts(l.Call)
	}
	if lasting == (c.id != "") && !lasting {
		return
	}
	if !lasting {
		for _, l := range c.legs {
			l.Call.Preserve(nil)
		}
		_ = c.exchange.agent.Keep(Kind, c.id, nil)
		c.id = ""
		return
	}
	if c.id == "" {
		c.id = c.legs[0].Call.Dialog().CallID
	}
	for _, l := range c.legs {
		l.Call.Preserve(c.save)
	}
	c.save()
}

// save keeps the conversation as it is. One that is too large is not kept.
func (c *Conversation) save() {
	if c.id == "" || !c.alive {
		return
	}
	var kept keepsake
	for _, l := range c.legs {
		if call, ok := l.Call.Save(); ok {
			kept.Legs = append(kept.Legs, keptLeg{Call: call, User: l.User, By: l.By, Party: l.Party})
		}
	}
	if value, err := json.Marshal(kept); err == nil && len(kept.Legs) > 1 {
		_ = c.exchange.agent.Keep(Kind, c.id, value)
	}
}

// restore takes up the conversations that the process before has kept. A call that its far side knows no more ends, and
// with it who is left alone.
func (e *Exchange) restore() {
	type entry struct {
		id string
		keepsake
	}
	var kept []entry
	for id, value := range e.agent.Kept(Kind) {
		k := entry{id: id}
		if json.Unmarshal(value, &k.keepsake) != nil {
			k.Legs = nil
		}
		kept = append(kept, k)
	}
	for _, k := range kept {
		e.takeUp(k.id, k.keepsake)
	}
}

func (e *Exchange) takeUp(id string, kept keepsake) {
	var c *Conversation
	for _, saved := range kept.Legs {
		call, err := e.agent.Restore(saved.Call)
		if err != nil {
			continue
		}
		if c == nil {
			c = e.begin(call)
			defer c.Keep()()
			c.id = id
		} else {
			c.Add(call)
		}
		l := e.legs[call]
		l.User, l.By, l.Party = saved.User, saved.By, saved.Party
	}
	if c == nil {
		_ = e.agent.Keep(Kind, id, nil)
	}
}
