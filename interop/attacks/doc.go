// Package attacks holds a test for each attack that the server must withstand, one file
// per attack: what is tried, where it happened before, what must come of it, and the
// figure. The figures are reached with HOOKFLASH_SIZE=full (make soak); else each attack
// runs at a small size. They stand behind the build tag interop.
//
// Limits: Linux only; all traffic stays on loopback, or in a network namespace that the
// test makes, and is bounded in count and time. Beside each attack on a running server
// stand a good caller and a good callee whose every call must succeed.
package attacks
