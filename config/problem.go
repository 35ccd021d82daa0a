package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong, or with Warning set, one that is probably not meant.
type Problem struct {
	Line, Column int    // from 1; 0 when there is no place in a file to show
	Path         string // such as users[1].name; empty for the whole file
	What         string // what is wrong, and why
	Remedy       string // what to do
	Source       string // the line of the file, secrets blotted out
	Warning      bool
}

// String is "users[1].name: what; remedy".
func (p Problem) String() string {
	text := p.What
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Warning {
		text = "warning: " + text
	}
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}

// Error is a configuration that can't be used, with everything that is wrong with it.
type Error struct {
	File     string // as it was named; empty for text from elsewhere
	Problems []Problem
}

// Error has a line for each problem: "hookflash.yaml:7:5: users[1].name: …".
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, problem := range e.Problems {
		lines = append(lines, where(e.File, problem)+problem.String())
	}
	return strings.Join(lines, "\n")
}

// Explain writes problems for a person: each with its place, its line of the file, and a
// mark under it. It ends with a newline unless there are none.
func Explain(file string, problems []Problem) string {
	var text strings.Builder
	for _, problem := range problems {
		fmt.Fprintf(&text, "%s%s\n", where(file, problem), problem)
		if problem.Line == 0 || problem.Source == "" {
			continue
		}
		number := fmt.Sprintf("%5d | ", problem.Line)
		text.WriteString(number + problem.Source + "\n")
		if before := problem.Column - 1; before >= 0 && before < utf8.RuneCountInString(problem.Source) {
			text.WriteString(strings.Repeat(" ", len(number)-2) + "| " + strings.Repeat(" ", before) + "^\n")
		}
	}
	return text.String()
}

func where(file string, problem Problem) string {
	if file == "" {
		file = "configuration"
	}
	if problem.Line == 0 {
		return file + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", file, problem.Line, problem.Column)
}

// inOrder sorts by place; problems without one come last.
func inOrder(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// secret finds the value of a key that looks like a password or PIN, well or badly spelt. In flow
// style the value ends at a comma or brace, unless it is quoted.
var secret = regexp.MustCompile(`(?i)(["']?[\w-]*(?:pas+w?|pwd|pin|secret|ha1|token)[\w-]*["']?\s*:\s*)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s].*)`)

// sourceLine is a line of the file as it may be shown.
func sourceLine(lines []string, number int) string {
	if number < 1 || number > len(lines) {
		return ""
	}
	line := lines[number-1]
	flow := strings.ContainsRune(line, '{')
	line = strings.ToValidUTF8(line[:min(len(line), utf8.UTFMax*(maxShown+1))], "?") // a file may be one line
	more := ""
	if runes := []rune(line); len(runes) > maxShown {
		line, more = string(runes[:maxShown]), "…"
	}
	return strings.ReplaceAll(blot(line, flow), "\t", " ") + more
}

// blot puts stars in the place of secrets. In flow style they end at a comma or brace.
func blot(line string, flow bool) string {
	var text strings.Builder
	for {
		found := secret.FindStringSubmatchIndex(line)
		if found == nil {
			return text.String() + line
		}
		end, value := found[1], line[found[4]:found[5]]
		if first := strings.IndexAny(value, ",}"); flow && first >= 0 && !strings.ContainsAny(value[:1], `"'`) {
			end = found[4] + first
		}
		text.WriteString(line[:found[4]] + strings.Repeat("*", utf8.RuneCountInString(line[found[4]:end])))
		line = line[end:]
	}
}

// maxShown bounds the characters of a source line in a message.
const maxShown = 200
