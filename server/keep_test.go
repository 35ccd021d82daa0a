package server

import (
	"encoding/json"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/ua"
)

// jukebox is an agent for tests: it plays a tone to whoever calls, and goes on with that in the next process.
func jukebox() resident {
	return resident{name: "jukebox", contact: ";automaton", install: func(_ *Server, a *ua.Agent) error {
		play := func(c *ua.Call) {
			c.Sound("tone:440")
			save := func() {
				saved, _ := c.Save()
				value, err := json.Marshal(saved)
				if err == nil {
					err = a.Keep("listening", c.Dialog().CallID, value)
				}
				if err != nil {
					panic(err)
				}
			}
			c.Preserve(save)
			save()
		}
		a.Begin(func() {
			for id, value := range a.Kept("listening") {
				var saved ua.Saved
				if err := json.Unmarshal(value, &saved); err != nil {
					panic(err)
				}
				c, err := a.Restore(saved)
				if err != nil {
					_ = a.Keep("listening", id, nil)
					continue
				}
				play(c)
			}
		})
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			if c.Answer() == nil {
				play(c)
			}
		}})
		return nil
	}}
}

// TestRestarted: whose agents preserve their calls, that server can be restarted while they are up.
func TestRestarted(t *testing.T) {
	var before *config.Config
	first, end := agentServerWith(t, func(c *config.Config) { before = c }, []resident{jukebox()})
	for i := range before.Listen.SIP {
		before.Listen.SIP[i].Address = first.Addresses()[i]
	}
	ear := &ear{}
	p := agentPhone(t, first, machine.UDP, media.Settings{Device: ear})
	call(t, p, "sip:jukebox@example.test")
	await(t, p, ua.Established)
	heard := func(reason string) {
		t.Helper()
		ear.heard.Store(false)
		for deadline := time.Now().Add(20 * time.Second); !ear.heard.Load(); time.Sleep(tick) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing is heard", reason)
			}
		}
	}
	heard("before")
	end()
	second, end := agentServerWith(t, func(c *config.Config) { *c = *before }, []resident{jukebox()})
	heard("after a restart")
	p.Do(func(a *ua.Agent) {
		if calls := a.Calls(); len(calls) != 1 || calls[0].Number != 1 {
			t.Errorf("%d calls, want the one of before", len(calls))
		}
		a.Calls()[0].HangUp()
	})
	for deadline := time.Now().Add(20 * time.Second); second.agentsBusy(); time.Sleep(tick) {
		if time.Now().After(deadline) {
			t.Fatal("the agent does not hear of the BYE")
		}
	}
	end()
}

// TestNotKept: what an agent could not keep is not answered as if it were, and the agent tries again.
func TestNotKept(t *testing.T) {
	notebook := resident{name: "notebook", install: func(_ *Server, a *ua.Agent) error {
		a.Handle(ua.Handlers{Message: func(l ua.Letter) int {
			if a.Keep("letter", "last", []byte(l.Text)) != nil {
				return 500
			}
			return 200
		}})
		return nil
	}}
	s, end := agentServer(t, notebook)
	defer end()
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	write := func(text string) int {
		codes := make(chan int, 1)
		p.Do(func(a *ua.Agent) {
			if err := a.Write(ua.Letter{To: "sip:notebook@example.test", Text: text}, func(r ua.Response) { codes <- r.Code }); err != nil {
				t.Error(err)
			}
		})
		return <-codes
	}
	if code := write("one"); code != 200 || string(s.bindings.Kept("letter")["last"]) != "one" {
		t.Errorf("%d, and %q is kept", code, s.bindings.Kept("letter")["last"])
	}
	if !s.kept(s.agents[0]) {
		t.Error("it was kept")
	}
	if err := s.bindings.Close(); err != nil { // nothing can be written any more
		t.Fatal(err)
	}
	s.store.Bindings = nil // it is not to be closed again
	if code := write("two"); code != 500 {
		t.Errorf("%d, and it is not kept", code)
	}
	if got := s.bindings.Kept("letter")["last"]; string(got) != "one" {
		t.Errorf("%q is kept", got)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(tick) {
		s.agents[0].mutex.Lock()
		next := s.agents[0].agent.Next()
		s.agents[0].mutex.Unlock()
		if left := time.Until(next); !next.IsZero() && left > 0 && left <= 2*time.Second {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not tried again")
		}
	}
}
