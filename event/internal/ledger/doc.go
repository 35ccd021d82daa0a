// Package ledger holds the rows that a notifier publishes, and tells each subscription
// which of them changed since it was last told.
//
// Limits: at most as many rows as the owner says. Rows that ended are remembered for
// MaxEnded further ends; a subscription that slept longer is told everything anew.
package ledger
