package markup

import (
	"strconv"
	"unicode/utf8"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Printer writes a document, without white space between elements. Names are the caller's
// and stand as they are; values are escaped, and what no document can hold becomes U+FFFD.
// It belongs to one owner; the zero value appends to nothing.
type Printer struct {
	b    []byte
	open []string
	tag  bool // the start tag of the innermost element still waits for its ">"
}

// NewPrinter begins a document at the end of b.
func NewPrinter(b []byte) *Printer { return &Printer{b: append(b, declaration...)} }

// Start opens an element.
func (p *Printer) Start(name string) *Printer {
	p.close()
	p.b = append(append(p.b, '<'), name...)
	p.open = append(p.open, name)
	p.tag = true
	return p
}

// Attribute adds an attribute to the element just opened.
func (p *Printer) Attribute(name, value string) *Printer {
	p.b = append(append(append(p.b, ' '), name...), `="`...)
	p.b = appendEscaped(p.b, value)
	p.b = append(p.b, '"')
	return p
}

// Some adds an attribute unless its value is empty.
func (p *Printer) Some(name, value string) *Printer {
	if value == "" {
		return p
	}
	return p.Attribute(name, value)
}

// Number adds an attribute that is a number.
func (p *Printer) Number(name string, value uint32) *Printer {
	return p.Attribute(name, strconv.FormatUint(uint64(value), 10))
}

// Text adds character data.
func (p *Printer) Text(text string) *Printer {
	if text != "" {
		p.close()
		p.b = appendEscaped(p.b, text)
	}
	return p
}

// End closes the innermost element.
func (p *Printer) End() *Printer {
	last := len(p.open) - 1
	if p.tag {
		p.b = append(p.b, "/>"...)
		p.tag = false
	} else {
		p.b = append(append(append(p.b, "</"...), p.open[last]...), '>')
	}
	p.open = p.open[:last]
	return p
}

// Leaf writes an element that holds text only.
func (p *Printer) Leaf(name, text string) *Printer { return p.Start(name).Text(text).End() }

// SomeLeaf writes an element that holds text only, unless it is empty.
func (p *Printer) SomeLeaf(name, text string) *Printer {
	if text == "" {
		return p
	}
	return p.Leaf(name, text)
}

// Bytes is what was written so far.
func (p *Printer) Bytes() []byte { return p.b }

func (p *Printer) close() {
	if p.tag {
		p.b = append(p.b, '>')
		p.tag = false
	}
}

var escapes = map[rune]string{'<': "&lt;", '>': "&gt;", '&': "&amp;", '"': "&quot;", '\'': "&apos;", '\t': "&#9;", '\n': "&#10;", '\r': "&#13;"}

// appendEscaped: XML 1.0 §2.2 and §2.4, and §3.3.3 for white space of attributes.
func appendEscaped(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if escape, ok := escapes[r]; ok {
			b = append(b, escape...)
		} else if r == utf8.RuneError && size == 1 || r < ' ' || r == 0xFFFE || r == 0xFFFF {
			b = append(b, "\ufffd"...)
		} else {
			b = append(b, text[i:i+size]...)
		}
		i += size
	}
	return b
}
