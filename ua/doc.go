// Package ua is the user-agent machine: registration, calls with all that can be asked within
// them, referrals, subscriptions, publications, messages. A phone is one Agent, and so is each media server.
//
// Limits: MaxCalls calls and MaxReferrals REFERs of one dialog at a time, refused with 486; MaxForks early dialogs
// a call, more are ignored; event.MaxSubscriptions subscriptions to it, refused with 480, and MaxWatchings of its
// own; NotifyRate NOTIFYs a second that only tell of changes, later ones wait for their turn; MaxPublications of its own;
// MaxEnded dialogs remembered after their end; MaxTries attempts at a request that is challenged. A call
// rings for at most RingLimit, ours, or AnswerLimit, theirs.
//
// An Agent and everything it gives out is owned by whoever holds its mutex: nothing here may be
// touched outside a step (Receive, Advance, Do). What takes time is either data with a deadline
// or a task.
package ua
