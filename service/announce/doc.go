// Package announce is the announcement server: a user agent at sip:announce@DOMAIN;announcement=NAME that answers, plays
// the announcement, and hangs up (RFC 5359 §2.13).
//
// Limits: Settings.Most calls at a time, more are refused with 486; a name of at most MaxName octets. A caller who puts
// the announcement on hold hears the rest of it when taking it off again, within ua.SayLimit.
package announce
