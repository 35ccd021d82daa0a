// Package pin keeps the PINs of mailboxes: as hashes that are slow to guess from, and only such
// PINs as nobody guesses at once.
//
// Limits: a PIN has MinDigits to MaxDigits digits. A hash takes 19 MiB of memory and some 20 ms,
// so it is made and checked in a job, never in a step. Six digits are a million guesses: a hash
// delays whoever stole it by hours, no more; tries at a mailbox are counted elsewhere.
//
// Hashes are PHC strings: "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH" (RFC 9106).
package pin
