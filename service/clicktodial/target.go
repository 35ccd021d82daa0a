package clicktodial

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"hookflash/sip"
)

// MaxTarget is how many octets a target has at most, as somebody writes it.
const MaxTarget = 256

// Errors of Address. Their texts are for people.
var (
	ErrTarget = errors.New("is nobody who can be called: write a number, a user, or a sip, tel or callto address")
	ErrLong   = errors.New("is too long")
	ErrCode   = errors.New("is a code that changes settings: those are dialled on the phone")
)

// Address reads whom to call, as it was typed, pasted or linked: "bob", "+49 (0)30 123-45", "sip:bob@example.com",
// "tel:…", "callto:…", "sips:…". uri is what is called; of its parameters none is taken over, and no header field. shown is
// the same for people. Nothing is looked up or fetched.
func Address(text, domain string) (uri, shown string, err error) {
	if len(text) > MaxTarget {
		return "", "", ErrLong
	}
	text = plain(text)
	scheme, rest, found := strings.Cut(text, ":")
	if !found || strings.ContainsAny(scheme, "@.+ 0123456789()") {
		scheme, rest = "", text
	}
	switch sip.Lower(scheme) {
	case "sip", "sips":
		return sipAddress(sip.Lower(scheme), rest, domain)
	case "tel", "callto", "":
		rest = strings.TrimPrefix(rest, "//")
		rest = unescaped(rest)
		if at := strings.IndexByte(rest, '@'); at >= 0 {
			return sipAddress("sip", rest, domain)
		}
		rest, _, _ = strings.Cut(rest, ";")
		rest, _, _ = strings.Cut(rest, "?")
		return local(rest, domain)
	}
	return "", "", ErrTarget
}

// plain is a text without what is not seen, and with digits as they are on a phone.
func plain(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９': // U+FF10 to U+FF19
			return r - '０' + '0'
		case r == '＋':
			return '+'
		case r == '（':
			return '('
		case r == '）':
			return ')'
		case unicode.Is(unicode.Dash, r), r == '－':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r): // marks of direction, joiners, soft hyphens
			return -1
		}
		return r
	}, text))
}

// unescaped is a text without its percent signs, as links have it.
func unescaped(text string) string { return plain(sip.Unescape(text)) }

// local is somebody of the domain, or a number.
func local(text, domain string) (uri, shown string, err error) {
	text = strings.TrimSpace(text)
	number := digits(text)
	switch {
	case number != "" && strings.ContainsAny(number, "*#"):
		return "", "", ErrCode
	case number != "":
		return "sip:" + number + "@" + domain, number, nil
	case !isName(text):
		return "", "", ErrTarget
	}
	return "sip:" + escape(text) + "@" + domain, text, nil
}

// digits is a number without what people write between its digits, "" for what is none: "+49 (0)30 1-2" is "+493012".
func digits(text string) string {
	if strings.HasPrefix(text, "+") {
		text = strings.Replace(text, "(0)", "", 1)
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u00a0", r):
		default:
			return ""
		}
	}
	if number := b.String(); strings.ContainsAny(number, "0123456789") || strings.ContainsAny(number, "*#") {
		return number
	}
	return ""
}

// isName tells whether a text can be the name of a user or group.
func isName(text string) bool {
	if text == "" || len(text) > 64 || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.~'!", r) {
			return false
		}
	}
	return true
}

// sipAddress is a SIP address, of which user and host are taken.
func sipAddress(scheme, rest, domain string) (uri, shown string, err error) {
	rest = strings.TrimPrefix(strings.TrimSpace(rest), "//")
	if strings.IndexByte(rest, '@') < 0 {
		rest, _, _ = strings.Cut(rest, ";")
		return local(unescaped(rest), domain)
	}
	parsed, problem := sip.ParseURI(scheme + ":" + rest)
	if problem != nil || parsed.User == "" || parsed.Password != "" || !isHost(parsed.Host) {
		return "", "", ErrTarget
	}
	user := sip.Unescape(parsed.User)
	user, _, _ = strings.Cut(user, ";") // of a telephone number
	if number := digits(user); number != "" {
		if strings.ContainsAny(number, "*#") {
			return "", "", ErrCode
		}
		user = number
	}
	for _, r := range user {
		if !unicode.IsPrint(r) || strings.ContainsRune("\"<>\\%", r) {
			return "", "", ErrTarget
		}
	}
	if user == "" || !utf8.ValidString(user) {
		return "", "", ErrTarget
	}
	clear := sip.URI{Scheme: scheme, User: escape(user), Host: sip.Lower(parsed.Host), Port: parsed.Port}
	return clear.String(), user + "@" + clear.Host, nil
}

// isHost tells whether a host is written in the letters of names and addresses.
func isHost(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for i := range len(host) {
		c := host[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-[]:", c) >= 0) {
			return false
		}
	}
	return true
}

func escape(user string) string { return sip.EscapeUser(user) }

// withParams is a URI with further parameters, before its header fields.
func withParams(uri, params string) string {
	if at := strings.IndexByte(uri, '?'); at >= 0 {
		uri = uri[:at]
	}
	return uri + params
}

// named is the name that a phone shows beside an address, "" where that says nothing more.
func named(shown, uri string) string {
	if strings.Contains(uri, ":"+shown+"@") || strings.HasSuffix(uri, ":"+shown) {
		return ""
	}
	return shown
}
