package phone

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxScriptLine is how many octets a line of a script may have.
const MaxScriptLine = 4096

// Instruction is one line of a script: [LINE] COMMAND [ARGUMENT…].
type Instruction struct {
	Text      string // as it was given, without white space around it
	Line      uint64 // the call it is about; 0: the current one
	Command   Command
	Arguments []string
}

// ErrUsage tells that an instruction can't be understood.
var ErrUsage = errors.New("not understood")

// Parse reads an instruction. ok is false for an empty line and for a comment, which begins with #.
// The error is an ErrUsage, and says what to write instead.
func Parse(text string) (i Instruction, ok bool, err error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "#") {
		return Instruction{}, false, nil
	}
	i.Text = text
	word, rest := cut(text)
	if number, err := strconv.ParseUint(word, 10, 32); err == nil {
		i.Line = number
		word, rest = cut(rest)
	}
	found, known := Find(word)
	if !known {
		return i, true, fmt.Errorf("%w: there is no command %q; help lists them%s", ErrUsage, word, nearest(word))
	}
	i.Command = found
	for len(i.Arguments) < found.most-1 && rest != "" {
		word, rest = cut(rest)
		i.Arguments = append(i.Arguments, word)
	}
	if rest != "" && (found.rest || !strings.ContainsAny(rest, " \t") && found.most > 0) {
		i.Arguments = append(i.Arguments, rest)
		rest = ""
	}
	if rest != "" || len(i.Arguments) < found.least {
		return i, true, usage(found)
	}
	return i, true, nil
}

func usage(c Command) error { return fmt.Errorf("%w: write %s", ErrUsage, c.Usage()) }

// cut takes the first word off.
func cut(text string) (word, rest string) {
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeft(text[end:], " \t")
}

// nearest proposes a command that begins like a word.
func nearest(word string) string {
	for n := len(word); n > 0; n-- {
		for _, c := range Commands() {
			if strings.HasPrefix(c.Name, strings.ToLower(word[:n])) {
				return "; did you mean " + c.Name + "?"
			}
		}
	}
	return ""
}
