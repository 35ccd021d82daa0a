// Package guess bounds how many passwords can be tried, without locking their owners out.
//
// Limits and limitations:
//   - It counts in memory: a restart forgets back-off and good addresses. A server that
//     restores bindings reports a success for each of them.
//   - Who shares an owner's good address can make that owner wait there, up to
//     [Limits.Good].Longest per attempt; not elsewhere.
//   - From a new address, and in another /24 (IPv4) or /48 (IPv6) than any good one, an
//     owner under attack shares few chances with the attackers. Who tries again within
//     [Quiet] gives up the chance, so that patience wins against hammering; against
//     attackers as patient and as many as they are, it is one chance in their number.
//   - One [Guesses] counts for itself: the figures hold per instance, so there should be
//     one for all that belongs to a user, not one for every proxy shard.
//
// A digest response is a guess, whether the user exists or not. Ask [Guesses.Allow] when
// the nonce has been checked (ours, fresh, and for this source) and before the digest is
// computed, and report [Guesses.Failed] or [Guesses.Succeeded] before the next question.
// An unknown user is counted in the same accounts and must cost the same digest work.
//
// Three cases, each with an account of its own, so that no attacker uses up another's:
//
//	good      an address the user succeeded from lately    account of (user, address)
//	near      another address in the prefix of a good one  account of (user, prefix)
//	elsewhere                                              accounts of user and prefix, and one for all unproven prefixes
//
// An account allows some failures freely, then makes wait, twice as long after each
// further failure up to a longest wait; quiet forgives one failure at a time.
//
// The state has one owner: whoever holds the machine that asks. There is no lock, no
// clock and no randomness inside.
package guess
