package order

import (
	"hookflash/service/redial"
	"hookflash/task"
	"hookflash/ua"
)

// What phones keep of their redials: package redial.
type (
	Redials        = redial.List
	RedialSettings = redial.Settings
	RedialRefusal  = redial.Refusal
	RedialPending  = redial.Pending
	RedialReady    = redial.Ready
	RedialOver     = redial.Over
)

// NewRedials makes the list of a phone.
func NewRedials(a *ua.Agent, s RedialSettings) *Redials { return redial.NewList(a, s) }

// redialWhenFree waits until the target is free, and calls.
func redialWhenFree(t *task.Task, r Request) error {
	if r.Target == "" {
		return ErrTarget
	}
	_, err := redial.WhenFree(t, r.Agent, redial.Wish{Target: r.Target})
	return err
}
