package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

func newRedial() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "redial",
		Short: "Show and cancel calls that wait until somebody is free",
		Long: "redial shows for whom a user waits: calls that are made as soon as the callee has hung up (*66 on the telephone,\n" +
			"redial-when-free in hookflash phone). A user's own token is good for it.",
		Example: "  hookflash redial list alice\n  hookflash redial cancel alice 7",
	}, redialList, redialCancel)
}

func redialsPath(user string) string { return "/users/" + url.PathEscape(user) + "/redials" }

func redialList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list USER [--json]", Short: "List for whom a user waits", Example: "  hookflash redial list alice",
		Args: exactly("list", "the name of a user"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var page api.Page[api.Redial]
			if _, err := r.ask(command.Context(), request{path: redialsPath(arguments[0])}, &page); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, page.Items)
			}
			rows := [][]string{{"ID", "CALLEE", "STATE", "BY", "SINCE", "UNTIL"}}
			for _, one := range page.Items {
				rows = append(rows, []string{
					strconv.FormatUint(one.ID, 10), one.Callee, one.State, one.By, one.Since.Local().Format(time.TimeOnly), one.Until.Local().Format(time.TimeOnly),
				})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func redialCancel(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "cancel USER ID", Short: "Wait for somebody no longer", Long: "cancel ends one of the redials that redial list shows, by its number there.",
		Example: "  hookflash redial cancel alice 7", ValidArgsFunction: c.names("users"),
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 2 {
				return errors.New("cancel wants the name of a user, and the ID that redial list shows")
			}
			if id, err := strconv.ParseUint(arguments[1], 10, 64); err != nil || id == 0 {
				return fmt.Errorf("%q is no ID; redial list %s shows them", arguments[1], arguments[0])
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			if _, err := r.ask(command.Context(), request{method: http.MethodDelete, path: redialsPath(arguments[0]) + "/" + arguments[1]}, nil); err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "redial %s of %s is cancelled\n", printable(arguments[1]), printable(arguments[0]))
			return nil
		},
	}
}
