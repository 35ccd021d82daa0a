package transport

import (
	"context"
)

// HangUp closes a connection at once. One that is closed already is no error.
func (s *Streams) HangUp(number uint64) {
	s.mutex.Lock()
	c := s.connections[number]
	s.mutex.Unlock()
	if c != nil {
		c.end(ErrHungUp)
	}
}

// Close stops listening and dialling, lets connections write what is queued until ctx
// is done, closes them, and returns when the last goroutine is gone. The error is ctx's
// if something queued was given up.
func (s *Streams) Close(ctx context.Context) error {
	connections := s.shut()
	s.cancel()
	for _, c := range connections {
		c.drain()
	}
	gone := make(chan struct{})
	go func() {
		s.group.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	for _, c := range connections {
		c.end(ErrShutdown)
	}
	<-gone
	return ctx.Err()
}

// shut lets nothing new in and returns what is there.
func (s *Streams) shut() []*connection {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.closing = true
	for _, listener := range s.listeners {
		_ = listener.Close() // nothing is accepted any more, which is all we want
	}
	connections := make([]*connection, 0, len(s.connections))
	for _, c := range s.connections {
		connections = append(connections, c)
	}
	return connections
}

// drain ends the connection, after what is queued if it is open.
func (c *connection) drain() {
	c.mutex.Lock()
	c.closing = true
	c.goodbye = c.passable && c.web != nil && c.ended == nil
	c.finally = c.writing && !c.goodbye
	wait := c.finally || c.goodbye
	c.mutex.Unlock()
	if c.goodbye {
		_ = c.conn.SetReadDeadline(past) // wakes the reader
	}
	if !wait {
		c.end(ErrShutdown)
	}
}
