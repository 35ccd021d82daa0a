// Package media measures what mixing, announcements and voicemail cost, and whether packets leave in time: CPU time of
// a process that runs only the engine, or of a server, and how late its packets leave beside those of a bare Go sender
// in the same run.
//
// Limits: Linux only (the CPU time is read from /proc, lateness from the kernel's time stamps); a machine on
// which the load itself can't be made in time gives no figure.
package media
