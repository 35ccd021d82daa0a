package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"hookflash/api"
	"hookflash/directory"
)

func newCalendar() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "calendar",
		Short: "Show and change calendars of a running server",
		Long: "calendar lists, makes, changes and removes calendars: hours of the week when something is open, but for some dates.\n" +
			"Rules ask whether one is open (hookflash rule add).",
		Example: "  hookflash calendar add office --zone Europe/Berlin --open 'mon-fri 09:00-17:00' --date 12-25\n  hookflash calendar list",
	}, calendarList, calendarShow, calendarAdd, calendarSet, calendarRemove)
}

func calendarPath(name string) string { return "/calendars/" + url.PathEscape(name) }

func calendarList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list [--json]", Short: "List calendars", Example: "  hookflash calendar list",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			calendars, err := all[api.Calendar](command.Context(), r, "/calendars")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, calendars)
			}
			rows := [][]string{{"NAME", "ZONE", "OPEN", "DATES"}}
			for _, calendar := range calendars {
				rows = append(rows, []string{calendar.Name, orDash(calendar.Zone.String()), orDash(strings.Join(textsOf(calendar.Open), "; ")), orDash(strings.Join(textsOf(calendar.Dates), "; "))})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func calendarShow(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "show NAME [--json]", Short: "Show a calendar", Example: "  hookflash calendar show office",
		Args: exactly("show", "the name of a calendar"), ValidArgsFunction: c.names("calendars"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var calendar api.Calendar
			if _, err := r.ask(command.Context(), request{path: calendarPath(arguments[0])}, &calendar); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, calendar)
			}
			return table(command.OutOrStdout(), calendarRows(calendar))
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func calendarRows(calendar api.Calendar) [][]string {
	rows := [][]string{{"calendar", calendar.Name}, {"zone", calendar.Zone.Location().String()}}
	for _, hours := range calendar.Open {
		rows = append(rows, []string{"open", hours.String()})
	}
	for _, dates := range calendar.Dates {
		if dates.From == dates.To {
			rows = append(rows, []string{"closed on", dates.String()})
		} else {
			rows = append(rows, []string{"otherwise on", dates.String()})
		}
	}
	return rows
}

// calendarFlags are a calendar as a command line says it.
type calendarFlags struct {
	zone        string
	open, dates []string
}

func (f *calendarFlags) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.zone, "zone", "", "`ZONE` of the hours, such as Europe/Berlin (UTC)")
	flags.StringArrayVar(&f.open, "open", nil, "`HOURS` of the week, such as 'mon-fri 09:00-17:00'; may be repeated, \"\" for none")
	flags.StringArrayVar(&f.dates, "date", nil, "`DATES` when it is closed: 12-25, 2026-12-24..2026-12-26; with hours when it is open: '2026-12-31 09:00-12:00'; may be repeated, \"\" for none")
	completeFlags(command, nothing, "zone", "open", "date")
}

// apply changes a calendar by the flags that were given.
func (f *calendarFlags) apply(command *cobra.Command, calendar *directory.Calendar) (err error) {
	var errs []error
	note := func(flag string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	if f.zone != "" {
		calendar.Zone, err = directory.ParseZone(f.zone)
		note("zone", err)
	}
	if command.Flags().Changed("open") {
		calendar.Open = nil
		for _, text := range f.open {
			if text != "" {
				hours, err := directory.ParseHours(text)
				note("open", err)
				calendar.Open = append(calendar.Open, hours)
			}
		}
	}
	if command.Flags().Changed("date") {
		calendar.Dates = nil
		for _, text := range f.dates {
			if text != "" {
				dates, err := directory.ParseDates(text)
				note("date", err)
				calendar.Dates = append(calendar.Dates, dates)
			}
		}
	}
	return errors.Join(errs...)
}

func calendarAdd(c *connection) *cobra.Command {
	var f calendarFlags
	command := &cobra.Command{
		Use: "add NAME [flags]", Short: "Make a calendar",
		Example: "  hookflash calendar add office --zone Europe/Berlin --open 'mon-fri 09:00-17:00' --date 12-25 --date '12-31 09:00-12:00'",
		Args:    exactly("add", "the name of a calendar"), ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, arguments []string) error {
			var calendar api.Calendar
			if err := f.apply(command, &calendar.Calendar); err != nil {
				return err
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			if _, err := r.ask(command.Context(), request{method: http.MethodPut, path: calendarPath(arguments[0]), body: calendar}, &calendar); err != nil {
				return err
			}
			return table(command.OutOrStdout(), calendarRows(calendar))
		},
	}
	f.flags(command)
	return command
}

func calendarSet(c *connection) *cobra.Command {
	var f calendarFlags
	command := &cobra.Command{
		Use: "set NAME [flags]", Short: "Change a calendar: what the flags name; the rest stays",
		Example: "  hookflash calendar set office --open 'mon-fri 08:00-16:00'",
		Args:    exactly("set", "the name of a calendar"), ValidArgsFunction: c.names("calendars"),
		RunE: func(command *cobra.Command, arguments []string) error {
			if !changes(command) {
				return errNothing(command)
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var kept api.Calendar
			if err := revise(command.Context(), r, calendarPath(arguments[0]), func(calendar *api.Calendar) error {
				err := f.apply(command, &calendar.Calendar)
				kept = *calendar
				return err
			}); err != nil {
				return err
			}
			return table(command.OutOrStdout(), calendarRows(kept))
		},
	}
	f.flags(command)
	return command
}

func calendarRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a calendar", Example: "  hookflash calendar remove office",
		Args: exactly("remove", "the name of a calendar"), ValidArgsFunction: c.names("calendars"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, calendarPath(arguments[0]), "calendar "+arguments[0])
		},
	}
}
