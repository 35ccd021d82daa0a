// Package presence holds the documents of the presence event package (RFC 3856, RFC 3863):
// whether somebody can be reached, and a note.
//
// Limits: only the basic status, contact and notes of a document are read and written;
// MaxTuples tuples of MaxNotes notes each, and the limits of any document (64 KiB).
package presence
