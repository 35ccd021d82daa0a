// Package interop holds the tests with real peers: baresip, linphonec, SIPp, Kamailio, tshark
// and JsSIP in Chromium, each installed by the script setup beside this file. They run behind
// the build tag interop, against the binary that make build leaves in bin.
//
// Limits: Linux only; the peers listen on loopback addresses and ports that were free when
// the test began.
package interop
