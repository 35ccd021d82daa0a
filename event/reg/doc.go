// Package reg holds the documents of the reg event package (RFC 3680): which contacts
// addresses-of-record are bound to; for a notifier the document each watcher gets next, and
// for a watcher the table that the documents build up.
//
// Limits: MaxRegistrations addresses-of-record of one watched set, MaxContacts contacts of
// all of them together, and those of the document itself (64 KiB).
package reg
