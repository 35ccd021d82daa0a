// Package recall is the agent sip:redial@DOMAIN: it calls users back when somebody is free whom they found busy (RFC
// 5359 §2.17 for telephones that can't), and keeps the queue of those who wait for a user (RFC 6910).
//
// Limitations: it waits for users of its own domain. What it knows lasts as long as the process: phones that
// subscribed ask again, and who dialled the code has to dial it again. Subscriptions come from who is vouched for.
//
// Limits: Settings.Limit requests of one caller, MaxRequests in all, MaxQueue that wait for one callee: 480 beyond, or
// said to whoever dialled. Each ends after Settings.Expires, and after Settings.Tries recalls that led nowhere.
// RecallTimer is how long a caller has to call, or to answer, when it is their turn. Settings.Most calls at a time, more
// get 486. The last failed calls of MaxLast users are remembered.
package recall
