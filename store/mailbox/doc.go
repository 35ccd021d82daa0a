// Package mailbox keeps voice messages and greetings as files, and survives being killed as
// well as a loss of power.
//
// Limits, each with its error: Settings.Messages of a box (ErrFull), Settings.Octets of a box
// (ErrFull; recordings that have begun may still go beyond it), Settings.Boxes (ErrBoxes),
// MaxMessage octets of one recording (ErrTooLong), MaxText octets of each text about a caller
// (cut), MinFree octets of the disk (ErrSpace), Abandoned of a recording that nobody ended.
// A greeting is recorded in the place of a message, so not in a full box.
// A recording is checked when it is asked for, not when the boxes are opened.
//
// Below its directory there is
//
//	incoming/ID.wav          being recorded, by the media side
//	boxes/BOX/ID.wav         a message
//	boxes/BOX/ID.json        what is known of it: it is there once this is there
//	boxes/BOX/greeting.json  which recording greets
//
// An ID is random, BOX is made of the user's name by Directory: no name that a caller
// chooses is ever part of a path. Both kinds of JSON file are sealed by a CRC-32C of their own
// and hold that of the recording.
//
// The order of Keep: the recording is synced and moved to its box, the box's directory is
// synced, the JSON file is written under another name and synced, renamed (this is where the
// message begins to be there), and the directory synced. What is there without a JSON file
// that names it is rubbish of a process that died, and Open removes it.
package mailbox
