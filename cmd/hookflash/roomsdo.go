package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"hookflash/api"
)

// roomDoes is a command that does something about a room.
func roomDoes(what, short string) func(c *connection) *cobra.Command {
	return func(c *connection) *cobra.Command {
		return &cobra.Command{
			Use: what + " ROOM", Short: short, Example: "  hookflash rooms " + what + " 3300",
			Args: exactly(what, "the number or name of a room"), ValidArgsFunction: c.names("rooms"),
			RunE: func(command *cobra.Command, arguments []string) error {
				return c.acts(command, arguments[0], "/actions", api.RoomAction{Does: what})
			},
		}
	}
}

// participantDoes is a command that does something about a participant.
func participantDoes(what, short string) func(c *connection) *cobra.Command {
	return func(c *connection) *cobra.Command {
		return &cobra.Command{
			Use: what + " ROOM NUMBER", Short: short, Long: short + ", by the number that rooms show gives.", Example: "  hookflash rooms " + what + " 3300 2",
			ValidArgsFunction: c.names("rooms"),
			Args: func(_ *cobra.Command, arguments []string) error {
				if len(arguments) != 2 {
					return fmt.Errorf("%s wants the number or name of a room, and the number of a participant", what)
				}
				if number, err := strconv.Atoi(arguments[1]); err != nil || number < 1 {
					return fmt.Errorf("%q is no number of a participant; rooms show %s lists them", arguments[1], arguments[0])
				}
				return nil
			},
			RunE: func(command *cobra.Command, arguments []string) error {
				does := map[string]string{"drop": "remove"}[what]
				if does == "" {
					does = what
				}
				return c.acts(command, arguments[0], "/participants/"+arguments[1]+"/actions", api.ParticipantAction{Does: does})
			},
		}
	}
}

func roomDial(c *connection) *cobra.Command {
	var payer string
	var moderator bool
	command := &cobra.Command{
		Use: "dial ROOM WHO [flags]", Short: "Have somebody called into a room", Example: "  hookflash rooms dial 3300 bob\n  hookflash rooms dial 3300 +4930123456 --payer alice",
		ValidArgsFunction: c.names("rooms"),
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 2 {
				return errors.New("dial wants the number or name of a room, and a user, number or SIP address")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			action := api.RoomAction{Does: "dial", Target: arguments[1], Payer: payer}
			if moderator {
				action.Role = "moderator"
			}
			return c.acts(command, arguments[0], "/actions", action)
		},
	}
	command.Flags().StringVar(&payer, "payer", "", "`USER` by whose permissions it is, for numbers outside")
	command.Flags().BoolVar(&moderator, "moderator", false, "who is called is a moderator")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "payer")
	return command
}

// acts has something done about a room.
func (c *connection) acts(command *cobra.Command, room, below string, action any) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	if _, err := r.ask(command.Context(), request{method: http.MethodPost, path: roomPath(room) + below, body: action, key: rand.Text()}, nil); err != nil {
		return err
	}
	fmt.Fprintf(command.OutOrStdout(), "done in room %s\n", printable(room))
	return nil
}
