package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

func newToken() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "token",
		Short: "Make and remove tokens for a server's API",
		Long: "token makes tokens by which programs and people use the HTTP API of a server: those of administrators may do\n" +
			"everything, a user's own may read and change where that user's calls go.",
		Example: "  hookflash token create --user alice > alice.token\n  hookflash token list\n  hookflash token remove alice-7kq2",
	}, tokenCreate, tokenList, tokenRemove)
}

func tokenCreate(c *connection) *cobra.Command {
	var name, user, expires string
	var asJSON bool
	command := &cobra.Command{
		Use: "create [--user USER] [flags]", Short: "Make a token and print it, this once",
		Long: "create prints the new token alone on standard output. Nobody can see it again: what is kept is a hash. Without --user it is an\n" +
			"administrator's.",
		Example: "  (umask 077; hookflash token create --user alice > alice.token)\n  hookflash token create --name backup --expires 720h",
		Args:    cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			token := api.Token{Name: name, User: user}
			if token.Name == "" {
				token.Name = strings.ToLower(orAdmin(user) + "-" + rand.Text()[:6])
			}
			var err error
			if token.Expires, err = expiry(expires, time.Now()); err != nil {
				return err
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var made api.MadeToken
			if _, err := r.ask(command.Context(), request{method: http.MethodPost, path: "/tokens", body: token}, &made); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, made)
			}
			fmt.Fprintln(command.OutOrStdout(), printable(made.Secret))
			fmt.Fprintf(command.ErrOrStderr(), "token %s is made; keep what was printed: it is not shown again\n", printable(made.Name))
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&user, "user", "", "`USER` whose token it is; without, an administrator's")
	flags.StringVar(&name, "name", "", "`NAME` of the token (made up)")
	flags.StringVar(&expires, "expires", "", "`WHEN` it is no good any more: 720h from now, or '2026-12-31 23:59' (never)")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "user")
	completeFlags(command, nothing, "name", "expires")
	return command
}

func orAdmin(user string) string {
	if user == "" {
		return "admin"
	}
	return user
}

// expiry reads a span from now, or a time.
func expiry(text string, now time.Time) (time.Time, error) {
	if span, err := time.ParseDuration(text); err == nil {
		return now.Add(span).Truncate(time.Second), nil
	}
	return parseTime(text)
}

func tokenList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list [--json]", Short: "List tokens, without their secrets", Example: "  hookflash token list",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			tokens, err := all[api.Token](command.Context(), r, "/tokens")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, tokens)
			}
			rows := [][]string{{"NAME", "WHOSE", "EXPIRES"}}
			for _, token := range tokens {
				whose, expires := "administrator", "never"
				if token.User != "" {
					whose = token.User
				}
				if !token.Expires.IsZero() {
					expires = token.Expires.Local().Format("2006-01-02 15:04")
				}
				rows = append(rows, []string{token.Name, whose, expires})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func tokenRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a token: it is no good at once", Example: "  hookflash token remove backup",
		Args: exactly("remove", "the name of a token: token list shows them"), ValidArgsFunction: c.names("tokens"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, "/tokens/"+url.PathEscape(arguments[0]), "token "+arguments[0])
		},
	}
}
