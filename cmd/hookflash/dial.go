package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/api"
)

// maxEvent is how many octets of one event are read.
const maxEvent = 1 << 20

// dialled is what dial is told.
type dialled struct {
	connection
	phone, user               string
	detach, asJSON, asDesktop bool
}

func newDial() *cobra.Command {
	d := &dialled{}
	command := &cobra.Command{
		Use:   "dial TARGET",
		Short: "Have your own phone call somebody",
		Long: "dial asks a server to have your phone call TARGET: a number in any form, a user, or a tel:, sip: or callto: link. It shows what becomes\n" +
			"of the call until that is over; Ctrl-C hangs up. It wants a token of your own (hookflash token create --user NAME) in a file that\n" +
			"nobody else can read, or in " + tokenVariable + ".\n\n" +
			"--desktop prints a file that makes links to numbers call by it on a Linux desktop.",
		Example: "  hookflash dial '+49 30 123456' --token-file ~/.config/hookflash/token\n" +
			"  hookflash dial carol --server https://phones.example.com --token-file ~/.config/hookflash/token\n" +
			"  hookflash dial --desktop --server https://phones.example.com --token-file ~/.config/hookflash/token > ~/.local/share/applications/hookflash-dial.desktop",
		Args: func(command *cobra.Command, arguments []string) error {
			if d.asDesktop {
				return cobra.NoArgs(command, arguments)
			}
			return cobra.ExactArgs(1)(command, arguments)
		},
		ValidArgsFunction: nothing, DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			if d.asDesktop {
				return d.desktop(command.OutOrStdout())
			}
			return d.dial(command, arguments[0])
		},
	}
	flags := command.Flags()
	d.flags(flags)
	flags.StringVar(&d.phone, "phone", "", "`PHONE` that calls: a part of its name (the one that registered last)")
	flags.StringVar(&d.user, "user", "", "`USER` whose phone calls, for an administrator's token")
	flags.BoolVar(&d.detach, "detach", false, "don't wait for what becomes of the call")
	flags.BoolVar(&d.asJSON, "json", false, "print JSON: the call after each change, a line each")
	flags.BoolVar(&d.asDesktop, "desktop", false, "print a .desktop file for links to numbers")
	_ = command.MarkFlagFilename("config", "yaml", "yml") // the flags are there
	_ = command.MarkFlagFilename("token-file")
	completeFlags(command, nothing, "phone", "user")
	return command
}

func (d *dialled) dial(command *cobra.Command, target string) error {
	if err := secluded(d.tokenFile); err != nil {
		return err
	}
	r, err := d.open()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt)
	defer stop()
	var call api.Call
	wish := request{method: http.MethodPost, path: "/calls", body: api.WishedCall{To: target, Phone: d.phone, User: d.user}, key: rand.Text()}
	if _, err := r.ask(ctx, wish, &call); err != nil {
		return err
	}
	shown := 0
	d.show(command, call, &shown)
	if d.detach {
		return nil
	}
	if call, err = r.followed(ctx, call, func(call api.Call) { d.show(command, call, &shown) }); err == nil {
		return outcome(call)
	}
	if ctx.Err() == nil {
		return err
	}
	stop() // a second Ctrl-C ends the program
	if _, err := r.ask(command.Context(), request{method: http.MethodDelete, path: "/calls/" + call.ID}, nil); err != nil {
		return err
	}
	call, err = r.followed(command.Context(), call, func(call api.Call) { d.show(command, call, &shown) })
	if err != nil {
		return err
	}
	return outcome(call)
}

// secluded wants a file with a token to be its owner's alone.
func secluded(file string) error {
	if file == "" {
		return nil
	}
	known, err := os.Stat(file)
	if err == nil && known.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read the token in %s: chmod 600 %[1]s", file)
	}
	return nil // that it is not there is told by who opens it
}

// followed reads what becomes of a call until it is over.
func (r *remote) followed(ctx context.Context, call api.Call, show func(api.Call)) (api.Call, error) {
	for !call.Final() {
		asked, err := r.prepare(ctx, request{method: http.MethodGet, path: "/calls/" + call.ID + "/events"})
		if err != nil {
			return call, err
		}
		patient := *r.client
		patient.Timeout = 0 // a call lasts
		answered, err := patient.Do(asked)
		if err != nil {
			return call, r.unreached(err)
		}
		if answered.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(io.LimitReader(answered.Body, maxReply)) // what is missing is missing from the message
			_ = answered.Body.Close()
			return call, r.refused(answered, text)
		}
		lines := bufio.NewScanner(answered.Body)
		lines.Buffer(nil, maxEvent)
		for lines.Scan() {
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is && json.Unmarshal([]byte(data), &call) == nil {
				show(call)
			}
		}
		_ = answered.Body.Close()
		if ctx.Err() != nil {
			return call, ctx.Err()
		}
		if err := lines.Err(); err != nil {
			return call, r.unreached(err)
		}
	}
	return call, nil
}

// show prints what is new of a call.
func (d *dialled) show(command *cobra.Command, call api.Call, shown *int) {
	if d.asJSON {
		_ = json.NewEncoder(command.OutOrStdout()).Encode(call) // nobody to tell
		return
	}
	for ; *shown < len(call.Steps); *shown++ {
		step := call.Steps[*shown]
		text := stepWords[step.Event]
		if text == "" {
			text = step.Event
		}
		if step.Code >= 300 {
			text += fmt.Sprintf(" (%d)", step.Code)
		}
		fmt.Fprintf(command.OutOrStdout(), "%s  %s\n", step.At.Local().Format(time.TimeOnly), printable(strings.ReplaceAll(text, "TARGET", call.To)))
	}
}

// stepWords are the steps of a call in words.
var stepWords = map[string]string{
	"phone-asked": "your phone is asked to call TARGET", "phone-accepted": "your phone accepts", "phone-refused": "your phone does not call by itself",
	"phone-called": "your phone is called: pick it up", "phone-rings": "your phone rings", "phone-answered": "you picked up", "target-called": "TARGET is called",
	"target-rings": "it rings there", "target-answered": "TARGET answers", "connected": "you are connected", "cancel-refused": "your phone goes on: hang up there",
	"ended": "the call is over",
}

// outcome is what a call came to, nil for one in which both talked or that was given up.
func outcome(call api.Call) error {
	switch call.Status {
	case "completed", "canceled":
		return nil
	}
	who := call.To
	if call.ByPhone {
		who = "your phone"
	}
	words := map[string]string{"busy": "is busy", "no-answer": "does not answer"}[call.Status]
	if words == "" {
		words = fmt.Sprintf("can't be reached (%d %s)", call.Code, call.Reason)
	}
	return errors.New(printable(who + " " + words))
}

// desktop prints a file by which a Linux desktop opens links to numbers (freedesktop.org Desktop Entry Specification).
func (d *dialled) desktop(w io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	words := []string{program, "dial"}
	for _, flag := range []struct{ name, value string }{{"--server", d.server}, {"--phone", d.phone}} {
		if flag.value != "" {
			words = append(words, flag.name, flag.value)
		}
	}
	for _, flag := range []struct{ name, value string }{{"--config", d.config}, {"--token-file", d.tokenFile}} {
		if flag.value == "" {
			continue
		}
		path, err := filepath.Abs(flag.value)
		if err != nil {
			return err
		}
		words = append(words, flag.name, path)
	}
	var quoted []string
	for _, word := range words {
		if strings.ContainsAny(word, "\r\n\x00") {
			return fmt.Errorf("%q can't stand in a .desktop file", word)
		}
		quoted = append(quoted, desktopWord(word))
	}
	fmt.Fprintf(w, "[Desktop Entry]\nType=Application\nName=Call with hookflash\nName[zh]=用 hookflash 呼叫\nExec=%s -- %%u\nTerminal=true\nNoDisplay=true\n"+
		"MimeType=x-scheme-handler/tel;x-scheme-handler/callto;x-scheme-handler/sip;x-scheme-handler/sips;\n", strings.Join(quoted, " "))
	return nil
}

// desktopWord is a word of Exec: quoted, and its backslashes doubled once more as those of every value are.
func desktopWord(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(word)
	return `"` + strings.ReplaceAll(word, `\`, `\\`) + `"`
}
