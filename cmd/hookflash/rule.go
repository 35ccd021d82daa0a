package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hookflash/directory"
)

func newRule() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "rule",
		Short: "Show and change a user's screening rules",
		Long: "rule lists, adds and removes the rules by which a user's callers are screened (RFC 5359 section 2.13). They are asked\n" +
			"in their order, and the first whose conditions all hold decides.",
		Example: "  hookflash rule list bob\n  hookflash rule add bob --name night --from '+44*' --hours '22:00-06:00' --action refuse\n  hookflash rule remove bob night",
	}, ruleList, ruleAdd, ruleRemove)
}

func ruleList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list NAME [--json]", Short: "List a user's rules, in their order", Example: "  hookflash rule list bob",
		Args: exactly("list", "the name of a user"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var routing directory.Routing
			if _, err := r.ask(command.Context(), request{path: routingPath(arguments[0])}, &routing); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, append([]directory.Rule{}, routing.Screening...))
			}
			return listRules(command, arguments[0], routing.Screening)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func listRules(command *cobra.Command, user string, rules []directory.Rule) error {
	if len(rules) == 0 {
		fmt.Fprintf(command.OutOrStdout(), "%s has no rules: every caller gets through\n", printable(user))
		return nil
	}
	rows := [][]string{{"", "NAME", "RULE"}}
	for i, rule := range rules {
		name := rule.Name
		rule.Name = ""
		rows = append(rows, []string{strconv.Itoa(i + 1), orDash(name), ruleText(rule)})
	}
	return table(command.OutOrStdout(), rows)
}

// ruleText says what a rule does.
func ruleText(rule directory.Rule) string {
	var parts []string
	if rule.Name != "" {
		parts = append(parts, rule.Name+":")
	}
	parts = append(parts, string(rule.Action))
	if !rule.To.IsZero() {
		parts = append(parts, "to "+rule.To.String())
	}
	before := len(parts)
	list := func(what string, items []string) {
		if len(items) > 0 {
			parts = append(parts, what+" "+strings.Join(items, ","))
		}
	}
	list("callers", textsOf(rule.From))
	list("members of", rule.Groups)
	list("from networks", textsOf(rule.Sources))
	if rule.Anonymous {
		parts = append(parts, "who hide")
	}
	if rule.Away {
		parts = append(parts, "while away")
	}
	if len(parts) == before {
		parts = append(parts, "everybody")
	}
	text := strings.Join(parts, " ") + whenText(rule.When)
	if rule.Announcement != "" {
		text += ", saying " + rule.Announcement
	}
	return text
}

func textsOf[V fmt.Stringer](values []V) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = value.String()
	}
	return texts
}

// everyDay is what stands before hours that are the same on all days.
const everyDay = "mon,tue,wed,thu,fri,sat,sun "

// whenText is a condition of time, with a space before it.
func whenText(when directory.When) (text string) {
	if when.Calendar != "" {
		text = " while " + when.Calendar + " is " + map[bool]string{true: "closed", false: "open"}[when.Closed]
	}
	if len(when.Hours) > 0 {
		hours := textsOf(when.Hours)
		for i := range hours {
			hours[i] = strings.TrimPrefix(hours[i], everyDay)
		}
		text += " during " + strings.Join(hours, " or ")
	}
	if !when.Zone.IsZero() {
		text += " " + when.Zone.String()
	}
	return text
}

// ruleFlags are a rule as a command line says it.
type ruleFlags struct {
	name, action, to, announcement, calendar, zone string
	from, groups, sources, hours                   []string
	anonymous, away, closed                        bool
	at                                             int
}

func (f *ruleFlags) flags(c *connection, command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the rule")
	flags.StringVar(&f.action, "action", "", "allow, refuse, later (call back later), divert, ask (the callee hears who calls and chooses), silent (nobody rings)")
	flags.StringVar(&f.to, "to", "", "`TARGET` of divert")
	flags.StringArrayVar(&f.from, "from", nil, "`CALLER`: alice, '*@spam.test', '+44*', _NXXX.; may be repeated; none: everybody")
	flags.StringArrayVar(&f.groups, "group", nil, "`GROUP` whose members it is about; may be repeated")
	flags.StringArrayVar(&f.sources, "source", nil, "`NETWORK` the call comes from, such as 192.0.2.0/24; may be repeated")
	flags.BoolVar(&f.anonymous, "anonymous", false, "callers who hide")
	flags.BoolVar(&f.away, "away", false, "while the user is away")
	flags.StringArrayVar(&f.hours, "hours", nil, "`HOURS`, such as '22:00-06:00' or 'mon-fri 09:00-17:00'; may be repeated")
	flags.StringVar(&f.zone, "zone", "", "`ZONE` of the hours, such as Europe/Berlin")
	flags.StringVar(&f.calendar, "calendar", "", "`CALENDAR` that is open")
	flags.BoolVar(&f.closed, "closed", false, "… or closed")
	flags.StringVar(&f.announcement, "announcement", "", "`NAME` of what is said to whoever is refused")
	flags.IntVar(&f.at, "at", 0, "`POSITION` among the rules, from 1 (the last)")
	completeFlags(command, words("allow", "refuse", "later", "divert", "ask", "silent"), "action")
	completeFlags(command, c.targets, "to")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("groups", begun), cobra.ShellCompDirectiveNoFileComp
	}, "group")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("calendars", begun), cobra.ShellCompDirectiveNoFileComp
	}, "calendar")
	completeFlags(command, nothing, "name", "from", "source", "hours", "zone", "announcement", "at")
}

// rule is what the flags say.
func (f *ruleFlags) rule() (rule directory.Rule, err error) {
	rule = directory.Rule{
		Name: f.name, Groups: f.groups, Anonymous: f.anonymous, Away: f.away, Action: directory.Action(f.action),
		Announcement: f.announcement, When: directory.When{Calendar: f.calendar, Closed: f.closed},
	}
	var errs []error
	note := func(flag string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	if f.action == "" {
		errs = append(errs, errors.New("--action says what the rule does: allow, refuse, later, divert, ask or silent"))
	}
	rule.From, err = parsePatterns(f.from)
	note("from", err)
	for _, text := range f.sources {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			err = fmt.Errorf("%q is no network: write 192.0.2.0/24 or 2001:db8::/32", text)
		}
		note("source", err)
		rule.Sources = append(rule.Sources, prefix)
	}
	for _, text := range f.hours {
		hours, err := directory.ParseHours(text)
		note("hours", err)
		rule.When.Hours = append(rule.When.Hours, hours)
	}
	if f.zone != "" {
		rule.When.Zone, err = directory.ParseZone(f.zone)
		note("zone", err)
	}
	if f.to != "" {
		rule.To, err = directory.ParseTarget(f.to)
		note("to", err)
	}
	return rule, errors.Join(errs...)
}

func ruleAdd(c *connection) *cobra.Command {
	var f ruleFlags
	command := &cobra.Command{
		Use: "add NAME --action ACTION [flags]", Short: "Add a rule",
		Long: "add puts a rule behind the others, or at a position. All of its conditions must hold; of those that may be repeated, one.",
		Example: "  hookflash rule add bob --name night --from '+44*' --hours '22:00-06:00' --action refuse\n" +
			"  hookflash rule add bob --calendar office --closed --action divert --to voicemail\n  hookflash rule add bob --group sales --action allow --at 1",
		Args: exactly("add", "the name of a user"), ValidArgsFunction: c.names("users"),
		RunE: func(command *cobra.Command, arguments []string) error {
			rule, err := f.rule()
			if err != nil {
				return err
			}
			return c.changesRules(command, arguments[0], func(rules []directory.Rule) ([]directory.Rule, error) {
				at := len(rules)
				if command.Flags().Changed("at") {
					if at = f.at - 1; at < 0 || at > len(rules) {
						return nil, fmt.Errorf("--at: there is no position %d: there are %s", f.at, amount(len(rules), "rule"))
					}
				}
				if rule.Name != "" && slices.ContainsFunc(rules, func(other directory.Rule) bool { return other.Name == rule.Name }) {
					return nil, fmt.Errorf("there is a rule %s already: choose another name, or remove it first", rule.Name)
				}
				return slices.Insert(rules, at, rule), nil
			})
		},
	}
	f.flags(c, command)
	return command
}

// changesRules changes a user's rules and lists them.
func (c *connection) changesRules(command *cobra.Command, user string, edit func([]directory.Rule) ([]directory.Rule, error)) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	var kept []directory.Rule
	if err := revise(command.Context(), r, routingPath(user), func(routing *directory.Routing) (err error) {
		routing.Screening, err = edit(routing.Screening)
		kept = routing.Screening
		return err
	}); err != nil {
		return err
	}
	return listRules(command, user, kept)
}

func ruleRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME RULE", Short: "Remove a rule by its name or position", Example: "  hookflash rule remove bob night\n  hookflash rule remove bob 2",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 2 {
				return errors.New("remove wants the name of a user, and the name or position of a rule")
			}
			return nil
		},
		ValidArgsFunction: c.names("users", c.ruleNames),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.changesRules(command, arguments[0], func(rules []directory.Rule) ([]directory.Rule, error) {
				at := slices.IndexFunc(rules, func(rule directory.Rule) bool { return rule.Name == arguments[1] })
				if position, err := strconv.Atoi(arguments[1]); at < 0 && err == nil && position >= 1 && position <= len(rules) {
					at = position - 1
				}
				if at < 0 {
					return nil, fmt.Errorf("%s has no rule %s: rule list %[1]s shows those there are", arguments[0], arguments[1])
				}
				return slices.Delete(rules, at, at+1), nil
			})
		},
	}
}

// ruleNames completes the names of a user's rules.
func (c *connection) ruleNames(command *cobra.Command, arguments []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	var routing directory.Routing
	if r, err := c.open(); err == nil {
		_, _ = r.ask(command.Context(), request{path: routingPath(arguments[0])}, &routing) // without an answer there are no names
	}
	for i, rule := range routing.Screening {
		if rule.Name == "" {
			rule.Name = strconv.Itoa(i + 1)
		}
		names = append(names, rule.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
