// Package redial calls somebody again when they are free: RFC 5359 §2.17 in a phone, and for phones that can't,
// the agent sip:redial@DOMAIN, which also keeps the queue of those who wait for a user (RFC 6910).
//
// Limitations: free is who has no dialog; who does not want to be disturbed is found out by calling, and called again
// after a while. Of several monitors that a call went to (RFC 6910 §6.2) one is asked. The agent waits for users of its
// own domain alone, and forgets everything when the process ends; phones then ask again.
//
// Limits of a phone: Settings.Limit redials that wait, MaxPending at most; each ends after Settings.Expires, and after
// Settings.Tries calls that found the callee busy. Of the agent: Limit for each caller, MaxRequests in all, MaxCallees
// users that are waited for; MaxQueue in the queue of one callee, MaxQueued in all, further SUBSCRIBEs get 480.
package redial
