// Command hookflash is a telephone server for a SIP domain. One file per command.
//
// Limits of the trace command: MaxCalls calls are kept in mind, of each at most
// ladder.MaxArrows messages; a line of the stream is at most maxLine bytes.
//
// Exit status: 0 when all went well, 1 when it did not, 2 when the command line was not
// understood.
package main
