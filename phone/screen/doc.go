// Package screen is the terminal screen of the phone: the calls, who hears whom, what happened, and a
// key for each command.
//
// Limits: maxLog lines of what happened, maxInput runes of input. It shows what a phone's Standing says and runs
// its commands as a script would; it decides nothing itself.
package screen
