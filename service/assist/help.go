package assist

import (
	"time"

	"hookflash/b2bua"
	"hookflash/task"
	"hookflash/ua"
)

// Help reads the codes to a user that can be pressed in the call. A key ends that.
//
//	Alice          bridge          Bob
//	  |               |    "*9"      |
//	  |     music     |<=============|
//	  |<==============|    codes     |
//	  |               |=============>|
//	  |      both way RTP            |
//	  |<=============>|<============>|
func Help(t *task.Task, p b2bua.Press) {
	c := p.Leg.Conversation()
	defer c.Keep()()
	x := aloneWith(t, p.Leg)
	defer x.back()
	var sources []string
	s := c.Exchange().Settings()
	for _, code := range s.Codes {
		if s.Do[code.Does] != nil {
			sources = append(append(sources, x.voice.Spell(code.Code)...), x.voice.Prompt("help-"+code.Does))
		}
	}
	_, _ = p.Leg.Call.Ask(t, ua.Prompt{Sources: sources, Interruptible: true, Timeout: time.Millisecond})
}
