package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

func newRoute() *cobra.Command {
	return administers(&cobra.Command{
		Use:     "route",
		Short:   "Explain where a call would go",
		Long:    "route explains what would happen to a call, rule by rule, without placing it.",
		Example: "  hookflash route explain alice bob\n  hookflash route explain +4930123456 1002 --at '2026-12-25 10:00'",
	}, routeExplain)
}

func routeExplain(c *connection) *cobra.Command {
	var at string
	var asJSON bool
	command := &cobra.Command{
		Use: "explain FROM TO [--at TIME] [--json]", Short: "Say what would happen to a call, rule by rule",
		Long: "explain asks every service that a call from FROM to TO would pass and prints what each found. FROM is a user, a number or\n" +
			"an address; TO is what is dialled. Nobody's phone rings.",
		Example: "  hookflash route explain alice bob\n  hookflash route explain +4930123456 1002 --at '2026-12-25 10:00'\n  hookflash route explain alice bob --json",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 2 {
				return errors.New("explain wants who calls, and what is dialled: hookflash route explain alice bob")
			}
			_, err := parseTime(at)
			return err
		},
		ValidArgsFunction: c.names("users", c.targets),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			query := url.Values{"from": {arguments[0]}, "to": {arguments[1]}}
			if when, err := parseTime(at); err != nil {
				return err
			} else if !when.IsZero() {
				query.Set("at", when.Format(time.RFC3339))
			}
			var explanation api.Explanation
			if _, err := r.ask(command.Context(), request{path: "/routes/explain?" + query.Encode()}, &explanation); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, explanation)
			}
			return writeExplanation(command.OutOrStdout(), explanation)
		},
	}
	command.Flags().StringVar(&at, "at", "", "`TIME` of the call: '2026-12-25 10:00' here, or with a zone, 2026-12-25T10:00:00+01:00 (now)")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	completeFlags(command, nothing, "at")
	return command
}

// parseTime reads a time of the place where the command runs, or with a zone; "" is none.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write '2026-12-25 10:00', or 2026-12-25T10:00:00+01:00", text)
}

func writeExplanation(to io.Writer, explanation api.Explanation) error {
	rows := [][]string{{"", "SERVICE", "WHEN", "FOUND"}}
	for i, step := range explanation.Steps {
		rows = append(rows, []string{fmt.Sprint(i + 1), step.Service, orDash(step.When), step.Text})
	}
	if err := table(to, rows); err != nil {
		return err
	}
	text := "\n" + explanation.Outcome + "\n"
	if len(explanation.Targets) > 0 {
		text += "rings: " + strings.Join(explanation.Targets, ", ") + "\n"
	}
	_, err := io.WriteString(to, printable(text))
	return err
}
