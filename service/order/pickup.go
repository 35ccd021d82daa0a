package order

import (
	"hookflash/service/pickup"
	"hookflash/task"
)

// pickUp takes the call that rings at a user, a group or one telephone.
func pickUp(t *task.Task, r Request) error {
	if r.Target == "" {
		return ErrTarget
	}
	_, err := pickup.Pickup(t, r.Agent, r.Target)
	return err
}
