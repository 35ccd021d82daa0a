package markup

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The limits of a document; what goes beyond is refused before it is decoded.
const (
	MaxOctets        = 64 << 10
	MaxMarks         = 3072 // "<" in the document: start and end tags, comments, instructions
	MaxAttributes    = 2048 // of all elements together
	MaxOwnAttributes = 32   // of one element, namespaces included
	MaxDepth         = 24
)

// Errors of Parse.
var (
	ErrLimit     = errors.New("markup: document beyond the limits")
	ErrForbidden = errors.New("markup: DOCTYPE is not allowed")
	ErrMalformed = errors.New("markup: not a well-formed document")
)

// Element is one element of a document. Its owner may change it; nothing else refers to it.
type Element struct {
	Space, Name string // namespace URI, "" without one, and local name
	Attributes  []xml.Attr
	Children    []*Element
	Text        string // its own character data, that of its children left out
}

// Parse reads a document and gives its root. The error wraps one of those above.
func Parse(document string) (*Element, error) {
	if err := measure(document); err != nil {
		return nil, err
	}
	// Some senders begin with the byte order mark of UTF-8.
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(document, "\ufeff")))
	tree := builder{}
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
		}
		if err := tree.add(token); err != nil {
			return nil, err
		}
	}
	if tree.root == nil || len(tree.open) > 0 {
		return nil, fmt.Errorf("%w: no root element", ErrMalformed)
	}
	return tree.root, nil
}

// measure counts what costs memory before any of it is spent.
func measure(document string) error {
	if len(document) > MaxOctets {
		return fmt.Errorf("%w: %d octets", ErrLimit, len(document))
	}
	if marks := strings.Count(document, "<"); marks > MaxMarks {
		return fmt.Errorf("%w: %d tags", ErrLimit, marks)
	}
	// Every attribute has an equals sign before a quote; text may have that too.
	attributes := 0
	for rest := document; ; {
		at := strings.IndexByte(rest, '=')
		if at < 0 {
			break
		}
		rest = strings.TrimLeft(rest[at+1:], " \t\r\n")
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			attributes++
		}
	}
	if attributes > MaxAttributes {
		return fmt.Errorf("%w: %d attributes", ErrLimit, attributes)
	}
	return nil
}

type builder struct {
	root *Element
	open []frame
}

type frame struct {
	element *Element
	text    []byte
}

func (b *builder) add(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return b.start(token)
	case xml.EndElement:
		last := len(b.open) - 1
		b.open[last].element.Text = string(b.open[last].text)
		b.open[last].text = nil
		b.open = b.open[:last]
	case xml.CharData:
		if len(b.open) == 0 {
			if strings.TrimSpace(string(token)) != "" {
				return fmt.Errorf("%w: text outside the root element", ErrMalformed)
			}
			return nil
		}
		top := &b.open[len(b.open)-1]
		top.text = append(top.text, token...)
	case xml.Directive:
		return ErrForbidden
	}
	return nil
}

func (b *builder) start(token xml.StartElement) error {
	if len(b.open) >= MaxDepth {
		return fmt.Errorf("%w: more than %d deep", ErrLimit, MaxDepth)
	}
	if len(token.Attr) > MaxOwnAttributes {
		return fmt.Errorf("%w: %d attributes of one element", ErrLimit, len(token.Attr))
	}
	for i, one := range token.Attr {
		for _, other := range token.Attr[:i] {
			if one.Name == other.Name {
				return fmt.Errorf("%w: attribute %s stands twice", ErrMalformed, one.Name.Local)
			}
		}
	}
	element := &Element{Space: token.Name.Space, Name: token.Name.Local, Attributes: token.Attr}
	switch {
	case len(b.open) > 0:
		parent := b.open[len(b.open)-1].element
		parent.Children = append(parent.Children, element)
	case b.root != nil:
		return fmt.Errorf("%w: two root elements", ErrMalformed)
	default:
		b.root = element
	}
	b.open = append(b.open, frame{element: element})
	return nil
}
