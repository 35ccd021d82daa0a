// Package redial calls somebody again when they are free: RFC 5359 §2.17 in a phone, which also waits in the callee's
// queue where there is one (RFC 6910). What the server does for phones that can't is in the package below.
//
// Limitations: free is who has no dialog; who does not want to be disturbed is found out by calling, and called again
// after a while. Of several monitors that a call went to (RFC 6910 §6.2) one is asked. What waits ends with the process.
//
// Limits: Settings.Limit redials that wait, MaxPending at most; each ends after Settings.Expires, MaxExpires at most, and
// after Settings.Tries calls that found the callee busy.
package redial
