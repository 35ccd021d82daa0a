// Package digest challenges and checks, and answers, by the Digest scheme of RFC 7616 as
// RFC 8760 brings it to SIP, with clients of RFC 2617 and RFC 2069 (no qop) still served.
//
// Limitations: no -sess algorithms, no userhash and no username* (RFC 7616 §3.4.4), no
// Authentication-Info (§3.5). Nonces and the use of them rest on the wall clock: a clock
// set forward and later back costs each user at most one more challenge, and a nonce issued
// in between is refused until the clock gets there again; then only those still in
// the user's Windows are known to have been used.
//
// Limits: MaxValue bytes and MaxParameters parameters in a header field value, MaxWindows
// nonces in use per user, nonces valid for Lifetime.
//
// A server appends a Challenge per algorithm with one nonce of Nonces.Append; on the next
// request it parses the Credentials, asks Nonces.Check about the nonce, Credentials.Verify
// about the response (with a Decoy where there is no such user), and last Windows.Accept.
// Only Fresh from both and true from Verify let a request pass; whoever failed Verify
// never reaches a Windows, so a stranger can't spend or evict a user's nonces.
package digest
