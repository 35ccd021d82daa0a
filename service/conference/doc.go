// Package conference lets three talk together with a phone as focus: RFC 5359 §2.10 and §2.11, by the
// rules of RFC 4579.
package conference
