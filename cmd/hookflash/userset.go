package main

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hookflash/api"
	"hookflash/directory"
)

// userFlags are what user add and user set say about a user.
type userFlags struct {
	numbers, digest, assistants                          []string
	display, language, class, redirects, mail, voicemail string
	music, zone                                          string
	away, rejectAnonymous, intercom, callWaiting         string
	passwordStdin, pinStdin                              bool
}

func (u *userFlags) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVar(&u.numbers, "number", nil, "`NUMBER` that leads to the user, such as 1002 or +4930123456; may be repeated, \"\" for none")
	flags.StringVar(&u.display, "display", "", "`NAME` that goes with the number")
	flags.StringArrayVar(&u.digest, "digest", nil, "`ALGORITHM` offered to the user's phones; may be repeated, \"\" for the domain's")
	flags.StringArrayVar(&u.assistants, "assistant", nil, "`USER` who may take over the user's calls; may be repeated, \"\" for none")
	flags.StringVar(&u.class, "class", "", "how far calls may go: internal, national, international, premium")
	flags.StringVar(&u.redirects, "redirects", "", "what becomes of a 3xx of the user's phones: follow, pass, or \"\" as the domain has it")
	flags.StringVar(&u.language, "language", "", "of prompts: en, zh, or \"\" for the domain's")
	flags.StringVar(&u.music, "music", "", "`NAME` of what those hear who wait for the user; \"\" for the group's or the domain's")
	flags.StringVar(&u.voicemail, "voicemail", "", "on or off")
	flags.StringVar(&u.mail, "mail", "", "`ADDRESS` that gets a copy of each voice message; \"\" for none")
	flags.StringVar(&u.away, "away", "", "on or off: rules may ask for it")
	flags.StringVar(&u.rejectAnonymous, "reject-anonymous", "", "on or off: refuse callers who hide")
	flags.StringVar(&u.callWaiting, "call-waiting", "", "on or off: whether calls ring while the user is in a call")
	flags.StringVar(&u.intercom, "intercom", "", "on or off: users of the domain may speak to the user's phones, which answer by themselves (*80)")
	flags.StringVar(&u.zone, "zone", "", "time `ZONE` of the time that the user is told, such as Europe/Berlin; \"\" for the server's")
	flags.BoolVar(&u.passwordStdin, "password-stdin", false, "the password is the first line of standard input")
	completeFlags(command, words("internal", "national", "international", "premium"), "class")
	completeFlags(command, words("follow", "pass"), "redirects")
	completeFlags(command, words("en", "zh"), "language")
	completeFlags(command, words("SHA-512-256", "SHA-256", "MD5"), "digest")
	completeFlags(command, words("on", "off"), "voicemail", "away", "reject-anonymous", "call-waiting", "intercom")
	completeFlags(command, nothing, "number", "display", "mail", "music", "zone")
}

// apply changes a user by the flags that were given.
func (u *userFlags) apply(given *pflag.FlagSet, user *api.User) error {
	if user.Routing == nil {
		user.Routing = &directory.Routing{}
	}
	routing := user.Routing
	lists := map[string]struct {
		from []string
		to   *[]string
	}{"number": {u.numbers, &routing.Numbers}, "digest": {u.digest, &user.Digest}, "assistant": {u.assistants, &user.Assistants}}
	for name, list := range lists {
		if given.Changed(name) {
			*list.to = slices.DeleteFunc(slices.Clone(list.from), func(text string) bool { return text == "" })
		}
	}
	texts := map[string]func(){
		"display":   func() { routing.Display = u.display },
		"class":     func() { routing.Outgoing.Class = directory.Class(u.class) },
		"redirects": func() { routing.Redirects = directory.Redirects(u.redirects) },
		"language":  func() { routing.Language = u.language },
		"music":     func() { routing.Music = u.music },
		"mail":      func() { routing.Mailbox.Mail = u.mail },
	}
	for name, set := range texts {
		if given.Changed(name) {
			set()
		}
	}
	for _, choice := range []struct {
		name, text string
		set        func(on bool)
	}{
		{"voicemail", u.voicemail, func(on bool) { routing.Mailbox.Off = !on }},
		{"away", u.away, func(on bool) { routing.Away = on }},
		{"reject-anonymous", u.rejectAnonymous, func(on bool) { routing.RejectAnonymous = on }},
		{"call-waiting", u.callWaiting, func(on bool) { routing.CallWaitingOff = directory.SwitchedOff(!on) }},
		{"intercom", u.intercom, func(on bool) { routing.Intercom = on }},
	} {
		if !given.Changed(choice.name) {
			continue
		}
		on, err := onOrOff("--"+choice.name, choice.text)
		if err != nil {
			return err
		}
		choice.set(on)
	}
	if !given.Changed("zone") {
		return nil
	}
	return routing.Zone.UnmarshalText([]byte(u.zone))
}

// onOrOff reads a choice.
func onOrOff(what, text string) (on bool, err error) {
	if text != "on" && text != "off" {
		return false, fmt.Errorf("%s wants on or off, not %q", what, text)
	}
	return text == "on", nil
}

func userAdd(c *connection) *cobra.Command {
	var u userFlags
	command := &cobra.Command{
		Use: "add NAME [flags]", Short: "Make a user",
		Long: "add makes a user. The password is asked for, or read from standard input; it is never part of a command line.",
		Example: "  hookflash user add dave --number 1004 --display Dave\n" +
			"  pwgen 20 1 | tee dave.password | hookflash user add dave --password-stdin",
		Args: exactly("add", "the name of a user"), ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, arguments []string) error {
			var user api.User
			if err := u.apply(command.Flags(), &user); err != nil {
				return err
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			if user.Password, err = askSecret(command, "Password", u.passwordStdin); err != nil {
				return err
			}
			if _, err := r.ask(command.Context(), request{method: http.MethodPut, path: userPath(arguments[0]), body: user}, &user); err != nil {
				return err
			}
			return table(command.OutOrStdout(), userRows(user))
		},
	}
	u.flags(command)
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "assistant")
	return command
}

func userSet(c *connection) *cobra.Command {
	var u userFlags
	var password bool
	command := &cobra.Command{
		Use: "set NAME [flags]", Short: "Change a user",
		Long: "set changes what its flags name and leaves the rest. --password and --pin ask for a new password of the phones, and a\n" +
			"new PIN of the mailbox; neither is ever part of a command line.",
		Example: "  hookflash user set bob --number 1002 --number +4930123456\n  hookflash user set bob --class international\n" +
			"  hookflash user set bob --pin-stdin < pin",
		Args: exactly("set", "the name of a user"), ValidArgsFunction: c.names("users"),
	}
	u.flags(command)
	flags := command.Flags()
	flags.BoolVar(&password, "password", false, "ask for a new password")
	flags.BoolVar(&u.pinStdin, "pin-stdin", false, "the PIN of the mailbox is the first line of standard input")
	pin := flags.Bool("pin", false, "ask for a new PIN of the mailbox")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		password = password || u.passwordStdin
		return c.sets(command, arguments[0], &u, secrets{password: password, pin: *pin || u.pinStdin})
	}
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "assistant")
	return command
}

// secrets says which secrets are to be set.
type secrets struct{ password, pin bool }

// sets changes a user by flags.
func (c *connection) sets(command *cobra.Command, name string, u *userFlags, wanted secrets) (err error) {
	if !changes(command) {
		return errNothing(command)
	}
	if u.passwordStdin && u.pinStdin {
		return fmt.Errorf("standard input has one secret: give --password-stdin and --pin-stdin one after the other")
	}
	if err := u.apply(command.Flags(), &api.User{}); err != nil {
		return err
	}
	r, err := c.open()
	if err != nil {
		return err
	}
	var password, pin string
	if wanted.password {
		if password, err = askSecret(command, "Password", u.passwordStdin); err != nil {
			return err
		}
	}
	if wanted.pin {
		if pin, err = askSecret(command, "PIN", u.pinStdin); err != nil {
			return err
		}
	}
	if err := revise(command.Context(), r, userPath(name), func(user *api.User) error {
		user.Password = password
		err := u.apply(command.Flags(), user)
		user.Routing.Mailbox.PIN = pin
		return err
	}); err != nil {
		return err
	}
	return c.shows(command, r, name)
}

// shows prints a user.
func (c *connection) shows(command *cobra.Command, r *remote, name string) error {
	var user api.User
	if _, err := r.ask(command.Context(), request{path: userPath(name)}, &user); err != nil {
		return err
	}
	return table(command.OutOrStdout(), userRows(user))
}
