package main

import (
	"io"
	"log/slog"
	"os"
)

// newLogger writes for people on a terminal and for machines elsewhere. The level may
// change while it is in use.
func newLogger(to io.Writer, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if isTerminal(to) {
		return slog.New(slog.NewTextHandler(to, options)) // quotes whatever can't be printed
	}
	options.ReplaceAttr = visible
	return slog.New(slog.NewJSONHandler(to, options))
}

func isTerminal(to io.Writer) bool {
	file, ok := to.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// setLevel takes a level of the configuration, which was validated there.
func setLevel(level *slog.LevelVar, name string) {
	var parsed slog.Level
	if parsed.UnmarshalText([]byte(name)) == nil {
		level.Set(parsed)
	}
}
