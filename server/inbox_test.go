package server

import "testing"

// TestInboxRecords: a storm of records leaves room for messages.
func TestInboxRecords(t *testing.T) {
	var box inbox
	records, messages := 0, 0
	for box.putUpTo(letter{run: func() {}}, MaxRecords) {
		records++
	}
	for box.put(letter{}) {
		messages++
	}
	if records != MaxRecords || messages != MaxInbox-MaxRecords {
		t.Errorf("%d records and %d messages", records, messages)
	}
	for box.enter(); ; records-- {
		if _, ok := taken(&box); !ok {
			break
		}
	}
	if !box.putUpTo(letter{}, MaxRecords) {
		t.Error("there is room again")
	}
}

// taken is the oldest letter, taken out.
func taken(box *inbox) (l letter, ok bool) {
	if l, ok = box.oldest(); ok {
		box.drop()
	}
	return l, ok
}

// TestRecordAfterStep: an agent is told of a step when what the step sent has left, by whoever sends it.
func TestRecordAfterStep(t *testing.T) {
	gate := newTurnstile()
	ours := gate.draw()
	b := &batch{segments: []segment{{gate: gate, ticket: ours}}}
	if b.left(&letter{gate: gate, ticket: ours}) {
		t.Error("our own step has not left")
	}
	if !b.left(&letter{}) {
		t.Error("a message waits for nothing")
	}
	b.segments = nil
	done := make(chan bool)
	go func() { done <- b.left(&letter{gate: gate, ticket: ours}) }()
	gate.leave(ours) // somebody else's batch
	if !<-done || !b.left(&letter{gate: gate, ticket: ours}) {
		t.Error("it has left")
	}
}
