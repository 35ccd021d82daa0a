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
		if _, ok := box.take(); !ok {
			break
		}
	}
	if !box.putUpTo(letter{}, MaxRecords) {
		t.Error("there is room again")
	}
}
