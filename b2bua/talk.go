package b2bua

import (
	"hookflash/task"
	"hookflash/ua"
)

// Connect is Ring, then Talk: it returns nil when both have talked and hung up.
func Connect(t *task.Task, n Connection) error {
	callee, err := Ring(t, n)
	if err != nil {
		return err
	}
	Talk(t, n.Caller, callee)
	return nil
}

// Talk lets the two sides hear each other, until one of them hangs up: then it hangs up the other. A caller who was
// not answered yet is answered first.
//
//	Caller            Agent           Target
//	  |      200 F1     |               |
//	  |<----------------|               |
//	  |      ACK F2     |               |
//	  |---------------->|               |
//	  |         both way RTP            |
//	  |<===============>|<=============>|
//	  |                 |     BYE F3    |
//	  |                 |<--------------|
//	  |                 |     200 F4    |
//	  |      BYE F5     |-------------->|
//	  |<----------------|               |
//	  |      200 F6     |               |
//	  |---------------->|               |
func Talk(t *task.Task, caller, callee *ua.Call) {
	defer caller.HangUp() // F5
	defer callee.HangUp()
	ends := caller.Watch()
	defer caller.Unwatch(ends)
	left := callee.Watch()
	defer callee.Unwatch(left)
	if caller.State == ua.Alerting || caller.State == ua.Trying {
		if caller.Answer() != nil { // F1
			return
		}
	}
	callee.Enter(caller.Room)
	for caller.State != ua.Over && callee.State != ua.Over {
		switch t.First(ends, left) {
		case 0:
			ends.Take()
		case 1:
			left.Take()
		}
	}
}
