package main

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hookflash/card"
)

func newCard() *cobra.Command {
	c := &connection{}
	var user, language string
	var asHTML, asText, asJSON bool
	command := &cobra.Command{
		Use:   "card [--user NAME] [--language en|zh] [--html]",
		Short: "Print the card of codes that users dial",
		Long: "card prints on one page what users can dial, and what they press in a call, as the configuration has it: what is\n" +
			"switched off is not there. With --user it asks the server for the card of one user, whose own token is good for it.\n" +
			"The page /card of the server shows the domain's.",
		Example: "  hookflash card\n  hookflash card --language zh --html > card.html\n  hookflash card --user alice",
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			if language != "" && !slices.Contains(card.Languages(), language) {
				return errors.New("--language wants " + strings.Join(card.Languages(), " or "))
			}
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error {
			made, err := c.card(command, user, language)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(command, made)
			case asHTML:
				return made.WriteHTML(command.OutOrStdout())
			}
			var text bytes.Buffer
			if err := made.WriteText(&text); err != nil {
				return err
			}
			_, err = command.OutOrStdout().Write([]byte(printable(text.String())))
			return err
		},
	}
	flags := command.Flags()
	c.flags(flags)
	flags.StringVar(&user, "user", "", "`NAME` of the user whose card it is; without it, the domain's")
	flags.StringVar(&language, "language", "", "en or zh (default: the user's, or the domain's)")
	flags.BoolVar(&asHTML, "html", false, "print a page, to be printed on paper")
	flags.BoolVar(&asText, "text", false, "print text (default)")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	command.MarkFlagsMutuallyExclusive("html", "text", "json")
	_ = command.MarkFlagFilename("config", "yaml", "yml") // the flags are there
	_ = command.MarkFlagFilename("token-file")
	completeFlags(command, words(card.Languages()...), "language")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "user")
	return command
}

// card is a user's, as the server has it, or the domain's, as its configuration says.
func (c *connection) card(command *cobra.Command, user, language string) (card.Card, error) {
	if user == "" && c.server == "" {
		loaded, err := c.load()
		if err != nil {
			return card.Card{}, err
		}
		return card.Of(loaded, nil, language), nil
	}
	r, err := c.open()
	if err != nil {
		return card.Card{}, err
	}
	path := "/card"
	if user != "" {
		path = userPath(user) + path
	}
	if language != "" {
		path += "?" + url.Values{"language": {language}}.Encode()
	}
	var made card.Card
	_, err = r.ask(command.Context(), request{path: path}, &made)
	return made, err
}
