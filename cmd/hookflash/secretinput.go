package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
)

// askSecret gets a password or PIN: the first line of standard input, or what is typed twice at a
// terminal, which does not show it. It never stands on a command line, where others see it.
func askSecret(command *cobra.Command, what string, fromInput bool) (string, error) {
	input := command.InOrStdin()
	terminal, isFile := input.(*os.File)
	if fromInput || !isFile || !term.IsTerminal(terminal.Fd()) {
		if !fromInput {
			return "", fmt.Errorf("there is no terminal to type a %s at: write it to standard input and add --%[1]s-stdin", strings.ToLower(what))
		}
		line, err := bufio.NewReader(io.LimitReader(input, maxTokenFile)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the %s from standard input: %w", what, err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", fmt.Errorf("there is no %s on standard input: its first line is taken", what)
		}
		return line, nil
	}
	typed := ""
	for _, prompt := range []string{what, what + " again"} {
		fmt.Fprintf(command.ErrOrStderr(), "%s: ", prompt)
		text, err := term.ReadPassword(terminal.Fd())
		fmt.Fprintln(command.ErrOrStderr())
		if err != nil {
			return "", fmt.Errorf("reading the %s: %w", what, err)
		}
		if prompt != what && string(text) != typed {
			return "", fmt.Errorf("the second %s is another one; nothing was changed", what)
		}
		typed = string(text)
	}
	if typed == "" {
		return "", fmt.Errorf("no %s was typed; nothing was changed", what)
	}
	return typed, nil
}
