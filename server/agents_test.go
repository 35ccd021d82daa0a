package server

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// bell is an agent for tests: it answers, plays what its address names, and hangs up. Where that can't be played
// it says so by a job, which leaves a file.
func bell(left string) resident {
	return resident{name: "bell", contact: ";automaton", packages: []string{"message-summary"}, install: func(_ *Server, a *ua.Agent) error {
		a.Handle(ua.Handlers{
			Invite: func(c *ua.Call) {
				a.Go("bell", func(t *task.Task) {
					uri, _ := sip.ParseURI(c.Target)
					source, _ := uri.Params.Get("play")
					if c.Answer() != nil {
						return
					}
					if c.Say(t, source) != nil {
						_, _ = a.Job(t, func() any { return os.WriteFile(left, nil, 0o600) })
					}
					c.HangUp()
				})
			},
			Subscribe: map[string]func(*ua.Subscription){"message-summary": func(s *ua.Subscription) {
				s.Accept(func(bool) (string, bool) { return "Messages-Waiting: no\r\n", true })
			}},
		})
		return nil
	}}
}

// agentServer is a running demo with agents, over UDP and TCP.
func agentServer(t *testing.T, list ...resident) (s *Server, end func()) {
	t.Helper()
	return agentServerWith(t, func(*config.Config) {}, list)
}

// agentServerWith is one with another configuration; nil: with the agents of every server.
func agentServerWith(t *testing.T, change func(c *config.Config), list []resident) (s *Server, end func()) {
	t.Helper()
	c := config.Demo()
	c.Data, c.Shutdown.Drain = t.TempDir(), 0
	c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	anywhere := netip.MustParseAddrPort("127.0.0.1:0")
	c.Listen = config.Listen{SIP: []config.Listener{{Transport: machine.UDP, Address: anywhere}, {Transport: machine.TCP, Address: anywhere}}, HTTP: anywhere}
	change(c)
	s, err := Open(Options{Config: c, Version: "test", residents: list})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	end = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(end)
	return s, end
}

// ear is a device that notes whether anything is heard.
type ear struct{ heard atomic.Bool }

func (e *ear) Rate() int         { return 8000 }
func (e *ear) Read([]int16) bool { return false }
func (e *ear) Write(frame []int16) {
	for _, sample := range frame {
		if sample > 100 {
			e.heard.Store(true)
			return
		}
	}
}

func agentPhone(t *testing.T, s *Server, transport machine.Transport, settings media.Settings) *phone.Phone {
	t.Helper()
	p, err := phone.Open(phone.Settings{
		User: "alice", Domain: "example.test", Password: "wonderland", Server: s.Addresses()[transport-machine.UDP], Transport: transport,
		Local: netip.MustParseAddrPort("127.0.0.1:0"), Media: phone.Engine(settings),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// await waits for an event of a phone.
func await(t *testing.T, p *phone.Phone, kind ua.Kind) ua.Event {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case event := <-p.Events():
			if e, ok := event.(ua.Event); ok && e.Kind == kind {
				return e
			}
		case <-limit:
			t.Fatalf("no event %s", phone.EventName(kind))
		}
	}
}

func call(t *testing.T, p *phone.Phone, target string) {
	t.Helper()
	p.Do(func(a *ua.Agent) {
		c, err := a.Invite(ua.Invitation{Target: target})
		if err != nil {
			t.Error(err)
			return
		}
		a.Attend(c)
	})
}

// TestAgents: a phone calls an agent of the server, hears it, and is hung up.
func TestAgents(t *testing.T) {
	t.Parallel()
	left := filepath.Join(t.TempDir(), "left")
	s, end := agentServer(t, resident{name: "nobody"}, bell(left))
	for _, transport := range []machine.Transport{machine.UDP, machine.TCP} {
		device := &ear{}
		p := agentPhone(t, s, transport, media.Settings{Device: device})
		call(t, p, "sip:bell@example.test;play=tone:beep")
		await(t, p, ua.Established)
		if e := await(t, p, ua.Ended); e.Code != 0 || !device.heard.Load() {
			t.Errorf("over %s: heard %v, %+v", transport, device.heard.Load(), e)
		}
		call(t, p, "sip:bell@example.test;play=file:nowhere")
		await(t, p, ua.Ended)
		if _, err := os.Stat(left); err != nil {
			t.Errorf("what can't be played ends at once, and a job is done: %v", err)
		}
		call(t, p, "sip:bell@example.test;play=nonsense")
		await(t, p, ua.Ended)
		call(t, p, "sip:nobody@example.test")
		if e := await(t, p, ua.Ended); e.Code != 404 {
			t.Errorf("who is not at home is not there: %+v", e)
		}
		var w *ua.Watching
		p.Do(func(a *ua.Agent) {
			var err error
			if w, err = a.Watch("sip:bob@example.test", sip.Event{Package: "message-summary"}, time.Hour); err != nil {
				t.Error(err)
			}
		})
		for told := false; !told; time.Sleep(time.Millisecond) {
			p.Do(func(*ua.Agent) { _, told = w.Documents.Take() })
		}
		p.Do(func(*ua.Agent) { w.Close() })
		_ = p.Close()
	}
	if info, err := os.Stat(filepath.Join(s.current().config.Data, voicemailFolder)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of recordings is the server's alone: %v %v", info, err)
	}
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	call(t, p, "sip:bell@example.test;play=tone:dial")
	await(t, p, ua.Established)
	end()
	await(t, p, ua.Ended)
	if free := s.agents[1].agent.Ports.Free(); free != portsAtOnce {
		t.Errorf("%d ports are free at the end, of %d", free, portsAtOnce)
	}
}

// TestAgentsAtOnce: many callers at once, over all sockets and shards; none is lost, nothing is left.
func TestAgentsAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := agentServer(t, bell(""))
	const each = 40
	var phones []*phone.Phone
	for _, transport := range []machine.Transport{machine.UDP, machine.TCP, machine.UDP} {
		phones = append(phones, agentPhone(t, s, transport, media.Settings{}))
	}
	for _, p := range phones {
		for range each {
			call(t, p, "sip:bell@example.test;play=tone:beep")
		}
	}
	for i, p := range phones {
		for n := range each {
			if e := await(t, p, ua.Ended); e.Code != 0 {
				t.Errorf("call %d of phone %d: %+v", n, i, e)
			}
		}
	}
	agent := s.agents[0]
	for settled := false; !settled; time.Sleep(time.Millisecond) {
		agent.mutex.Lock()
		load := agent.agent.Load()
		settled = load.String() == "" && len(agent.ports) == 0
		agent.mutex.Unlock()
	}
	if box := &agent.inbox; box.enter() {
		t.Errorf("%d letters are left", len(box.letters))
	}
}

// TestInbox: letters are taken by one at a time, in their order, and not beyond the limit.
func TestInbox(t *testing.T) {
	var box inbox
	for i := range MaxInbox + 1 {
		if ok := box.put(letter{flow: machine.AgentFlow(netip.AddrPort{}, uint16(i))}); ok != (i < MaxInbox) {
			t.Fatalf("letter %d: %v", i, ok)
		}
	}
	if !box.enter() || box.enter() {
		t.Error("one may enter, and no other")
	}
	for want := range MaxInbox {
		if l, ok := taken(&box); !ok || int(l.flow.Remote.Port()) != want {
			t.Fatalf("letter %d is %v", want, l.flow)
		}
		if want == 10 {
			box.leave()
			if !box.enter() {
				t.Error("who leaves lets another one in")
			}
		}
	}
	if _, ok := taken(&box); ok || box.enter() {
		t.Error("an empty inbox is left, and not entered")
	}
	if !box.put(letter{}) || !box.enter() {
		t.Error("until something comes again")
	}
}

// TestAgentsSeen: what passes inside is shown to who watches, once, and counted.
func TestAgentsSeen(t *testing.T) {
	t.Parallel()
	s, _ := agentServer(t, bell(""))
	one := &tap{queue: make(chan sight, MaxTraceQueue)}
	if !s.taps.add(one) {
		t.Fatal("nobody else watches")
	}
	defer s.taps.remove(one)
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	call(t, p, "sip:bell@example.test;play=tone:dial")
	await(t, p, ua.Established)
	if now := s.snapshot(); now.streaming != 1 || now.ports < portsAtOnce {
		t.Errorf("%d of %d ports are used", now.streaming, now.ports)
	}
	p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	limit, where := time.After(10*time.Second), machine.AgentFlow(s.Addresses()[0], 1).Remote
	var inside []string
	for len(inside) < 5 {
		select {
		case seen := <-one.queue:
			if seen.transport != machine.Inside {
				continue
			}
			if seen.remote != where || seen.local != s.Addresses()[0] || seen.agent != "bell" {
				t.Errorf("between %s and %s %q", seen.local, seen.remote, seen.agent)
			}
			m, err := sip.Parse(seen.text)
			if err != nil {
				t.Fatal(err)
			}
			inside = append(inside, fmt.Sprint(map[bool]string{true: "<"}[seen.in], m.Method(), m.StatusCode()))
		case <-limit:
			t.Fatalf("seen %v", inside)
		}
	}
	if got := fmt.Sprint(inside); got != "[INVITE0 <INVITE200 ACK0 BYE0 <BYE200]" {
		t.Errorf("seen %s", got)
	}
}

// TestFlushAlone: where nothing passes inside, letting a step out costs no allocation on their account.
func TestFlushAlone(t *testing.T) {
	s := openPages(t)
	b, shard := s.newBatch(), s.calls[0]
	now := time.Now()
	if allocations := testing.AllocsPerRun(100, func() {
		b.close(shard.gate.draw(), shard.gate, shard)
		b.flush(now)
	}); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestFewPorts: however few ports there are for RTP, each agent has some.
func TestFewPorts(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) { c.Media.First, c.Media.Last = 34_500, 34_599 }, nil)
	for _, a := range s.agents {
		a.mutex.Lock()
		if a.agent != nil && a.registration == nil {
			a.refill()
			if a.agent.Ports.Free() == 0 {
				t.Errorf("%s has no port", a.name)
			}
		}
		a.mutex.Unlock()
	}
}
