package markup

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// Is tells whether it is the element of a namespace. An element without any namespace
// passes, since some senders leave it out.
func (e *Element) Is(space, name string) bool {
	return e.Name == name && (e.Space == space || e.Space == "")
}

// Each iterates over the children of one name.
func (e *Element) Each(space, name string) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for _, child := range e.Children {
			if child.Is(space, name) && !yield(child) {
				return
			}
		}
	}
}

// Child is the first child of that name, nil without one.
func (e *Element) Child(space, name string) *Element {
	for child := range e.Each(space, name) {
		return child
	}
	return nil
}

// ChildValue is the trimmed text of the first child of that name, "" without one.
func (e *Element) ChildValue(space, name string) string {
	if child := e.Child(space, name); child != nil {
		return child.Value()
	}
	return ""
}

// Value is the element's own text without the white space around it.
func (e *Element) Value() string { return strings.TrimSpace(e.Text) }

// Attribute is the value of an attribute without a namespace, "" without one.
func (e *Element) Attribute(name string) string {
	value, _ := e.Find(name)
	return value
}

// Find is the value of an attribute without a namespace, and whether it is there.
func (e *Element) Find(name string) (value string, ok bool) {
	for i := range e.Attributes {
		if e.Attributes[i].Name.Local == name && e.Attributes[i].Name.Space == "" {
			return e.Attributes[i].Value, true
		}
	}
	return "", false
}

// Number reads a number of 32 bits without sign; ok is false when it is none.
func Number(text string) (n uint32, ok bool) {
	value, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return uint32(min(value, math.MaxUint32)), err == nil
}

// Boolean reads an xs:boolean; ok is false when it is none.
func Boolean(text string) (value, ok bool) {
	switch strings.TrimSpace(text) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}
