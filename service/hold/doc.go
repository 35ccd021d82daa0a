// Package hold holds calls, in silence or with music: RFC 5359 §2.1, §2.2 and §2.3, and RFC 7088.
//
// Limits: a music source answers within eight seconds, or the far side hears nothing; ua.MaxAway calls are remembered that
// were left with a music server.
package hold
