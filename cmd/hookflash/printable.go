package main

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"
)

// printable escapes what a terminal, a log reader or the direction of writing could take
// for a command. Newlines stay.
func printable(text string) string {
	if strings.IndexFunc(text, strange) < 0 && strings.ToValidUTF8(text, "") == text {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		line, after, more := strings.Cut(rest, "\n")
		for _, r := range line {
			if strange(r) {
				quoted := strconv.QuoteRune(r)
				b.WriteString(quoted[1 : len(quoted)-1])
				continue
			}
			b.WriteRune(r)
		}
		if more {
			b.WriteByte('\n')
		}
		rest = after
	}
	return b.String()
}

func strange(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }

// oneLine is printable without newlines.
func oneLine(text string) string { return strings.ReplaceAll(printable(text), "\n", `\n`) }

// visible is a slog.HandlerOptions.ReplaceAttr for JSON, which escapes control characters, but
// neither those above ASCII nor changes of the direction of writing.
func visible(_ []string, attribute slog.Attr) slog.Attr {
	switch value := attribute.Value.Resolve(); value.Kind() {
	case slog.KindString:
		attribute.Value = slog.StringValue(visibleText(value.String()))
	case slog.KindAny:
		if err, isError := value.Any().(error); isError {
			attribute.Value = slog.StringValue(visibleText(err.Error()))
		}
	case slog.KindDuration:
		attribute.Value = slog.StringValue(value.Duration().String()) // not a number of nanoseconds
	default: // numbers and times are harmless
	}
	return attribute
}

// visibleText keeps what JSON escapes by itself.
func visibleText(text string) string {
	if strings.IndexFunc(text, strange) < 0 {
		return text
	}
	return printable(text)
}
