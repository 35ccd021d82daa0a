package sip

import "testing"

func TestEvent(t *testing.T) {
	checkValues(t, ParseEvent, Event.Append, []valueRow[Event]{
		{"RFC 6665 §8.2.1", "refer;id=93809824", Event{"refer", "93809824", ";id=93809824"}, ""},
		{"a template", "presence.winfo", Event{"presence.winfo", "", ""}, ""},
		{"other parameters say nothing", "dialog; sla ;ma=x", Event{"dialog", "", "; sla ;ma=x"}, "dialog"},
	}, map[string]string{"nothing": "", "a parameter only": ";id=1", "two packages": "a b", "a list": "a,b", "a quoted id": `a;id="b c"`, "an empty id": "a;id"})
	one := Event{Package: "refer", ID: "1"}
	if !one.Matches(Event{Package: "refer", ID: "1", Params: ";id=1;x"}) || one.Matches(Event{Package: "refer"}) || one.Matches(Event{Package: "Refer", ID: "1"}) {
		t.Error("RFC 6665 §8.2.1: package, with case, and id tell subscriptions apart")
	}
}

func TestSubscriptionState(t *testing.T) {
	checkValues(t, ParseSubscriptionState, SubscriptionState.Append, []valueRow[SubscriptionState]{
		{"RFC 6665 §8.2.3", "active;expires=60", SubscriptionState{State: "active", Expires: 60, HasExpires: true}, ""},
		{"the end", "terminated;reason=noresource", SubscriptionState{State: "terminated", Reason: "noresource"}, ""},
		{"come back later", "Terminated; Reason=probation ;retry-after=0", SubscriptionState{State: "terminated", Reason: "probation", HasRetryAfter: true}, "terminated;reason=probation;retry-after=0"},
		{"an extension", "dormant", SubscriptionState{State: "dormant"}, ""},
	}, map[string]string{"nothing": "", "expires is no number": "active;expires=x", "expires too great": "active;expires=4294967296", "retry-after is no number": "active;retry-after=", "two states": "active pending"})
}
