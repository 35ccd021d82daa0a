// Package phone is the command-line phone: the shell that runs one user agent over sockets and
// a media engine, what the person at it may ask for (commands, keys, scripts), and its screen.
//
// Limits: MaxLines calls at once, MaxPast calls in the history, MaxEvents events that wait to be read (more are lost
// and counted), MaxJobs jobs at once, MaxScriptLine octets in a line of a script. A server's name is looked up by who opens
// the phone; there is one server, and one flow to it. Datagrams carry what does not fit into a packet in fragments.
//
// A Phone owns its goroutines: any number of them may run in one process. Its one mutex owns the
// agent and everything the agent gave out; Do runs a function under it, as a step.
package phone
