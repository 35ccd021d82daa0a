package lamps_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event"
	"hookflash/event/dialoginfo"
	"hookflash/proxy"
	"hookflash/service/lamps"
)

// TestWhoMay: who is answered how, and sees how much.
func TestWhoMay(t *testing.T) {
	const states, complete = "states", "complete"
	for _, test := range []struct {
		reason, who, target string
		code                int
		sees                string
	}{
		{"one's own lamp", "sip:bob@example.test", "sip:bob@example.test", 200, complete},
		{"an assistant", "sip:carol@example.test", "sip:bob@example.test", 200, complete},
		{"a member of the same pickup group", "sip:bill@example.test", "sip:bob@example.test", 200, complete},
		{"a member of a group without pickup", "sip:dave@example.test", "sip:bob@example.test", 200, states},
		{"another user", "sip:alice@example.test", "sip:bob@example.test", 200, states},
		{"by number", "sip:alice@example.test", "sip:1002@example.test", 200, states},
		{"by number as people write it", "sip:bill@example.test", "sip:10-02@example.test;user=phone", 200, complete},
		{"the host in capitals", "sip:bill@EXAMPLE.test", "sip:bob@Example.Test.", 200, complete},
		{"a pickup group, by a member", "sip:bill@example.test", "sip:sales@example.test", 200, complete},
		{"its number", "sip:bill@example.test", "sip:2000@example.test", 200, complete},
		{"by somebody else", "sip:alice@example.test", "sip:sales@example.test", 200, states},
		{"a group without pickup, by a member", "sip:dave@example.test", "sip:family@example.test", 200, states},
		{"somebody whom nobody vouches for", "", "sip:bob@example.test", 403, ""},
		{"a guest", "sip:bob@elsewhere.test", "sip:bob@example.test", 403, ""},
		{"one of our domain who is no user", "sip:mallory@example.test", "sip:bob@example.test", 403, ""},
		{"nobody", "sip:bob@example.test", "sip:nobody@example.test", 404, ""},
		{"the agent", "sip:bob@example.test", "sip:lamps@example.test", 404, ""},
		{"no user part", "sip:bob@example.test", "sip:example.test", 404, ""},
		{"another domain", "sip:bob@example.test", "sip:bob@elsewhere.test", 404, ""},
		{"a number that nobody has", "sip:bob@example.test", "sip:1003@example.test", 404, ""},
	} {
		h := newHouse(t, nil)
		v := h.subscribe(test.who, test.target)
		for _, user := range []string{"bob", "bill", "dave"} {
			h.stand(user, 1, ringing("1"))
			h.stand(user, 2)
		}
		h.pass(2 * time.Second)
		h.want(test.reason, v.code, test.code)
		if test.code != 200 {
			h.want(test.reason+": is told nothing", v.notified, 0)
			h.want(test.reason+": and nobody is watched", len(h.watched), 0)
			continue
		}
		h.want(test.reason+": Expires", v.expires, "3600")
		dialogs := v.table.Dialogs()
		if len(dialogs) == 0 {
			t.Errorf("%s: sees nothing", test.reason)
			continue
		}
		d := dialogs[0]
		h.want(test.reason+": direction", d.Direction, dialoginfo.Recipient)
		h.want(test.reason+": state", d.State, dialoginfo.Early)
		secret := fmt.Sprint(d.CallID, d.LocalTag, d.RemoteTag, d.Remote.Target, d.Remote.Identity.URI)
		h.want(test.reason+": identifiers", secret != "", test.sees == complete)
		entity, _, _ := strings.Cut(test.target, ";")
		h.want(test.reason+": the entity is what was asked for", v.table.Entity, entity)
	}
}

// TestFirstState: the first document tells the whole truth, also where it is the only one.
func TestFirstState(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "bob", "Expires: 0")
	h.want("the machines are asked", len(h.asked), 1)
	h.want("who is watched", h.asked[0], proxy.Watch{User: "bob", By: "lamps"})
	h.stand("bob", 1)
	h.want("one of two machines has not told", v.code, 0)
	h.stand("bob", 2, ringing("1"))
	h.want("both have", v.code, 200)
	h.want("it rings", v.states(), "early")
	h.want("and that was all", strings.HasPrefix(v.over, "terminated"), true)

	again := h.watch("bill", "bob", "Expires: 0")
	h.want("a second one is answered at once", again.code, 200)
	h.want("from what is known", again.states(), "early")

	late := h.watch("bill", "dave")
	h.pass(lamps.Settle - time.Millisecond)
	h.want("nobody tells", late.code, 0)
	h.pass(2 * time.Millisecond)
	h.want("it goes without", late.code, 200)
	h.want("nothing known is nothing shown", late.states(), "")
	h.pass(3 * lamps.Reconcile)
	h.want("who watches nobody is forgotten", h.lamps.Load().Users, 1)
	h.want("the machines know", h.watched["bob"], false)
}

// TestCourse: calls as they go.
func TestCourse(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "bob")
	h.stand("bob", 1)
	h.stand("bob", 2)
	h.want("idle", v.states(), "")
	for _, step := range []struct {
		reason string
		source uint64
		dialog dialoginfo.Dialog
		want   string
	}{
		{"it rings", 1, ringing("1"), "early"},
		{"told twice", 1, ringing("1"), "early"},
		{"another machine's call of the same name is another", 2, ringing("1"), "early early"},
		{"answered", 1, call("1", dialoginfo.Confirmed), "confirmed early"},
		{"the other one is over", 2, call("1", dialoginfo.Terminated), "confirmed"},
		{"and stays over", 2, call("1", dialoginfo.Terminated), "confirmed"},
		{"the end of what nobody knows", 2, call("7", dialoginfo.Terminated), "confirmed"},
		{"hung up", 1, call("1", dialoginfo.Terminated), ""},
	} {
		h.leg("bob", step.source, step.dialog)
		h.leg("dave", step.source, step.dialog) // whom nobody watches
		h.pass(time.Second)
		h.want(step.reason, v.states(), step.want)
	}
	h.record("something else")
}

// TestCoalesced: many changes are told in one NOTIFY.
func TestCoalesced(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "bob")
	h.stand("bob", 1)
	h.stand("bob", 2)
	h.pass(time.Second)
	before := v.notified
	for i := range 10_000 {
		id := fmt.Sprint(i % 100)
		h.leg("bob", 1, call(id, []dialoginfo.State{dialoginfo.Early, dialoginfo.Terminated}[i/100%2]))
		h.pass(100 * time.Microsecond)
	}
	h.pass(time.Second)
	if count := v.notified - before; count > 3+event.Burst {
		t.Errorf("%d NOTIFY requests in a second", count)
	}
	h.want("and the last state is told", v.states(), "")
}

// TestGroup: a group's lamp is the union of its members', whoever they are.
func TestGroup(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "sales")
	h.want("all members are watched", len(h.watched), 2)
	h.stand("bob", 1, ringing("1"))
	h.stand("bob", 2)
	h.want("a member is not known yet", v.code, 0)
	h.stand("bill", 1)
	h.stand("bill", 2)
	h.want("all are", v.states(), "early")
	h.leg("bill", 2, call("1", dialoginfo.Confirmed))
	h.pass(time.Second)
	h.want("both members' calls", v.states(), "confirmed early")

	h.people.groups["sales"] = &directory.Group{Name: "sales", Members: []string{"bill", "dave"}, Pickup: true}
	h.answering(ringing("1"), call("1", dialoginfo.Confirmed))
	h.pass(lamps.Reconcile + 2*time.Second)
	h.want("bob has left, and dave came", v.states(), "confirmed")
	h.leg("dave", 1, ringing("5"))
	h.pass(time.Second)
	h.want("dave's calls are shown", v.states(), "confirmed early")
	h.leg("bob", 1, call("9", dialoginfo.Early))
	h.pass(time.Second)
	h.want("bob's are not", v.states(), "confirmed early")
	h.pass(lamps.Reconcile + time.Second)
	h.want("nor is bob watched", h.watched["bob"], false)

	delete(h.people.groups, "sales")
	h.pass(lamps.Reconcile + 2*time.Second)
	h.want("a group that is no more", v.over, "terminated;reason=noresource")
	h.pass(3 * lamps.Reconcile)
	h.want("nothing is left", h.lamps.Load(), lamps.Load{Corrected: h.lamps.Load().Corrected})
}

// answering tells once what stands where, when the agent asks.
func (h *house) answering(bob, bill dialoginfo.Dialog) {
	h.stand("bob", 1, bob)
	h.stand("bill", 2, bill)
}

// TestRights: who may see more or less from some day on does so after the next round.
func TestRights(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "bob")
	h.stand("bob", 1, ringing("1"))
	h.stand("bob", 2)
	h.want("a colleague sees all", v.table.Dialogs()[0].CallID, "c-1")
	h.people.groups["sales"] = &directory.Group{Name: "sales", Members: []string{"bob", "bill"}}
	h.keep("bob", ringing("1"))
	h.pass(lamps.Reconcile + time.Second)
	h.want("no more", v.table.Dialogs()[0].CallID, "")
	h.want("but that it rings", v.states(), "early")
	delete(h.people.users, "bill")
	h.pass(lamps.Reconcile + time.Second)
	h.want("who is gone sees nothing", v.over, "terminated;reason=rejected")
	other := h.watch("carol", "bob")
	delete(h.people.users, "bob")
	h.pass(2*lamps.Reconcile + time.Second)
	h.want("nor is anything told of who is gone", other.over, "terminated;reason=noresource")
}

// keep has the first machine go on telling of a dialog; the second has none.
func (h *house) keep(user string, d dialoginfo.Dialog) {
	h.stand(user, 1, d)
	h.stand(user, 2)
}

// TestSilentMachine: what a machine told that is there no more is over.
func TestSilentMachine(t *testing.T) {
	h := newHouse(t, nil)
	v := h.watch("bill", "bob")
	h.stand("bob", 1, ringing("1"))
	h.stand("bob", 2, ringing("2"))
	for round := range lamps.MaxSilent + 2 {
		for _, w := range h.asked {
			h.stand(w.User, 2, ringing("2"))
		}
		h.asked = nil
		want := "early early"
		if round > lamps.MaxSilent {
			want = "early"
		}
		h.want(fmt.Sprintf("after %d rounds", round), v.states(), want)
		h.pass(lamps.Reconcile + time.Second)
	}
	h.want("it is counted", h.lamps.Load().Corrected, 1)
}

// TestLeft: whoever watched is not told any more, however the subscription ended.
func TestLeft(t *testing.T) {
	h := newHouse(t, nil)
	gone, deaf, left, brief, stays := h.watch("bill", "bob"), h.watch("bill", "bob"), h.watch("bill", "bob"), h.watch("bill", "bob", "Expires: 5"), h.watch("bob", "bob")
	h.stand("bob", 1)
	h.stand("bob", 2)
	h.want("too brief", brief.code, 423)
	gone.gone, deaf.deaf = true, true
	left.ask("sip:bob@example.test", "Expires: 0", "P-Asserted-Identity: <sip:bill@example.test>")
	h.want("unsubscribed", strings.HasPrefix(left.over, "terminated"), true)
	h.leg("bob", 1, ringing("1"))
	h.pass(45 * time.Second)
	h.want("one is left", h.lamps.Load().Subscriptions, 1)
	before := gone.notified
	h.leg("bob", 1, call("1", dialoginfo.Confirmed))
	h.pass(time.Second)
	h.want("who is gone is not told", gone.notified, before)
	h.want("who stays is", stays.states(), "confirmed")
}

// TestLimits: more than is allowed is refused, and does no harm.
func TestLimits(t *testing.T) {
	h := newHouse(t, func(s *lamps.Settings) { s.Most = 2 })
	h.watch("bill", "bob")
	v := h.watch("bill", "family") // with bob: two
	h.want("no member more", len(h.watched), 1)
	h.want("one user more", h.watch("bill", "alice").code, 480)
	h.stand("bob", 1)
	h.stand("bob", 2)
	h.pass(time.Second)
	for i := range dialoginfo.MaxDialogs + 10 {
		h.leg("bob", 1, ringing(fmt.Sprint(i)))
	}
	h.pass(time.Second)
	h.want("no more dialogs than the limit", len(v.table.Dialogs()), dialoginfo.MaxDialogs)
	for i := range dialoginfo.MaxDialogs + 10 {
		h.leg("bob", 1, call(fmt.Sprint(i), dialoginfo.Terminated))
	}
	h.pass(time.Second)
	h.want("all are over", v.states(), "")

	h = newHouse(t, nil)
	for range lamps.MaxWaiting {
		h.subscribe("sip:bob@example.test", "sip:bob@example.test")
	}
	h.want("no more wait than the limit", h.watch("bob", "bob").code, 480)
}

// TestDialect: who names the value of a parameter otherwise gets it so.
func TestDialect(t *testing.T) {
	for _, test := range []struct {
		agent string
		want  bool
	}{{"Asterisk PBX 20.1", true}, {"FreeSWITCH-mod_sofia/1.10", true}, {"hookflash", false}, {"Not Asterisk", false}, {"", false}} {
		if lamps.DialectOf(test.agent).ParamValue != test.want {
			t.Errorf("%q", test.agent)
		}
	}
}
