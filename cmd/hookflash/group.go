package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
	"hookflash/directory"
)

func newGroup() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "group",
		Short: "Show and change ring groups of a running server",
		Long:  "group lists, makes, changes and removes groups: several users under one name or number, who ring at once or in turn.",
		Example: "  hookflash group add sales --member alice --member bob --ring 20s --no-answer voicemail:alice\n" +
			"  hookflash group list\n  hookflash group set sales --number 2000\n  hookflash group remove sales",
	}, groupList, groupShow, groupAdd, groupSet, groupRemove)
}

func groupPath(name string) string { return "/groups/" + url.PathEscape(name) }

func groupList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list [--json]", Short: "List groups", Example: "  hookflash group list",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			groups, err := all[api.Group](command.Context(), r, "/groups")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, groups)
			}
			rows := [][]string{{"NAME", "NUMBERS", "MEMBERS", "RING", "NO ANSWER"}}
			for _, group := range groups {
				rows = append(rows, []string{group.Name, orDash(strings.Join(group.Numbers, ",")), strings.Join(group.Members, ","), ringText(group.Group), orDash(group.NoAnswer.String())})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func ringText(group directory.Group) string {
	return map[bool]string{true: "in turn, each ", false: "all for "}[group.InTurn] + group.Ring.Or(directory.DefaultRing).String()
}

func groupShow(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "show NAME [--json]", Short: "Show a group", Example: "  hookflash group show sales",
		Args: exactly("show", "the name of a group"), ValidArgsFunction: c.names("groups"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var group api.Group
			if _, err := r.ask(command.Context(), request{path: groupPath(arguments[0])}, &group); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, group)
			}
			return table(command.OutOrStdout(), groupRows(group))
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func groupRows(group api.Group) [][]string {
	rows := [][]string{{"group", group.Name}}
	for _, row := range [][]string{
		{"display", group.Display},
		{"numbers", strings.Join(group.Numbers, " ")},
		{"members", strings.Join(group.Members, " ")},
		{"ring", ringText(group.Group)},
		{"when nobody answers", group.NoAnswer.String()},
		{"pickup", map[bool]string{true: "members may take each other's calls"}[group.Pickup]},
		{"music", group.Music},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// groupFlags are a group as a command line says it.
type groupFlags struct {
	display, noAnswer string
	music             string
	numbers, members  []string
	ring              time.Duration
	inTurn, pickup    bool
}

func (f *groupFlags) flags(c *connection, command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVar(&f.members, "member", nil, "`USER` who is a member; may be repeated")
	flags.StringArrayVar(&f.numbers, "number", nil, "`NUMBER` of the group; may be repeated, \"\" for none")
	flags.StringVar(&f.display, "display", "", "`NAME` that is shown")
	flags.DurationVar(&f.ring, "ring", 0, "how long all ring, or each (20s)")
	flags.BoolVar(&f.inTurn, "in-turn", false, "ring one after the other")
	flags.StringVar(&f.noAnswer, "no-answer", "", "`TARGET` of a call that no member takes; off for none")
	flags.BoolVar(&f.pickup, "pickup", false, "members may take calls that ring at other members")
	flags.StringVar(&f.music, "music", "", "`NAME` of what those hear who wait for members without music of their own; \"\" for the domain's")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "member")
	completeFlags(command, c.targets, "no-answer")
	completeFlags(command, nothing, "number", "display", "ring", "music")
}

// apply changes a group by the flags that were given.
func (f *groupFlags) apply(command *cobra.Command, group *directory.Group) error {
	for name, set := range map[string]func(){
		"member": func() { group.Members = f.members },
		"number": func() {
			group.Numbers = slices.DeleteFunc(slices.Clone(f.numbers), func(text string) bool { return text == "" })
		},
		"display": func() { group.Display = f.display },
		"ring":    func() { group.Ring = directory.Duration(f.ring) },
		"in-turn": func() { group.InTurn = f.inTurn },
		"pickup":  func() { group.Pickup = f.pickup },
		"music":   func() { group.Music = f.music },
	} {
		if command.Flags().Changed(name) {
			set()
		}
	}
	if group.Members == nil {
		group.Members = []string{}
	}
	return setTarget("--no-answer", f.noAnswer, &group.NoAnswer)
}

func groupAdd(c *connection) *cobra.Command {
	var f groupFlags
	command := &cobra.Command{
		Use: "add NAME --member USER [flags]", Short: "Make a group",
		Example: "  hookflash group add sales --member alice --member bob --ring 20s",
		Args:    exactly("add", "the name of a group"), ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, arguments []string) error {
			group := api.Group{}
			if err := f.apply(command, &group.Group); err != nil {
				return err
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			if _, err := r.ask(command.Context(), request{method: http.MethodPut, path: groupPath(arguments[0]), body: group}, &group); err != nil {
				return err
			}
			return table(command.OutOrStdout(), groupRows(group))
		},
	}
	f.flags(c, command)
	return command
}

func groupSet(c *connection) *cobra.Command {
	var f groupFlags
	command := &cobra.Command{
		Use: "set NAME [flags]", Short: "Change a group: what the flags name; the rest stays",
		Example: "  hookflash group set sales --member alice --member bob --member carol\n  hookflash group set sales --in-turn=false",
		Args:    exactly("set", "the name of a group"), ValidArgsFunction: c.names("groups"),
		RunE: func(command *cobra.Command, arguments []string) error {
			if !changes(command) {
				return errNothing(command)
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var kept api.Group
			if err := revise(command.Context(), r, groupPath(arguments[0]), func(group *api.Group) error {
				err := f.apply(command, &group.Group)
				kept = *group
				return err
			}); err != nil {
				return err
			}
			return table(command.OutOrStdout(), groupRows(kept))
		},
	}
	f.flags(c, command)
	return command
}

func groupRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a group", Example: "  hookflash group remove sales",
		Args: exactly("remove", "the name of a group"), ValidArgsFunction: c.names("groups"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, groupPath(arguments[0]), "group "+arguments[0])
		},
	}
}
