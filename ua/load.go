package ua

import "fmt"

// Load is how much of everything an agent has at the moment. An agent that is left alone comes to
// the zero value again, but for its registration's next refresh, which is not counted.
type Load struct {
	Calls, Dialogs, Tasks int
	Referrals             int // REFERs of ours that are still reported on
	Watching              int // subscriptions of ours
	Publications          int // of ours
	Subscriptions         int // subscriptions to us
	Notices               int // changes that wait for their turn to be told
	Streams               int // of media, each with a port
	Requests              int // that wait for a final response, ours and theirs
	Sounds, Jobs          int // that tasks wait for
}

// Load counts.
func (a *Agent) Load() Load {
	servers, clients := a.table.Pending()
	return Load{
		Calls: a.calls.count, Dialogs: len(a.dialogs), Tasks: a.tasks.Len(), Referrals: len(a.referring), Watching: len(a.watchings), Publications: len(a.publications),
		Subscriptions: a.census.Len(), Notices: len(a.pace.waiting), Streams: len(a.streams), Requests: servers + clients,
		Sounds: len(a.players), Jobs: a.jobs,
	}
}

// String is what there is, and "" when there is nothing.
func (l Load) String() string {
	text := ""
	for _, part := range []struct {
		count int
		name  string
	}{
		{l.Calls, "calls"},
		{l.Dialogs, "dialogs"},
		{l.Tasks, "tasks"},
		{l.Referrals, "referrals"},
		{l.Watching, "watchings"},
		{l.Publications, "publications"},
		{l.Subscriptions, "subscriptions"},
		{l.Notices, "notices"},
		{l.Streams, "streams"},
		{l.Requests, "requests"},
		{l.Sounds, "sounds"},
		{l.Jobs, "jobs"},
	} {
		if part.count > 0 {
			text += fmt.Sprintf(" %d %s", part.count, part.name)
		}
	}
	return text
}
