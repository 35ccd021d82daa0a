package task

import "iter"

// coroutine is a body that gives up control in suspend and gets it back in resume. The zero
// value has not begun.
type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

// begin makes the body resumable; nothing runs yet.
func (c *coroutine) begin(body func()) {
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		body()
	})
}

func (c *coroutine) begun() bool { return c.next != nil }

// resume runs the body to its next suspend, or to its end.
func (c *coroutine) resume() { c.next() }

// unwind has the suspend that the body waits in, and all later ones, return false; the body
// must end then.
func (c *coroutine) unwind() { c.stop() }

// suspend gives control back; only from within the body. It is false when the body must end.
func (c *coroutine) suspend() bool { return c.yield(struct{}{}) }
