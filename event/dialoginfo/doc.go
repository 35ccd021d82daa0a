// Package dialoginfo holds the documents of the dialog event package (RFC 4235), with the
// appearance and exclusive elements of shared lines (RFC 7463): a notifier's dialogs and
// the document each watcher gets next; on the watcher's side, the table that the documents
// build up.
//
// Limits: MaxDialogs dialogs of one user, MaxParams parameters of a target, MaxHops hops of
// a route set, and those of the document itself (64 KiB). Elements of other namespaces are
// left out.
package dialoginfo
