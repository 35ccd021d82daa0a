package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

// hearingPatience is how long a recording may take to come.
const hearingPatience = 10 * time.Minute

func newRecordings() *cobra.Command {
	return administers(&cobra.Command{
		Use:   "recordings",
		Short: "Show, fetch and remove recordings of calls and rooms",
		Long: "recordings lists what was recorded (*1 in a call), fetches it as WAV, makes links by which others hear it for a while, and removes\n" +
			"it. A user's own token is good for that user's recordings.",
		Example: "  hookflash recordings list\n  hookflash recordings get 4kq7… -o call.wav\n  hookflash recordings link 4kq7… --for 10m",
	}, recordingList, recordingGet, recordingLink, recordingRemove)
}

func recordingPath(id string) string { return "/recordings/" + url.PathEscape(id) }

func recordingList(c *connection) *cobra.Command {
	var asJSON bool
	var owner string
	command := &cobra.Command{
		Use: "list [--owner USER] [--json]", Short: "List recordings, the latest first", Example: "  hookflash recordings list --owner alice",
		Args: cobra.NoArgs, ValidArgsFunction: nothing,
		RunE: func(command *cobra.Command, _ []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			list, err := all[api.Recording](command.Context(), r, "/recordings")
			if err != nil {
				return err
			}
			kept := []api.Recording{}
			for _, recording := range list {
				if owner == "" || recording.Owner == owner {
					kept = append(kept, recording)
				}
			}
			if asJSON {
				return printJSON(command, kept)
			}
			rows := [][]string{{"ID", "OWNER", "BEGAN", "LASTS", "WITH"}}
			for _, recording := range kept {
				with := strings.Join(recording.With, " ")
				if recording.Room != "" {
					with = "room " + recording.Room
				}
				lasts := time.Duration(recording.Seconds * float64(time.Second)).Round(time.Second)
				rows = append(rows, []string{recording.ID, orDash(recording.Owner), recording.Began.Local().Format(time.DateTime), lasts.String(), orDash(with)})
			}
			return table(command.OutOrStdout(), rows)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().StringVar(&owner, "owner", "", "those of a `USER` only")
	completeFlags(command, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return c.known("users", begun), cobra.ShellCompDirectiveNoFileComp
	}, "owner")
	return command
}

func recordingGet(c *connection) *cobra.Command {
	var file string
	command := &cobra.Command{
		Use: "get ID [-o FILE]", Short: "Fetch a recording as WAV", Example: "  hookflash recordings get 4kq7… -o call.wav",
		Args: exactly("get", "the ID that recordings list shows"), ValidArgsFunction: c.names("recordings"),
		RunE: func(command *cobra.Command, arguments []string) error {
			r, err := c.open()
			if err != nil {
				return err
			}
			if file == "" {
				file = arguments[0] + ".wav"
				if strings.ContainsAny(arguments[0], `/\`) {
					return errors.New("name the file that is to be written with -o")
				}
			}
			size, err := r.fetch(command.Context(), recordingPath(arguments[0])+"/audio", file)
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "%s is written, %d bytes\n", printable(file), size)
			return nil
		},
	}
	command.Flags().StringVarP(&file, "output", "o", "", "`FILE` that is written, which must not be there (default: ID.wav)")
	_ = command.MarkFlagFilename("output", "wav")
	return command
}

// fetch writes what is at a path into a new file.
func (r *remote) fetch(ctx context.Context, path, file string) (size int64, err error) {
	asked, err := r.prepare(ctx, request{path: path})
	if err != nil {
		return 0, err
	}
	client := *r.client
	client.Timeout = hearingPatience
	answered, err := client.Do(asked)
	if err != nil {
		return 0, r.unreached(err)
	}
	defer func() { _ = answered.Body.Close() }()
	if answered.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(answered.Body, maxReply))
		if err != nil {
			return 0, r.unreached(err)
		}
		return 0, r.refused(answered, text)
	}
	written, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("writing the recording: %w", err)
	}
	size, err = io.Copy(written, answered.Body)
	if err := errors.Join(err, written.Close()); err != nil {
		return size, fmt.Errorf("writing the recording: %w", errors.Join(err, os.Remove(file)))
	}
	return size, nil
}

func recordingLink(c *connection) *cobra.Command {
	var lasts time.Duration
	command := &cobra.Command{
		Use: "link ID [--for TIME]", Short: "Make a link by which whoever has it hears a recording", Example: "  hookflash recordings link 4kq7… --for 10m",
		Args: exactly("link", "the ID that recordings list shows"), ValidArgsFunction: c.names("recordings"),
		RunE: func(command *cobra.Command, arguments []string) error {
			if lasts < time.Second || lasts > api.MaxLinkLasts {
				return fmt.Errorf("--for wants 1s to %s", api.MaxLinkLasts)
			}
			r, err := c.open()
			if err != nil {
				return err
			}
			var link api.RecordingLink
			wish := request{method: http.MethodPost, path: recordingPath(arguments[0]) + "/links", body: api.RecordingLinkWish{Seconds: int(lasts / time.Second)}}
			if _, err := r.ask(command.Context(), wish, &link); err != nil {
				return err
			}
			fmt.Fprintln(command.OutOrStdout(), printable(r.base+link.Path))
			return nil
		},
	}
	command.Flags().DurationVar(&lasts, "for", api.LinkLasts, "`TIME` that it is good, up to 1h")
	completeFlags(command, nothing, "for")
	return command
}

func recordingRemove(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Remove a recording", Example: "  hookflash recordings remove 4kq7…",
		Args: exactly("remove", "the ID that recordings list shows"), ValidArgsFunction: c.names("recordings"),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.removes(command, recordingPath(arguments[0]), "recording "+arguments[0])
		},
	}
}
