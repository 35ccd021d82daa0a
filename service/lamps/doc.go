// Package lamps is the agent that tells how the calls of users stand: sip:lamps@DOMAIN answers for the event package dialog
// (RFC 4235) on behalf of every user and group, so that the lamps of a telephone's keys are right whatever the telephone of the
// other can. It knows the calls from the proxy (proxy.Leg, proxy.Standing), and asks again from time to time: a
// record that was lost leaves no lamp burning for longer than that.
//
// Limitations: calls that go past this server are not seen; those that stood before it was started are seen again with
// the first request within them. Do-not-disturb lights no lamp. A user who was never registered has a lamp like any other. There are
// no shared lines (RFC 7463), and no session descriptions.
//
// Limits: Settings.Most watched users and groups, more are refused with 480; dialoginfo.MaxDialogs dialogs of each, more
// are left out; MaxDocument octets of a document; MaxWaiting subscriptions that wait for the first state, more are refused with 480; event.MaxPerWatcher,
// event.MaxPerTarget and event.MaxSubscriptions subscriptions; a NOTIFY each event.Interval of a subscription, event.Burst at once. Each user is
// asked for again every Reconcile, at most AtOnce of them each ua.Beat. A machine that was silent for MaxSilent
// rounds has no calls of the user any more.
package lamps
