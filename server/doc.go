// Package server is the shell around the machines: it owns every goroutine, socket, timer
// and file. A reader steps the machine a message is for, under that machine's one mutex,
// and sends the outputs of a whole receive batch at once.
//
// Limits: MaxJobs jobs wait for the pool of JobWorkers; a step that takes longer than
// SlowStep is reported.
package server
