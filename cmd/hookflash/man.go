package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan prints the manual page, for packages.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man",
		Short:  "Print the manual page hookflash(1)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return writeManual(command.OutOrStdout(), command.Root())
		},
	}
}

// writeManual writes man(7) for the program and its commands.
func writeManual(to io.Writer, root *cobra.Command) error {
	var page strings.Builder
	page.WriteString(".TH HOOKFLASH 1\n.SH NAME\nhookflash \\- " + roff(strings.ToLower(root.Short[:1])+root.Short[1:]) + "\n")
	page.WriteString(".SH SYNOPSIS\n.B hookflash\n.I command\n[\\fIflags\\fR]\n.SH DESCRIPTION\n" + roff(root.Long) + "\n.SH COMMANDS\n")
	writeCommands(&page, root)
	page.WriteString(".SH EXAMPLES\n.nf\n" + roff(root.Example) + "\n.fi\n.SH EXIT STATUS\n" +
		"0 when all went well, 1 when it did not, 2 when the command line was not understood.\n")
	_, err := io.WriteString(to, page.String())
	return err
}

// writeCommands writes the commands below one, each with those below it.
func writeCommands(page *strings.Builder, above *cobra.Command) {
	for _, command := range above.Commands() {
		if command.Hidden || command.Name() == "help" || command.Name() == "completion" {
			continue
		}
		description := command.Long
		if description == "" {
			description = command.Short + "."
		}
		fmt.Fprintf(page, ".SS %s\n%s\n", roff(command.UseLine()), roff(description))
		writeFlag := func(flag *pflag.Flag) {
			argument, usage := pflag.UnquoteUsage(flag)
			if flag.Name != "help" {
				fmt.Fprintf(page, ".TP\n\\fB\\-\\-%s\\fR \\fI%s\\fR\n%s\n", roff(flag.Name), roff(argument), roff(usage))
			}
		}
		command.LocalNonPersistentFlags().VisitAll(writeFlag)
		command.PersistentFlags().VisitAll(writeFlag)
		writeCommands(page, command)
	}
}

// roff escapes text for man(7).
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
