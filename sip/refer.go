package sip

import "strings"

// Header is a header field that a URI carries, escapes undone once (RFC 3261 §19.1.1);
// names are compared without case. Of several with one name it is the first. It may hold
// any octet: whoever puts it into a message must clean it, as Builder and Edit do.
func (u URI) Header(name string) (value string, ok bool) {
	for rest := u.Headers; rest != ""; {
		var item string
		item, rest, _ = strings.Cut(rest, "&")
		have, text, _ := strings.Cut(item, "=")
		if equalFold(Unescape(have), name) {
			return Unescape(text), true
		}
	}
	return "", false
}

// Replaces is the dialog that the URI of a Refer-To asks the call to it to replace
// (RFC 3891 §3); there tells whether it names one at all.
func (u URI) Replaces() (id DialogID, there bool, err error) {
	value, there := u.Header("Replaces")
	if !there {
		return DialogID{}, false, nil
	}
	id, err = ParseReplaces(value)
	return id, true, err
}

// Method is the method that the URI asks for, INVITE unless it says another (RFC 3515
// §2.1, RFC 3261 §19.1.1).
func (u URI) Method() Method {
	if method, ok := u.Params.Get("method"); ok && method != "" {
		return Method(Unescape(method))
	}
	return INVITE
}

// ParseReferSub parses Refer-Sub: whether REFER makes a subscription (RFC 4488 §4).
func ParseReferSub(s string) (wanted bool, err error) {
	head, _, err := headed(s)
	switch {
	case err != nil:
		return false, err
	case equalFold(head, "true"):
		return true, nil
	case equalFold(head, "false"):
		return false, nil
	}
	return false, ErrValue
}

// ReferredBy is the value of Referred-By (RFC 3892 §3).
type ReferredBy struct {
	Address   Address
	ContentID string // of the token in the body that proves it, "" without one
}

// ParseReferredBy parses a Referred-By.
func ParseReferredBy(s string) (ReferredBy, error) {
	address, err := ParseAddress(s)
	if err != nil {
		return ReferredBy{}, err
	}
	id, _ := address.Params.Get("cid")
	return ReferredBy{Address: address, ContentID: id}, nil
}
