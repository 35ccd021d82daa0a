package phone

import "strings"

// Command is one thing that a person or a script can ask of a phone.
type Command struct {
	Name      string
	Arguments string // as help shows them
	Help      string
	Key       string // on the screen; "": none

	least, most int  // arguments
	rest        bool // the last one is the rest of the line
	run         func(e *execution) error
}

// Usage is how the command is written.
func (c Command) Usage() string { return strings.TrimSpace(c.Name + " " + c.Arguments) }

// NeedsArgument tells that the command does nothing without one.
func (c Command) NeedsArgument() bool { return c.least > 0 }

// Commands are all commands, in the order of help.
func Commands() []Command {
	return []Command{
		{Name: "call", Arguments: "TARGET", Key: "c", Help: "call somebody; the call that talks is put on hold first", least: 1, most: 1, run: call},
		{Name: "answer", Arguments: "[LINE]", Key: "a", Help: "answer the call that rings", most: 1, run: answer},
		{Name: "reject", Arguments: "[LINE] [CODE]", Key: "r", Help: "refuse the call that rings, with 486 or another code", most: 2, run: reject},
		{Name: "divert", Arguments: "TARGET | voicemail | announcement NAME", Key: "v", Help: "send the call that rings elsewhere (302)", least: 1, most: 2, run: divert},
		{Name: "hangup", Arguments: "[LINE | all]", Key: "x", Help: "end the call", most: 1, run: hangup},
		{Name: "hold", Arguments: "[LINE]", Key: "h", Help: "put the far side on hold", most: 1, run: hold},
		{Name: "resume", Arguments: "[LINE]", Key: "h", Help: "and take it off again, or back from the music server", most: 1, run: resume},
		{Name: "music", Arguments: "[LINE]", Key: "l", Help: "leave the far side with the music server; resume takes it back", most: 1, run: music},
		{Name: "swap", Key: "s", Help: "hold the call that talks and resume the other one", run: swap},
		{Name: "transfer", Arguments: "TARGET", Key: "t", Help: "connect the far side with somebody else, without asking there first", least: 1, most: 1, run: transfer},
		{Name: "attended", Arguments: "TARGET", Key: "T", Help: "hold the far side and ask somebody else first; then complete", least: 1, most: 1, run: attended},
		{Name: "complete", Key: "o", Help: "connect the held call with the one that talks or rings, and leave", run: complete},
		{Name: "message-transfer", Arguments: "TARGET", Key: "i", Help: "send somebody a message by which they can take the call over", least: 1, most: 1, run: messageTransfer},
		{Name: "conference", Arguments: "[TARGET]", Key: "f", Help: "talk with the held call too, or with one more person", most: 1, run: conference},
		{Name: "to-room", Arguments: "[ROOM]", Key: "F", Help: "move the conversation into a conference room of the server, a new one or that one", most: 1, run: toRoom},
		{Name: "join", Arguments: "TARGET DIALOG", Help: "join somebody's conversation: CALL-ID;to-tag=TAG;from-tag=TAG", least: 2, most: 2, run: join},
		{Name: "take-over", Arguments: "[URI]", Key: "k", Help: "take over the call that a message offered", most: 1, run: takeOver},
		{Name: "pickup", Arguments: "TARGET", Key: "g", Help: "take the call that rings at somebody's telephone, or in a group", least: 1, most: 1, run: pickUp},
		{Name: "park", Arguments: "[PLACE]", Key: "p", Help: "park the far side with the server, at the first free place or that one", most: 1, run: park},
		{Name: "unpark", Arguments: "[PLACE]", Key: "P", Help: "take the call that is parked there, or has been parked longest", most: 1, run: unpark},
		{Name: "dtmf", Arguments: "DIGITS", Key: "d", Help: "send digits: 0-9 * # A-D", least: 1, most: 1, run: dial},
		{Name: "message", Arguments: "TARGET TEXT", Key: "m", Help: "write to somebody", least: 2, most: 2, rest: true, run: message},
		{Name: "redial", Key: "R", Help: "call whom you called last", run: redial},
		{Name: "watch", Arguments: "TARGET", Help: "tell from now on whether somebody's telephone rings or is busy", least: 1, most: 1, run: watch},
		{Name: "unwatch", Arguments: "[TARGET]", Help: "and no longer; nobody's without a target", most: 1, run: unwatch},
		{Name: "redial-when-free", Arguments: "[TARGET]", Help: "call somebody as soon as they are free: who was busy last", most: 1, run: redialWhenFree},
		{Name: "redials", Help: "list for whom the phone waits", run: redials},
		{Name: "cancel-redial", Arguments: "[NUMBER]", Help: "wait for somebody no longer, or for nobody", most: 1, run: cancelRedial},
		{Name: "why", Key: "w", Help: "hear why the last call was refused", run: hearWhy},
		{Name: "mute", Key: "u", Help: "nobody hears you", run: muteMicrophone},
		{Name: "unmute", Key: "u", Help: "they hear you again", run: unmuteMicrophone},
		{Name: "calls", Help: "list the calls", run: calls},
		{Name: "history", Key: "y", Help: "list the calls of the past", run: history},
		{Name: "dnd", Arguments: "on | off", Key: "n", Help: "do not disturb: callers hear busy", least: 1, most: 1, run: doNotDisturb},
		{Name: "auto", Arguments: "on | off", Key: "A", Help: "answer calls by itself", least: 1, most: 1, run: autoAnswer},
		{Name: "wait", Arguments: "EVENT[:CODE] [SECONDS]", Help: "wait for an event (10 s)", least: 1, most: 2, run: waitFor},
		{Name: "expect", Arguments: "EVENT[:CODE]…", Help: "the next events must be these, within 10 s each", least: 1, most: 1, rest: true, run: expect},
		{Name: "sleep", Arguments: "SECONDS", Help: "do nothing", least: 1, most: 1, run: sleep},
		{Name: "help", Arguments: "[COMMAND]", Key: "?", Help: "list the commands, or explain one", most: 1, run: help},
		{Name: "quit", Key: "q", Help: "hang up and end", run: quit},
	}
}

// Find finds a command by its name.
func Find(name string) (Command, bool) {
	for _, c := range Commands() {
		if c.Name == strings.ToLower(name) {
			return c, true
		}
	}
	return Command{}, false
}
