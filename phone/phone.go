package phone

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/task"
	"hookflash/transport"
	"hookflash/ua"
)

// Phone is one running phone. Its methods may be called from any goroutine.
type Phone struct {
	settings Settings
	udp      *transport.UDP // nil over TCP and TLS
	streams  *transport.Streams
	media    Media
	events   chan any
	wake     chan struct{} // the timekeeper is to look again
	done     chan struct{} // closed: nothing is stepped any more
	jobs     chan struct{} // as many as run
	running  sync.WaitGroup

	// What follows is guarded by mutex. It is held while a step's output leaves, so that outputs leave in the
	// order of the steps; neither sockets nor media make anybody wait for long.
	mutex        sync.Mutex
	agent        *ua.Agent
	person       person
	out          machine.Output
	told         int          // events of out that the person knows already
	arriving     machine.Flow // of the packet that is being stepped
	taken        map[portHolder]uint16
	next, armed  time.Time // of the timekeeper
	lost         int
	ended        bool
	registration chan struct{} // closed at the first answer of the registrar
	registered   error
	answered     bool
	retry        *task.Task    // registers over a new connection; nil: none
	wait         time.Duration // of the last one
	reconnected  time.Time
	unsent       error         // why the last message that could not be sent on a stream was not
	mailbox      *ua.Watching  // what waits there; nil: nobody wants to know, or can
	idle         chan struct{} // of Close: closed, and nil, when no task is left
}

// portHolder is the stream that has a port.
type portHolder = graph.Node

// Events gives what happens, in its order: values of ua.Event and Outcome. It is closed by Close, when the
// last one has been read. Whoever does not read loses events beyond MaxEvents, and nothing else.
func (p *Phone) Events() <-chan any { return p.events }

// Lost counts the events that nobody read in time.
func (p *Phone) Lost() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.lost
}

// Settings are those it was opened with.
func (p *Phone) Settings() Settings { return p.settings }

// Do runs a function as a step of the agent; nothing of the agent may be touched elsewhere. It does
// nothing once the phone is closed, and must not be called from within a step.
func (p *Phone) Do(step func(a *ua.Agent)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.agentStep(time.Now(), func() { step(p.agent) })
}

// Registered waits for the registrar's first answer. The error is that answer where it is a
// refusal (*sip.StatusError), the context's, or ErrClosed.
func (p *Phone) Registered(ctx context.Context) error {
	if p.settings.Direct {
		return nil
	}
	select {
	case <-p.registration:
		return p.registered
	case <-ctx.Done():
		return fmt.Errorf("register at %s: %w", p.settings.Server, ctx.Err())
	case <-p.done:
		return ErrClosed
	}
}

// closePatience is how long the far sides may take to hear that the phone is going.
const closePatience = 2 * time.Second

// Close hangs up, takes the registration back, and closes everything.
func (p *Phone) Close() error {
	p.mutex.Lock()
	if p.ended || p.person.leaving {
		p.mutex.Unlock()
		<-p.done
		return nil
	}
	p.person.leaving = true
	idle := make(chan struct{})
	p.idle = idle
	p.agentStep(time.Now(), func() {
		p.retry.Stop()
		for _, w := range p.person.lamps {
			w.Close()
		}
		clear(p.person.lamps)
		if p.mailbox != nil {
			p.mailbox.Close()
		}
		for _, c := range p.agent.Calls() {
			c.HangUp()
		}
	})
	p.mutex.Unlock()
	await(idle)
	p.unregister()

	p.mutex.Lock()
	p.ended = true
	p.agent.Stop(time.Now(), &machine.Output{})
	close(p.done)
	p.mutex.Unlock()
	var failures []error
	if p.udp != nil {
		failures = append(failures, p.udp.Close())
	}
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	_ = p.streams.Close(ctx) // what could not be written any more is lost
	failures = append(failures, p.media.Close())
	p.running.Wait()
	close(p.events)
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("close the phone: %w", err)
	}
	return nil
}

// unregister takes the registration back, and waits for the answer.
func (p *Phone) unregister() {
	gone := make(chan struct{})
	p.mutex.Lock()
	wanted := !p.settings.Direct && p.answered && p.registered == nil
	if wanted {
		p.agentStep(time.Now(), func() { p.agent.Unregister(func(ua.Response) { close(gone) }) })
	}
	p.mutex.Unlock()
	if wanted {
		await(gone)
	}
}

// await waits until something has happened, or patience ends.
func await(happened <-chan struct{}) {
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	select {
	case <-happened:
	case <-patience.C:
	}
}
