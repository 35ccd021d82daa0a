// Package markup reads and writes the XML documents of event packages.
//
// Limits: a document is UTF-8, of at most MaxOctets octets, MaxMarks tags, MaxAttributes
// attributes in all and MaxOwnAttributes of one element, MaxDepth deep. DOCTYPE and entities
// of one's own are refused, so nothing expands and nothing is fetched. Comments and
// processing instructions are left out. Namespaces are told apart by their URI, whatever
// their prefix; a document without any namespace is read as if it had the right one.
package markup
