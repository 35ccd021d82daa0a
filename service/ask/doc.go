// Package ask announces callers: sip:ask@DOMAIN;target=URI has the caller say a name, calls the target, and lets who
// answers choose by a key whether to take the call. With ;confirm there is no name, and the caller is not answered before
// somebody has pressed 1: so that a find-me goes on when a mobile's mailbox answers, and not a person.
//
// Limits: Settings.Most calls at a time, more are refused with 486; MaxName of a name; Tries questions. The proxy alone
// is to reach this agent: who knows its address calls any target by it.
//
// Once the caller was answered, nothing else that the callee has set about calls is asked: who is busy or does not answer
// has a mailbox, or none. The calls go on through the agent: what package b2bua does not pass on is not passed on here.
package ask
