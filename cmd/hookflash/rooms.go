package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

func newRooms() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "rooms",
		Short: "Show and change conference rooms of a running server",
		Long: "rooms lists, makes, changes and removes conference rooms, and does something about who is in them: mute, remove, lock, record, have\n" +
			"somebody called. What telephones do themselves is in docs/rooms.md.",
		Example: "  hookflash rooms list\n  hookflash rooms add 3300 --title \"The team\" --moderator alice\n  hookflash rooms show 3300\n" +
			"  hookflash rooms dial 3300 bob\n  hookflash rooms mute 3300 2",
	}, roomList, roomShow, roomAdd, roomSet, roomRemove, roomDial, roomDoes("lock", "Let moderators alone come in"), roomDoes("unlock", "Let others come in again"),
		roomDoes("record", "Record a room; everybody in it is told"), roomDoes("stop-recording", "End the recording of a room"),
		roomDoes("pause", "Leave out of the recording what is said"), roomDoes("go-on", "Go on with the recording"),
		roomDoes("dial-list", "Call everybody on the room's list"), roomDoes("end", "Hang up everybody in a room"),
		participantDoes("mute", "Keep a participant from being heard"), participantDoes("unmute", "Let a participant be heard again"),
		participantDoes("drop", "Hang up a participant"))
}

func roomPath(name string) string { return "/rooms/" + url.PathEscape(name) }

func roomList(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "list [--json]", Short: "List rooms", Example: "  hookflash rooms list",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			rooms, err := all[api.Room](command.Context(), r, "/rooms")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, rooms)
			}
			rows := [][]string{{"NUMBER", "NAME", "TITLE", "PARTICIPANTS", "STATE", "MADE BY"}}
			for _, room := range rooms {
				by := room.Source
				if room.Owner != "" {
					by = room.Owner
				}
				rows = append(rows, []string{orDash(room.Number), orDash(room.Name), orDash(room.Title), strconv.Itoa(len(room.Participants)), orDash(roomState(room)), by})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func roomState(room api.Room) string {
	var state []string
	if room.Locked {
		state = append(state, "locked")
	}
	if room.Recording {
		state = append(state, "recorded")
	}
	return strings.Join(state, ", ")
}

func roomShow(c *connection) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "show ROOM [--json]", Short: "Show a room, and who is in it", Example: "  hookflash rooms show 3300",
		Args: exactly("show", "the number or name of a room"), ValidArgsFunction: c.names("rooms"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			var room api.Room
			if _, err := r.ask(command.Context(), request{path: roomPath(arguments[0])}, &room); err != nil {
				return err
			}
			if asJSON {
				return printJSON(command, room)
			}
			return showRoom(command, room)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func showRoom(command *cobra.Command, room api.Room) error {
	rows := [][]string{{"room", room.ID}}
	limit := ""
	if room.Limit > 0 {
		limit = strconv.Itoa(room.Limit)
	}
	for _, row := range [][]string{
		{"name", room.Name},
		{"title", room.Title},
		{"address", room.URI},
		{"PIN", map[bool]string{true: "set"}[room.HasPIN]},
		{"moderators' PIN", map[bool]string{true: "set"}[room.HasModeratorPIN]},
		{"moderators", strings.Join(room.Moderators, " ")},
		{"members", strings.Join(room.Members, " ")},
		{"limit", limit},
		{"calls", strings.Join(room.Dial, " ")},
		{"by permissions of", room.Payer},
		{"participants", map[bool]string{true: "may have others called"}[room.MembersInvite]},
		{"without a moderator", map[bool]string{true: "participants wait"}[room.Wait]},
		{"state", roomState(room)},
		{"made by", strings.TrimSpace(room.Source + " " + room.Owner)},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	if err := table(command.OutOrStdout(), rows); err != nil || len(room.Participants) == 0 {
		return err
	}
	fmt.Fprintln(command.OutOrStdout())
	people := [][]string{{"#", "WHO", "NAME", "ROLE", "STATUS", "SINCE"}}
	for _, p := range room.Participants {
		people = append(people, []string{strconv.Itoa(p.Number), p.URI, orDash(p.Name), p.Role, p.Status, p.Since.Local().Format(time.TimeOnly)})
	}
	return table(command.OutOrStdout(), people)
}

// roomFlags are a room as a command line says it.
type roomFlags struct {
	room               api.Room
	name               string
	pin, moderatorPIN  bool
	pinStdin           bool
	noPIN, noModerator bool
}

func (f *roomFlags) flags(c *connection, command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` by which it is called, too")
	flags.StringVar(&f.room.Title, "title", "", "`TEXT` that telephones show")
	flags.BoolVar(&f.pin, "pin", false, "ask for a PIN that lets in who knows it")
	flags.BoolVar(&f.moderatorPIN, "moderator-pin", false, "ask for a PIN that lets in moderators")
	flags.BoolVar(&f.pinStdin, "pin-stdin", false, "read the PIN from standard input, not from the terminal")
	flags.BoolVar(&f.noPIN, "no-pin", false, "take the PIN away")
	flags.BoolVar(&f.noModerator, "no-moderator-pin", false, "take the moderators' PIN away")
	flags.StringArrayVar(&f.room.Moderators, "moderator", nil, "`USER` or group who may do everything; may be repeated, \"\" for none")
	flags.StringArrayVar(&f.room.Members, "member", nil, "`USER` or group who needs no PIN; may be repeated, \"\" for none")
	flags.IntVar(&f.room.Limit, "limit", 0, "participants at most (100)")
	flags.StringVar(&f.room.Language, "language", "", "of what is said to all: en or zh")
	flags.StringVar(&f.room.Music, "music", "", "`NAME` of what is heard alone; none for silence")
	flags.StringVar(&f.room.Entry, "entry", "", "how is told who comes: tones, prompt or none")
	flags.StringVar(&f.room.Exit, "exit", "", "how is told who goes: tones, prompt or none")
	flags.StringArrayVar(&f.room.Dial, "dial", nil, "`WHO` is called when the first moderator comes; may be repeated, \"\" for none")
	flags.StringVar(&f.room.Payer, "payer", "", "`USER` by whose permissions they are called")
	flags.BoolVar(&f.room.MembersInvite, "members-invite", false, "all who are in it may have others called")
	flags.BoolVar(&f.room.Wait, "wait", false, "participants hear music until a moderator is there")
	flags.BoolVar(&f.room.Locked, "locked", false, "it begins locked")
	completeFlags(command, words("en", "zh"), "language")
	completeFlags(command, words("tones", "prompt", "none"), "entry", "exit")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return append(c.known("users", begun), c.known("groups", begun)...), cobra.ShellCompDirectiveNoFileComp
	}, "moderator", "member", "dial", "payer")
	completeFlags(command, nothing, "name", "title", "limit", "music")
}

// apply changes a room by the flags that were given.
func (f *roomFlags) apply(command *cobra.Command, room *api.Room) error {
	given := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(text string) bool { return text == "" })
	}
	for name, set := range map[string]func(){
		"name": func() { room.Name = f.name }, "title": func() { room.Title = f.room.Title },
		"moderator": func() { room.Moderators = given(f.room.Moderators) }, "member": func() { room.Members = given(f.room.Members) },
		"limit": func() { room.Limit = f.room.Limit }, "language": func() { room.Language = f.room.Language },
		"music": func() { room.Music = f.room.Music }, "entry": func() { room.Entry = f.room.Entry }, "exit": func() { room.Exit = f.room.Exit },
		"dial": func() { room.Dial = given(f.room.Dial) }, "payer": func() { room.Payer = f.room.Payer },
		"members-invite": func() { room.MembersInvite = f.room.MembersInvite }, "wait": func() { room.Wait = f.room.Wait },
		"locked": func() { room.Locked = f.room.Locked },
	} {
		if command.Flags().Changed(name) {
			set()
		}
	}
	none := ""
	if f.noPIN {
		room.PIN = &none
	}
	if f.noModerator {
		room.ModeratorPIN = &none
	}
	for _, ask := range []struct {
		wanted bool
		what   string
		place  **string
	}{{f.pin, "PIN", &room.PIN}, {f.moderatorPIN, "Moderators' PIN", &room.ModeratorPIN}} {
		if !ask.wanted || *ask.place != nil {
			continue
		}
		typed, err := askSecret(command, ask.what, f.pinStdin)
		if err != nil {
			return err
		}
		*ask.place = &typed
	}
	return nil
}

func roomAdd(c *connection) *cobra.Command {
	var f roomFlags
	command := &cobra.Command{
		Use: "add NUMBER [flags]", Short: "Make a room", Example: "  hookflash rooms add 3300 --title \"The team\" --moderator alice --pin",
		Args: exactly("add", "the number of a room"), ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, arguments []string) error {
			room := api.Room{Number: arguments[0]}
			if strings.Trim(room.Number, "0123456789") != "" {
				room.Number, room.Name = "", arguments[0]
			}
			if err := f.apply(command, &room); err != nil {
				return err
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var kept api.Room
			if _, err := r.ask(command.Context(), request{method: http.MethodPost, path: "/rooms", body: room}, &kept); err != nil {
				return err
			}
			return showRoom(command, kept)
		},
	}
	f.flags(c, command)
	return command
}

func roomSet(c *connection) *cobra.Command {
	var f roomFlags
	command := &cobra.Command{
		Use: "set ROOM [flags]", Short: "Change a room: what the flags name; the rest stays", Example: "  hookflash rooms set 3300 --limit 20 --no-pin",
		Args: exactly("set", "the number or name of a room"), ValidArgsFunction: c.names("rooms"),
		RunE: func(command *cobra.Command, arguments []string) error {
			if !changes(command) {
				return errNothing(command)
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var kept api.Room
			if err := revise(command.Context(), r, roomPath(arguments[0]), func(room *api.Room) error {
				err := f.apply(command, room)
				kept = *room
				return err
			}); err != nil {
				return err
			}
			return showRoom(command, kept)
		},
	}
	f.flags(c, command)
	return command
}

func roomRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove ROOM", Short: "Remove a room: everybody in it is hung up", Example: "  hookflash rooms remove 3300",
		Args: exactly("remove", "the number or name of a room"), ValidArgsFunction: c.names("rooms"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, roomPath(arguments[0]), "room "+arguments[0])
		},
	}
}
