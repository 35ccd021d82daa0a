// Package menu is the agent that callers choose at by the keys of their telephones: sip:menu@DOMAIN;menu=NAME.
//
// Limits: Settings.Most calls at a time, more are refused with 486; MaxRounds choices in one call, the wrong ones
// included; choices of at most MaxDigits digits. A choice that begins a longer one, or the number of somebody who can be
// dialled, waits for a further digit for as long as Between. Who dials reaches users and groups alone.
//
// The caller's call goes on through the agent: what package b2bua does not pass on is not passed on here.
package menu
