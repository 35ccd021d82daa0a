package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"hookflash/directory"
)

func userBlock(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "block NAME CALLER...", Short: "Refuse callers before any rule is asked",
		Long:    "block refuses callers: a user's name, an address, *@domain, a number, a prefix such as +44*, or _NXXX. as in dial plans.",
		Example: "  hookflash user block bob '+44*' '*@spam.test'",
		Args:    callers("block"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			patterns, err := parsePatterns(arguments[1:])
			if err != nil {
				return err
			}
			return c.reroutes(command, arguments[0], func(routing *directory.Routing) error {
				for _, pattern := range patterns {
					if !slices.Contains(routing.Block, pattern) {
						routing.Block = append(routing.Block, pattern)
					}
				}
				return nil
			})
		},
	}
}

func userUnblock(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "unblock NAME CALLER...", Short: "Let callers through again", Example: "  hookflash user unblock bob '+44*'",
		Args: callers("unblock"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			patterns, err := parsePatterns(arguments[1:])
			if err != nil {
				return err
			}
			return c.reroutes(command, arguments[0], func(routing *directory.Routing) error {
				for _, pattern := range patterns {
					at := slices.Index(routing.Block, pattern)
					if at < 0 {
						return fmt.Errorf("%s is not blocked; user show %s says what is", pattern, arguments[0])
					}
					routing.Block = slices.Delete(routing.Block, at, at+1)
				}
				return nil
			})
		},
	}
}

func callers(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, arguments []string) error {
		if len(arguments) < 2 {
			return errors.New(command + " wants the name of a user, and callers such as '+44*' or '*@spam.test'")
		}
		return nil
	}
}

func parsePatterns(texts []string) (patterns []directory.Pattern, err error) {
	for _, text := range texts {
		pattern, err := directory.ParsePattern(text)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}
