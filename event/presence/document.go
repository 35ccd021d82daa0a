package presence

import (
	"errors"
	"fmt"
	"slices"

	"hookflash/event/internal/markup"
)

// Names of the package.
const (
	Package     = "presence"
	ContentType = "application/pidf+xml"
)

const space = "urn:ietf:params:xml:ns:pidf"

// Limits.
const (
	MaxTuples = 64 // more are left out
	MaxNotes  = 8  // of the document, or of a tuple; more are left out
)

// ErrDocument is a document that is well-formed but no presence.
var ErrDocument = errors.New("presence: not a presence document")

// Basic is the basic status (RFC 3863 §4.1.4).
type Basic uint8

const (
	Unsaid Basic = iota
	Open
	Closed
)

var basics = [...]string{Unsaid: "", Open: "open", Closed: "closed"}

// String is the name in a document.
func (b Basic) String() string { return basics[min(b, Closed)] }

// Document is one presence document; it is always complete.
type Document struct {
	Entity string // URI of the presentity
	Tuples []Tuple
	Notes  []string
}

// Tuple is one way to reach the presentity.
type Tuple struct {
	ID       string
	Basic    Basic
	Contact  string // URI; "" without one
	Priority string // of the contact, "0" to "1" with at most three decimals; "" when not said
	Notes    []string
}

// Open tells whether any tuple is open.
func (d *Document) Open() bool {
	return slices.ContainsFunc(d.Tuples, func(t Tuple) bool { return t.Basic == Open })
}

// Append prints the document.
func (d *Document) Append(b []byte) []byte {
	p := markup.NewPrinter(b)
	p.Start("presence").Attribute("xmlns", space).Attribute("entity", d.Entity)
	for _, tuple := range d.Tuples {
		p.Start("tuple").Attribute("id", tuple.ID).Start("status").SomeLeaf("basic", tuple.Basic.String()).End()
		if tuple.Contact != "" {
			p.Start("contact").Some("priority", tuple.Priority).Text(tuple.Contact).End()
		}
		printNotes(p, tuple.Notes)
		p.End()
	}
	printNotes(p, d.Notes)
	return p.End().Bytes()
}

func printNotes(p *markup.Printer, notes []string) {
	for _, note := range notes {
		p.Leaf("note", note)
	}
}

// Parse reads a document; elements it does not know are left out (RFC 3863 §4.2.3).
func Parse(text string) (Document, error) {
	root, err := markup.Parse(text)
	if err != nil {
		return Document{}, fmt.Errorf("presence: %w", err)
	}
	if !root.Is(space, "presence") {
		return Document{}, fmt.Errorf("%w: root is %q", ErrDocument, root.Name)
	}
	document := Document{Entity: root.Attribute("entity"), Notes: parseNotes(root)}
	for element := range root.Each(space, "tuple") {
		if len(document.Tuples) == MaxTuples {
			break
		}
		tuple := Tuple{ID: element.Attribute("id"), Notes: parseNotes(element)}
		if status := element.Child(space, "status"); status != nil {
			tuple.Basic = Basic(max(0, slices.Index(basics[:], status.ChildValue(space, "basic"))))
		}
		if contact := element.Child(space, "contact"); contact != nil {
			tuple.Contact = contact.Value()
			if tuple.Contact != "" {
				tuple.Priority = contact.Attribute("priority")
			}
		}
		document.Tuples = append(document.Tuples, tuple)
	}
	return document, nil
}

func parseNotes(e *markup.Element) []string {
	var notes []string
	for note := range e.Each(space, "note") {
		if len(notes) < MaxNotes {
			notes = append(notes, note.Value())
		}
	}
	return notes
}
