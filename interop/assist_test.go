//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hookflash/flow"
	ours "hookflash/phone"
	"hookflash/service/order"
	"hookflash/ua"
)

// TestFlowsWithout: the command plays all services with phones that know neither REFER nor Replaces nor Join.
func TestFlowsWithout(t *testing.T) {
	t.Parallel()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	const together = 3 // commands, each with a share of the flows
	passed := make(chan map[string]bool, together)
	for share := range together {
		arguments := []string{"flow", "run", "--json", "--without", "replaces,refer,join"}
		for i, f := range flow.All {
			if i%together == share {
				arguments = append(arguments, f.Name)
			}
		}
		run := start(t, "flows", exec.Command(path, arguments...))
		go func() {
			<-run.ended
			passed <- passedIn(run.text())
		}()
	}
	all := map[string]bool{}
	for range together {
		select {
		case some := <-passed:
			for name := range some {
				all[name] = true
			}
		case <-time.After(3 * time.Minute):
			t.Fatal("the flows take too long")
		}
	}
	for _, f := range flow.All {
		if !all[f.Name] {
			t.Errorf("%s does not pass", f.Name)
		}
	}
}

// passedIn are the flows that passed, by what flow run --json prints.
func passedIn(text string) map[string]bool {
	passed := map[string]bool{}
	for line := range strings.Lines(text) {
		var r struct {
			flowReport
			Without []string
		}
		if json.Unmarshal([]byte(line), &r) == nil && r.Passed && len(r.Without) == 3 {
			passed[r.Flow] = true
		}
	}
	return passed
}

// serveAssisted is serveTapped where the server helps in calls of these telephones.
func serveAssisted(t testing.TB, assist, media string) *server {
	t.Helper()
	return serve(t, setting{
		users: []string{
			having("alice", `numbers: ["1001"]`), having("bob", `numbers: ["1002"], assistants: [carol]`), having("carol", `numbers: ["1003"]`),
			having("bill", `numbers: ["1004"]`),
		},
		more: strangers + musical(t, media) + "redial: {jitter: 0s}\ngroups:\n  - {name: office, members: [bob, bill, carol], pickup: true}\nassist: " + assist + "\n",
	})
}

const assistedPorts = "ports: 42000-45999"

// plain has a phone of ours know neither REFER nor Replaces nor Join.
func plain(s *ours.Settings) { s.Lacks = order.Lacks{Replaces: true, Refer: true, Join: true} }

// TestMixedTransfers: Bob's phone transfers by REFER, the others' know nothing of it.
func TestMixedTransfers(t *testing.T) {
	t.Parallel()
	t.Run("unattended", func(t *testing.T) {
		t.Parallel()
		s := serveAssisted(t, "lacking", assistedPorts)
		alice, bob, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone, plain)
		alice.talks(t, bob)
		transferred := bob.starts(t, "transfer carol")
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		transferred()
		bob.alone(t, "transferred")
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
		wantNone(t, alice, "REFER ", "\nReplaces: ")
		wantNone(t, carol, "REFER ", "\nReplaces: ")
	})
	t.Run("attended", func(t *testing.T) {
		t.Parallel()
		s := serveAssisted(t, "lacking", assistedPorts)
		alice, bob, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone, plain)
		alice.talks(t, bob)
		bob.consults(t, carol)
		alice.hears(t, "she waits", musicTone)
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
		wantNone(t, alice, "REFER ", "\nReplaces: ")
		wantNone(t, carol, "REFER ", "\nReplaces: ")
	})
	t.Run("to a full one that lies elsewhere", func(t *testing.T) {
		t.Parallel()
		s := serveAssisted(t, "lacking", assistedPorts)
		alice, bob, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice.talks(t, bob)
		bob.consults(t, carol) // no call of the server's: both know all
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
		wantNone(t, alice, "REFER ", "\nReplaces: ")
	})
	t.Run("by code, of a full one", func(t *testing.T) {
		t.Parallel()
		s := serveAssisted(t, "lacking", assistedPorts)
		alice, bob, carol := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone, plain), s.desk(t, "carol", carolTone)
		alice.talks(t, bob)
		bob.do(t, "dtmf ##1003#")
		alice.hears(t, "she waits", musicTone)
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		bob.alone(t, "transferred")
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
	})
}

// wantNone: a phone got no request that is, or has, any of these.
func wantNone(t testing.TB, d *desk, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if m := d.newest(false, text); m != "" {
			t.Errorf("%s's phone lacks it, and is asked for it:\n%s", d.user, m)
		}
	}
}

// TestMixedPark: Bob's phone parks by REFER; Alice's knows nothing of it, and Carol's takes her by a number.
func TestMixedPark(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, take string
		carol      []func(*ours.Settings)
	}{
		{"taken by number", "call 701", []func(*ours.Settings){plain}},
		{"taken by Replaces", "unpark 701", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := serveAssisted(t, "lacking", assistedPorts)
			alice, bob, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone, test.carol...)
			alice.talks(t, bob)
			bob.do(t, "park 701")
			bob.alone(t, "parked")
			alice.hears(t, "parked", musicTone)
			carol.do(t, test.take)
			carol.hears(t, "taken", aliceTone)
			alice.hears(t, "taken", carolTone)
			alice.calls(t, "it is the call that she made", 1)
			wantNone(t, alice, "REFER ", "\nReplaces: ")
			alice.do(t, "hangup")
			carol.alone(t, "the BYE arrives")
		})
	}
}

// TestMixedPickup: it rings at Bob's phone, which knows nothing; Bill's picks up by Replaces.
func TestMixedPickup(t *testing.T) {
	t.Parallel()
	s := serveAssisted(t, "lacking", assistedPorts)
	alice, bob, bill := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone, plain), s.desk(t, "bill", carolTone)
	alice.rings(t, bob)
	bill.do(t, "pickup bob")
	alice.hears(t, "picked up", carolTone)
	bill.hears(t, "picked up", aliceTone)
	bob.alone(t, "it rings no more")
	wantNone(t, alice, "\nReplaces: ")
	bill.do(t, "hangup")
	alice.alone(t, "the BYE arrives")
}

// TestMixedJoin: Carol's phone joins the call of two that know nothing of that, by Join at the end where the server is.
func TestMixedJoin(t *testing.T) {
	t.Parallel()
	s := serveAssisted(t, "lacking", assistedPorts)
	alice, bob, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "bob", bobTone, plain), s.desk(t, "carol", carolTone)
	alice.talks(t, bob)
	var join string
	bob.phone.Do(func(a *ua.Agent) {
		d := a.Attended().Dialog()
		join = fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.CallID, d.RemoteTag, d.LocalTag)
	})
	carol.do(t, "join alice "+join)
	alice.hears(t, "three talk", bobTone, carolTone)
	bob.hears(t, "three talk", aliceTone, carolTone)
	carol.hears(t, "three talk", aliceTone, bobTone)
	wantNone(t, bob, "\nJoin: ")
	carol.do(t, "hangup")
	alice.hears(t, "two talk on", bobTone)
	bob.hears(t, "two talk on", aliceTone)
}
