package main

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

const (
	completionPatience = time.Second
	completionNames    = "50"
)

// completion gives the words that can stand where the cursor is.
type completion = func(command *cobra.Command, arguments []string, begun string) ([]string, cobra.ShellCompDirective)

// names completes names of one kind ("users") where the server can be reached: the first argument,
// then what follows gives.
func (c *connection) names(kind string, follow ...completion) completion {
	return func(command *cobra.Command, arguments []string, begun string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(arguments) == 0:
			return c.known(kind, begun), cobra.ShellCompDirectiveNoFileComp
		case len(arguments) <= len(follow):
			return follow[len(arguments)-1](command, arguments, begun)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func (c *connection) known(kind, begun string) (names []string) {
	r, err := c.open()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionPatience)
	defer cancel()
	var page api.Page[struct {
		Name string `json:"name"`
		ID   string `json:"id"` // of what is known by that alone
	}]
	if _, err := r.ask(ctx, request{path: "/" + kind + "?" + url.Values{"prefix": {begun}, "limit": {completionNames}}.Encode()}, &page); err != nil {
		return nil
	}
	for _, item := range page.Items {
		if name := cmp.Or(item.ID, item.Name); strings.HasPrefix(name, begun) {
			names = append(names, name)
		}
	}
	return names
}

// targets completes where a call can go.
func (c *connection) targets(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return append(c.known("users", begun), append(c.known("groups", begun), "voicemail")...), cobra.ShellCompDirectiveNoFileComp
}

// completeFlags gives flags of a command their completions.
func completeFlags(command *cobra.Command, by completion, flags ...string) {
	for _, flag := range flags {
		_ = command.RegisterFlagCompletionFunc(flag, by) // the flags are there
	}
}

func words(words ...string) completion {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// nothing completes to no word, nor to a file.
func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}
