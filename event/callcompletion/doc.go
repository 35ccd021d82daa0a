// Package callcompletion holds the bodies of the call-completion event package (RFC 6910 §10): where the request
// of a caller to be called back stands in the queue of the callee.
//
// Limits: MaxOctets octets, MaxLines lines. Of a cc-URI only sip and sips URIs are taken.
package callcompletion
