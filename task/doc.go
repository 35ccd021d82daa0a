// Package task runs what takes several steps of a machine (ringing, transferring, parking) as
// straight-line code: a task is a coroutine that waits only in First and Sleep, and is resumed by
// the runner of its machine, never inline in what made it runnable.
//
// Limitations: at most MaxTasks live at once in a runner, at most MaxResumes resumptions in one Run,
// and a queue holds at most its limit. A runner that is dropped while tasks wait leaks their
// coroutines: call its Stop. Deferred calls of a stopped task can't wait. A body that recovers every panic
// also catches the one that unwinds it when it is stopped, and should return then. The goroutines that
// step a runner must not be locked to their threads, and belong to one testing/synctest bubble, or none.
//
// A runner, its tasks and their sources belong to one machine: whoever holds its mutex may touch them,
// from any goroutine. Everything happens in the order of Put, Go, Stop and of deadlines; the same steps
// give the same order.
package task
