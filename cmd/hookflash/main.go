package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // calendars name zones, and a small system has no database of them

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitFailure = 1
	exitUsage   = 2
)

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version string

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program but for the process around it; it returns the exit status.
func run(arguments []string, stdout, stderr io.Writer) int {
	started := false
	root := newRoot(&started)
	root.SetArgs(append([]string{}, arguments...)) // without any, nil would stand for the process's own
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	var said *saidError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &said):
		return exitFailure
	case !started:
		fmt.Fprintf(stderr, "hookflash: %s\n\nhookflash help lists the commands; hookflash help COMMAND explains one.\n", printable(err.Error()))
		return exitUsage
	}
	fmt.Fprintf(stderr, "hookflash: %s\n", printable(err.Error()))
	return exitFailure
}

// newRoot makes the command line. started becomes true when a command runs, so that a
// failure before is a mistake in the command line.
func newRoot(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "hookflash",
		Short: "A telephone server for a SIP domain",
		Long: "hookflash is the telephone server of a SIP domain: phones register at it and call each\n" +
			"other through it. Without a configuration it serves a demo domain on this machine.",
		Example: "  hookflash serve                          # the demo domain; prints how to connect a phone\n" +
			"  hookflash trace                          # in another terminal: draws every call\n" +
			"  hookflash flow run call-hold             # plays a service with phones of its own; draws and checks it\n" +
			"  hookflash check hookflash.yaml           # explains every mistake in a configuration\n" +
			"  hookflash serve --config hookflash.yaml  # your own domain",
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(*cobra.Command, []string) error { *started = true; return nil },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(newServe(), newCheck(), newTrace(), newPhone(), newFlow(),
		newUser(), newGroup(), newCalendar(), newRule(), newRoute(), newToken(), newDial(), newRedial(), newRooms(), newRecordings(), newCard(), newVersion(), newMan())
	return root
}

// saidError: the command has told what was wrong already.
type saidError struct{ error }
