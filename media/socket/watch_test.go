package socket

import (
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	sender := listen(t, "127.0.0.1")
	w, err := NewWatch()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	var sockets []*Socket
	for i := range 3 {
		s := listen(t, "127.0.0.1")
		sockets = append(sockets, s)
		if err := w.Add(s, uint64(i)<<40|7); err != nil {
			t.Fatal(err)
		}
	}
	keys := make([]uint64, 8)
	batch := NewBatch()
	ready := func() int {
		for range 1000 {
			if n := w.Ready(keys); n > 0 {
				return n
			}
			time.Sleep(time.Millisecond)
		}
		return 0
	}
	if n := w.Ready(keys); n != 0 {
		t.Errorf("nothing has come, and %d are ready", n)
	}
	for round := range 2 {
		if err := sender.Send([]byte{1}, sockets[2].Local()); err != nil {
			t.Fatal(err)
		}
		if n := ready(); n != 1 || keys[0] != 2<<40|7 {
			t.Errorf("round %d: %d are ready: %x", round, n, keys[:n])
		}
		if sockets[2].Receive(batch) != 1 {
			t.Errorf("round %d: it has come", round)
		}
		if n := w.Ready(keys); n != 0 {
			t.Errorf("round %d: %d are ready when all was received", round, n)
		}
	}
	w.Remove(sockets[0])
	for _, s := range sockets[:2] {
		if err := sender.Send([]byte{1}, s.Local()); err != nil {
			t.Fatal(err)
		}
	}
	if n := ready(); n != 1 || keys[0] != 1<<40|7 {
		t.Errorf("the one that is still watched: %x", keys[:n])
	}
	if n := w.Ready(nil); n != 0 {
		t.Errorf("%d of none", n)
	}
}
