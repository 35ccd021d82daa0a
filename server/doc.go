// Package server is the shell around the machines: it owns every goroutine, socket, timer
// and file. A reader steps the machine a message is for, under that machine's one mutex,
// and sends the outputs of a whole receive batch at once.
//
// Agents live in the same process: announcements, voicemail, menus. They and the proxy exchange SIP by
// inboxes. Whoever has let out what leaves for a machine inside empties its inbox in a loop: nothing is
// stepped within a step, one mutex is held at a time, and each machine's messages keep their order.
//
// Limits: MaxJobs jobs wait for the pool of JobWorkers; MaxInbox messages for one machine, and what is sent
// beyond that counts as not sent; a step that takes longer than SlowStep is reported.
package server
