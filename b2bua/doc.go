// Package b2bua connects calls of one user agent with each other. Ring, Talk and Connect do that for a service that calls
// somebody on behalf of a caller. An Exchange stands between telephones for as long as they talk, and does for them what
// they lack: it follows REFER, Replaces and Join by itself, and takes codes that are dialled within the call.
//
// A call through an Exchange is two dialogs, each with its own identifiers, and so a Replaces, Join, Refer-To or
// Target-Dialog that a side forms of the dialog it is in names one of ours: which leg of which Conversation that is, is
// all the map there is. A third party may also name the end of the telephone: what that can't do for itself, the Exchange does.
//
// Limits: MaxLegs calls of a Conversation, Settings.Most Conversations; a code has at most MaxCode digits, and waits for
// its next one for as long as Between.
//
// Limitations: each call keeps its own session, and the sound goes through the agent; of what is offered, one audio line
// is taken. Holding is not passed on: who is held hears the music of who holds, or nothing. What telephones send each
// other within the call (MESSAGE, INFO that is no digit) is not passed on. Digits go on as tones of a tenth of a second each,
// however long a key was pressed. With whom a telephone is connected now is told by UPDATE alone.
package b2bua
