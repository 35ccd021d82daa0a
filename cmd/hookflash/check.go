package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"hookflash/config"
)

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE",
		Short:   "Explain every mistake in a configuration",
		Long:    "check reads a configuration as serve does and explains everything that is wrong with it:\nwhere, what, why, and what to write instead. The exit status is 0 when serve would take it.",
		Example: "  hookflash check hookflash.yaml",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return errors.New("check needs the name of one file: hookflash check hookflash.yaml")
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(command *cobra.Command, arguments []string) error {
			return check(arguments[0], command.OutOrStdout())
		},
	}
}

func check(file string, stdout io.Writer) error {
	loaded, warnings, err := config.Load(file)
	var wrong *config.Error
	switch {
	case errors.As(err, &wrong):
		fmt.Fprint(stdout, config.Explain(file, wrong.Problems))
		fmt.Fprintf(stdout, "\n%s has %s; serve would refuse it\n", file, mistakes(wrong.Problems))
		return &saidError{err}
	case err != nil:
		return unreadable(file, err)
	}
	if len(warnings) > 0 {
		fmt.Fprintln(stdout, config.Explain(file, warnings))
	}
	fmt.Fprintf(stdout, "%s is fine: domain %s, %s, listens on %s\n", file, loaded.Domain, strings.Join(contents(loaded), ", "), listeners(loaded))
	return nil
}

// contents counts what a configuration holds, and leaves out what it has none of.
func contents(loaded *config.Config) []string {
	rules := 0
	for i := range loaded.Users {
		if routing := loaded.Users[i].Routing; routing != nil {
			rules += len(routing.Screening) + len(routing.Outgoing.Rules)
		}
	}
	counts := []string{amount(len(loaded.Users), "user")}
	for _, count := range []struct {
		of   int
		noun string
	}{{len(loaded.Groups), "group"}, {rules, "rule"}, {len(loaded.Calendars), "calendar"}, {len(loaded.Menus), "menu"}, {len(loaded.Trunks), "trunk"}} {
		if count.of > 0 {
			counts = append(counts, amount(count.of, count.noun))
		}
	}
	return counts
}

// mistakes counts problems for a person.
func mistakes(problems []config.Problem) string {
	count := 0
	for _, problem := range problems {
		if !problem.Warning {
			count++
		}
	}
	return amount(count, "mistake")
}

func amount(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}

// listeners names every socket of a configuration.
func listeners(loaded *config.Config) string {
	var names []string
	for _, listener := range loaded.Listen.SIP {
		names = append(names, listener.String())
	}
	if loaded.Listen.HTTP.IsValid() {
		names = append(names, "http:"+loaded.Listen.HTTP.String())
	}
	return strings.Join(names, " ")
}

// unreadable says what to do about a file that can't be read.
func unreadable(file string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w\nCheck the name %s, or run hookflash serve without --config for the demo domain", err, file)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nLet this user read it: chmod u+r %s, or chown", err, file)
	}
	return err
}
