package flow

import (
	"fmt"
	"time"

	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// act has a person do one of order.Actions with the call that they have with somebody, and waits for
// what becomes of it.
func (s *stage) act(who, action, other string, more func(r *order.Request)) error {
	return s.begin(who, action, other, more)()
}

// begin is act without the waiting, which is what it returns: for what takes as long as others let it.
func (s *stage) begin(who, action, other string, more func(r *order.Request)) (ended func() error) {
	wanted, ok := order.Find(action)
	if !ok {
		return func() error { return fmt.Errorf("there is no action %s", action) }
	}
	result := make(chan error, 1)
	do := func(a *ua.Agent, c *ua.Call) {
		r := order.Request{Agent: a, Call: c}
		if more != nil {
			more(&r)
		}
		a.Go(action, func(t *task.Task) { result <- wanted.Run(t, r) })
	}
	if other == "" {
		s.people[who].phone.Do(func(a *ua.Agent) { do(a, nil) })
	} else if err := s.with(who, other, func(c *ua.Call) { do(c.Agent(), c) }); err != nil {
		return func() error { return err }
	}
	return func() error {
		select {
		case err := <-result:
			if err != nil {
				return fmt.Errorf("%s at %s's phone: %w", action, who, err)
			}
			return nil
		case <-time.After(patience + ringTime):
			return fmt.Errorf("%s at %s's phone: not done within %v", action, who, patience+ringTime)
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// contact is where the phone of a person is reached, its GRUU.
func (s *stage) contact(name string) (uri string) {
	s.people[name].phone.Do(func(a *ua.Agent) { uri = a.ContactURI() })
	return uri
}
