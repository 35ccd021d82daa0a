package ua_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hookflash/media/graph"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// killed has the process of the agent die, and the next one make a call of what was saved.
func (b *bench) killed(call *ua.Call, change ...func(s *ua.Saved)) *ua.Call {
	b.Helper()
	saved, ok := call.Save()
	if !ok {
		b.Fatal("an established call can't be saved")
	}
	text, err := json.Marshal(saved)
	if err != nil {
		b.Fatal(err)
	}
	var read ua.Saved
	if err := json.Unmarshal(text, &read); err != nil {
		b.Fatal(err)
	}
	for _, c := range change {
		c(&read)
	}
	settings := b.a.Settings()
	settings.Seed = [32]byte{2}
	next := newBench(b.T)
	next.a, next.now, next.number = ua.New(settings, b.now), b.now, b.number
	for port := range uint16(40) {
		next.a.Ports.Add(20000 + 2*port)
	}
	*b = *next
	b.handle(ua.Handlers{})
	var restored *ua.Call
	b.do(func(a *ua.Agent) {
		if restored, err = a.Restore(read); err != nil {
			b.Fatal(err)
		}
	})
	return restored
}

// set is what the stream of a call was set to.
func (b *bench) set(c *ua.Call) graph.Set {
	s := b.open[c.Stream()]
	s.Stream = 0
	return s
}

// TestRestore: the next process goes on with a call as the one before left it.
func TestRestore(t *testing.T) {
	secure := func(s *ua.Settings) { s.Secure = sdp.Required }
	const keys = "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n"
	for _, test := range []struct {
		reason   string
		begin    func(b *bench) (*far, *ua.Call)
		settings func(*ua.Settings)
	}{
		{"they called", func(b *bench) (*far, *ua.Call) {
			return b.incoming(offer, "Allow: INVITE, UPDATE", "Supported: replaces, timer")
		}, nil},
		{"we called", func(b *bench) (*far, *ua.Call) {
			return b.outgoing("Allow: INVITE, UPDATE", "Record-Route: <sip:192.0.2.10;lr>")
		}, nil},
		{"with SRTP", func(b *bench) (*far, *ua.Call) {
			return b.incoming(strings.Replace(offer, "m=audio 4000 RTP/AVP 0\r\n", keys, 1), "Allow: INVITE, UPDATE")
		}, secure},
		{"they hold us", func(b *bench) (*far, *ua.Call) { return b.incoming(offer+"a=sendonly\r\n", "Allow: INVITE, UPDATE") }, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			if test.settings != nil {
				b = newBench(t, test.settings)
			}
			b.handle(ua.Handlers{})
			f, before := test.begin(b)
			was, stream := *before, b.set(before)
			c := b.killed(before)
			if diff := cmp.Diff(was, *c, cmpopts.IgnoreUnexported(ua.Call{}), cmpopts.IgnoreFields(ua.Call{}, "Room", "Successor")); diff != "" {
				t.Errorf("another call (-before +after):\n%s", diff)
			}
			b.want("the same dialog", c.Dialog(), was.Dialog())
			b.want("the same stream", b.set(c), stream)
			if stream.Remote.Port() == 0 || c.Stream() == 0 {
				t.Errorf("no stream: %+v", stream)
			}
			b.until(time.Second)
			probe := b.next("the far side is asked", "UPDATE")
			b.want("in sequence", probe.CSeq(), was.Dialog().Sequence+1)
			b.receive(f.response(probe, "200 OK"))
			b.silent("it stands")

			f.peer = c.Dialog().LocalTag
			f.sequence = max(f.sequence, 10)
			b.receive(f.request("INVITE", offer+"a=inactive\r\n"))
			if test.settings != nil {
				b.next("without keys", "488 INVITE")
				b.receive(f.refused())
			} else {
				answer := b.next("re-INVITE", "200 INVITE")
				b.want("on the same port", strings.Contains(answer.Body(), "m=audio 20000 "), true)
				b.receive(f.request("ACK"))
				b.want("they hold us", c.HeldByThem, true)
			}
			b.do(func(*ua.Agent) { c.HangUp() })
			bye := b.next("we hang up", "BYE")
			b.want("in sequence", bye.CSeq(), probe.CSeq()+1)
			b.receive(f.response(bye, "200 OK"))
			b.gone("in the end")
		})
	}
}

// TestRestoreLost: what becomes of a call is asked at once.
func TestRestoreLost(t *testing.T) {
	for _, test := range []struct {
		reason  string
		answers []string // to one question after the other; "": none
		code    int      // of its end; 0: it stands
	}{
		{"they know it", []string{"200 OK"}, 0},
		{"they don't", []string{"481 Gone"}, 481},
		{"they say nothing", []string{""}, 408},
		{"there is nobody", []string{"404 Not Found"}, 404},
		{"their connection is gone, and comes back", []string{"480 Away", "430 Flow Failed", "503 No", "200 OK"}, 0},
		{"their connection does not come back", []string{"480 A", "480 B", "480 C", "480 D", "480 E", "480 F"}, 480},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t).handle(ua.Handlers{})
			f, call := b.incoming(offer, "Allow: INVITE, UPDATE")
			c := b.killed(call)
			b.until(time.Second)
			for i, answer := range test.answers {
				if i > 0 {
					b.until(2 * probeAgain)
				}
				m := b.next("it is asked", "UPDATE")
				if answer == "" {
					b.run(40 * time.Second)
					b.skip("nobody answers", "BYE")
					break
				}
				b.receive(f.response(m, answer))
			}
			if test.code == 0 {
				b.want("it stands", c.State, ua.Talking)
				b.silent("it stands")
				f.peer = c.Dialog().LocalTag
				b.receive(f.request("BYE"))
				b.next("they hang up", "200 BYE")
			} else {
				b.want("it is over", c.State, ua.Over)
				b.want("it is over", b.ended().Code, test.code)
			}
			b.gone("in the end")
		})
	}
}

const probeAgain = 10 * time.Second

// TestRestoreElsewhere: somebody else has the port.
func TestRestoreElsewhere(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming(offer, "Allow: INVITE, UPDATE")
	c := b.killed(call, func(s *ua.Saved) { s.Port = 12 })
	b.want("no stream yet", c.Stream(), 0)
	b.until(time.Second)
	invite := b.next("they are told of another port", "INVITE")
	b.want("another port", strings.Contains(invite.Body(), "m=audio 20000 "), true)
	b.receive(f.response(invite, "200 OK", offer))
	b.next("it is acknowledged", "ACK")
	b.want("it is open", b.set(c).Send, true)
}

// TestRestoreTimer: the session timer goes on from when the session was refreshed last (RFC 4028).
func TestRestoreTimer(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.outgoing("Allow: INVITE, UPDATE", "Session-Expires: 1800;refresher=uac", "Require: timer")
	b.run(15*time.Minute - 1)
	c := b.killed(call)
	b.until(time.Second)
	refresh := b.next("a refresh", "UPDATE")
	b.want("of the timer that was agreed", refresh.Header(sip.HeaderSessionExpires), "1800;refresher=uac")
	b.receive(f.response(refresh, "200 OK", "Session-Expires: 1800;refresher=uac"))
	b.run(15 * time.Minute)
	b.receive(f.response(b.next("the next one", "UPDATE"), "200 OK", "Session-Expires: 1800;refresher=uac"))
	b.want("it stands", c.State, ua.Talking)

	b = newBench(t).handle(ua.Handlers{})
	f, call = b.outgoing("Allow: INVITE, UPDATE", "Session-Expires: 1800;refresher=uas", "Require: timer")
	b.run(20 * time.Minute)
	c = b.killed(call)
	b.until(time.Second)
	b.receive(f.response(b.next("they are asked all the same", "UPDATE"), "503 Later"))
	b.run(5 * time.Second)
	f.peer, f.sequence = c.Dialog().LocalTag, 50
	b.receive(f.request("UPDATE", "Session-Expires: 1800;refresher=uac", "Supported: timer"))
	b.next("they refresh", "200 UPDATE")
	b.until(2 * probeAgain)
	b.receive(f.response(b.next("asked again", "UPDATE"), "200 OK", "Session-Expires: 1800;refresher=uas"))
	b.run(29*time.Minute + 28*time.Second - time.Second)
	b.want("it stands", c.State, ua.Talking)
	b.run(time.Second)
	b.next("they did not refresh", "BYE")
}

// TestRestoreStray: the 2xx to a re-INVITE of the process before is acknowledged.
func TestRestoreStray(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming(offer)
	b.do(func(a *ua.Agent) { b.task(func(t *task.Task) error { return call.Hold(t) }) })
	invite := b.next("a re-INVITE", "INVITE")
	c := b.killed(call)
	answer := f.response(invite, "200 OK", offer)
	b.receive(answer)
	b.want("the ACK is that of the INVITE", b.next("the 2xx comes again", "ACK").CSeq(), invite.CSeq())
	b.receive(strings.Replace(answer, "tag=", "tag=x", 2))
	b.silent("of no call of ours")
	b.until(time.Second)
	again := b.next("and then all is settled anew", "INVITE")
	b.want("in sequence", again.CSeq(), invite.CSeq()+1)
	b.receive(f.response(again, "200 OK", offer))
	b.next("acknowledged", "ACK")
	b.want("it stands", c.State, ua.Talking)
}

// TestRestoreNonsense: nothing is made of what no Save has given.
func TestRestoreNonsense(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	_, call := b.incoming(offer)
	good, _ := call.Save()
	for reason, change := range map[string]func(s *ua.Saved){
		"nothing":                    func(s *ua.Saved) { *s = ua.Saved{} },
		"no tag":                     func(s *ua.Saved) { s.Dialog.RemoteTag = "" },
		"an early dialog":            func(s *ua.Saved) { s.Dialog.State = 0 },
		"no target":                  func(s *ua.Saved) { s.Dialog.Target = "" },
		"more routes than there are": func(s *ua.Saved) { s.Dialog.Route = make([]string, 21) },
		"an o= line that is longer":  func(s *ua.Saved) { s.Session.Body = 1 << 20 },
		"a stream of no m= line":     func(s *ua.Saved) { s.Session.Stream = 7 },
	} {
		s := good
		s.Dialog.CallID = "another"
		change(&s)
		b.do(func(a *ua.Agent) {
			if _, err := a.Restore(s); !errors.Is(err, ua.ErrSaved) {
				t.Errorf("%s: %v, want ErrSaved", reason, err)
			}
		})
	}
	b.do(func(a *ua.Agent) {
		if _, err := a.Restore(good); !errors.Is(err, ua.ErrDialog) {
			t.Errorf("a dialog that is there: %v, want ErrDialog", err)
		}
	})
	b.want("nothing came of it", len(b.a.Calls()), 1)
}

// TestPreserve: what changes of a call is saved before anything leaves that tells of it.
func TestPreserve(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming(offer, "Allow: INVITE, UPDATE")
	saves := 0
	call.Preserve(func() {
		saves++
		if err := b.a.Keep("call", "1", []byte{byte(saves)}); err != nil {
			t.Error(err)
		}
	})
	kept := func(reason string, step func()) {
		t.Helper()
		before := saves
		step()
		b.want(reason+": saved once", saves, before+1)
	}
	b.sent = nil
	kept("their re-INVITE", func() { b.receive(f.request("INVITE", offer+"a=sendonly\r\n")) })
	b.receive(f.request("ACK"))
	kept("their UPDATE", func() { b.receive(f.request("UPDATE")) })
	kept("our re-INVITE", func() { b.do(func(*ua.Agent) { b.task(func(t *task.Task) error { return call.Reinvite(t) }) }) })
	before := saves
	b.receive(f.request("BYE"))
	b.want("its end is not", saves, before)
}
