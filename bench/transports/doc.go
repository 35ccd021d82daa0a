// Package transports measures what a call costs the server over each transport, beside
// UDP in the same run: CPU time of the server's process, which runs apart.
//
// Limits: Linux only (the CPU time is read from /proc); the load is open-loop, so a machine
// that can't make it shows calls that never ended, and gives no figure.
package transports
