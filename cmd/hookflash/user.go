package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hookflash/api"
	"hookflash/directory"
)

func newUser() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "user",
		Short: "Show and change users of a running server",
		Long: "user lists, makes, changes and removes users of a running server, and says where their calls go. Every change\n" +
			"holds from the next call on, and is kept. Targets are users, groups, numbers, SIP addresses, voicemail,\n" +
			"voicemail:NAME, menu:NAME, announcement:NAME, or phones for the user's own.",
		Example: "  hookflash user list\n  hookflash user show bob\n  hookflash user add dave --number 1004\n" +
			"  hookflash user forward bob --no-answer carol --after 20s\n  hookflash user dnd bob on",
	}, userList, userShow, userAdd, userSet, userRemove, userForward, userFindMe, userDoNotDisturb, userBlock, userUnblock)
}

// userPath is the path of a user, routingPath of where the user's calls go.
func userPath(name string) string    { return "/users/" + url.PathEscape(name) }
func routingPath(name string) string { return userPath(name) + "/routing" }

func userList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list [--json]", Short: "List users", Example: "  hookflash user list",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			users, err := all[api.User](command.Context(), r, "/users")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, users)
			}
			rows := [][]string{{"NAME", "NUMBERS", "DISPLAY", "CALLS GO"}}
			for _, user := range users {
				routing := user.Routing
				if routing == nil {
					routing = &directory.Routing{}
				}
				rows = append(rows, []string{user.Name, orDash(strings.Join(routing.Numbers, ",")), orDash(routing.Display), callsGo(routing)})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// callsGo says in a few words where a user's calls go.
func callsGo(routing *directory.Routing) string {
	var parts []string
	if routing.DoNotDisturb {
		parts = append(parts, "do not disturb")
	}
	if routing.CallWaitingOff {
		parts = append(parts, "no call waiting")
	}
	if !routing.Forward.Unconditional.IsZero() {
		parts = append(parts, "to "+routing.Forward.Unconditional.String())
	} else if len(routing.FindMe.Steps) > 0 && !routing.FindMe.Off {
		parts = append(parts, "find-me in "+amount(len(routing.FindMe.Steps), "step"))
	}
	if count := len(routing.Screening); count > 0 {
		parts = append(parts, amount(count, "rule"))
	}
	if len(parts) == 0 {
		return "to the phones"
	}
	return strings.Join(parts, ", ")
}

func userShow(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "show NAME [--json]", Short: "Show a user, and where the user's calls go", Example: "  hookflash user show bob",
		Args: exactly("show", "the name of a user"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var user api.User
			if _, err := r.ask(command.Context(), request{path: userPath(arguments[0])}, &user); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, user)
			}
			return table(command.OutOrStdout(), userRows(user))
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// exactly wants one argument.
func exactly(command, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, arguments []string) error {
		if len(arguments) != 1 || arguments[0] == "" {
			return fmt.Errorf("%s wants %s", command, what)
		}
		return nil
	}
}

// userRows is a user for a person to read.
func userRows(user api.User) [][]string {
	routing := user.Routing
	if routing == nil {
		routing = &directory.Routing{}
	}
	rows := [][]string{{"user", user.Name}}
	add := func(what, value string) {
		if value != "" {
			rows = append(rows, []string{what, value})
		}
	}
	target := func(what string, to directory.Target) {
		if !to.IsZero() {
			add(what, "to "+to.String())
		}
	}
	add("display", routing.Display)
	add("numbers", strings.Join(routing.Numbers, " "))
	add("digest", strings.Join(user.Digest, " "))
	add("assistants", strings.Join(user.Assistants, " "))
	if routing.DoNotDisturb {
		add("do not disturb", "on")
	}
	if routing.CallWaitingOff {
		add("call waiting", "off")
	}
	if routing.Away {
		add("away", "yes")
	}
	target("all calls", routing.Forward.Unconditional)
	target("when busy", routing.Forward.Busy)
	if to := routing.Forward.NoAnswer.To; !to.IsZero() {
		add("when nobody answers", "to "+to.String()+" after "+routing.Forward.NoAnswer.After.Or(directory.DefaultRing).String())
	}
	target("when no phone is there", routing.Forward.Unreachable)
	for i, step := range routing.FindMe.Steps {
		label := "find-me " + strconv.Itoa(i+1)
		if routing.FindMe.Off {
			label += " (off)"
		}
		add(label, stepText(step))
	}
	for i, rule := range routing.Screening {
		add("rule "+strconv.Itoa(i+1), ruleText(rule))
	}
	for _, pattern := range routing.Block {
		add("blocked", pattern.String())
	}
	if routing.RejectAnonymous {
		add("anonymous calls", "refused")
	}
	if routing.Intercom {
		add("intercom", "allowed")
	}
	return append(rows, outgoingRows(user, routing)...)
}

func outgoingRows(user api.User, routing *directory.Routing) (rows [][]string) {
	rows = append(rows, []string{"may call", string(routing.Outgoing.Class.Or())})
	for i, rule := range routing.Outgoing.Rules {
		var to []string
		for _, pattern := range rule.To {
			to = append(to, pattern.String())
		}
		what := map[bool]string{true: "allows ", false: "refuses "}[rule.Allow]
		rows = append(rows, []string{"outgoing rule " + strconv.Itoa(i+1), what + strings.Join(to, " ") + whenText(rule.When)})
	}
	switch {
	case routing.Mailbox.Off:
		rows = append(rows, []string{"voicemail", "off"})
	case routing.Mailbox.Mail != "":
		rows = append(rows, []string{"voicemail", "also by mail to " + routing.Mailbox.Mail})
	}
	for what, value := range map[string]string{"language": routing.Language, "redirects": string(routing.Redirects), "music": routing.Music, "zone": routing.Zone.String()} {
		if value != "" {
			rows = append(rows, []string{what, value})
		}
	}
	if user.Source == "file" {
		rows = append(rows, []string{"made by", "the configuration file"})
	}
	return rows
}

func userRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a user, with the user's tokens", Example: "  hookflash user remove dave",
		Args: exactly("remove", "the name of a user"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, userPath(arguments[0]), "user "+arguments[0])
		},
	}
}

// removes deletes something and says so.
func (c *connection) removes(command *cobra.Command, path, what string) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	if err := r.remove(command.Context(), path); err != nil {
		return err
	}
	fmt.Fprintf(command.OutOrStdout(), "%s is removed\n", printable(what))
	return nil
}

// reroutes changes where a user's calls go, and shows it.
func (c *connection) reroutes(command *cobra.Command, name string, edit func(*directory.Routing) error) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	ctx := command.Context()
	if err := revise(ctx, r, routingPath(name), edit); err != nil {
		return err
	}
	return r.showRouting(ctx, command, name)
}

func (r *remote) showRouting(ctx context.Context, command *cobra.Command, name string) error {
	user := api.User{Name: name, Routing: &directory.Routing{}}
	if _, err := r.ask(ctx, request{path: routingPath(name)}, user.Routing); err != nil {
		return err
	}
	return table(command.OutOrStdout(), userRows(user))
}

// changes tells whether any flag of the command's own was given.
func changes(command *cobra.Command) (any bool) {
	own := command.LocalNonPersistentFlags()
	command.Flags().Visit(func(flag *pflag.Flag) { any = any || own.Lookup(flag.Name) != nil })
	return any
}

// errNothing: a command that changes something was told nothing to change.
func errNothing(command *cobra.Command) error {
	return errors.New("nothing to change: name what with a flag; " + command.CommandPath() + " --help lists them")
}
