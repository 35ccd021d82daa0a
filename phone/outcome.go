package phone

// Outcome is what became of a command. It comes among the events, behind those of the steps that
// the command made.
type Outcome struct {
	Command string // as it was given
	Err     error
	// What was asked for, of commands that ask.
	Kind    Answer
	Lines   []Line
	History []Past
	Text    string

	reported chan struct{}
}

// Answer says what an Outcome carries beside success.
type Answer uint8

// The answers.
const (
	None       Answer = iota
	TheCalls          // Lines
	TheHistory        // History
	TheHelp           // Text
)
