// Package conference holds the documents of the conference event package (RFC 4575): for a
// focus the document each watcher gets next, and for a watcher the table that the documents
// build up.
//
// Limits: sidebars and elements of other namespaces are left out, and a name or URI that is
// empty counts as none; MaxUsers users of MaxEndpoints endpoints of MaxMedia media each,
// MaxURIs entries of every other list, and those of the document itself (64 KiB).
package conference
