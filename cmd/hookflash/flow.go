package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"hookflash/config"
	"hookflash/flow"
	"hookflash/service/order"
)

func newFlow() *cobra.Command {
	command := &cobra.Command{
		Use:   "flow",
		Short: "Play the services of RFC 5359 and check every message and every ear",
		Long: "flow plays a service of RFC 5359, such as call hold, with real phones that register, talk and listen,\n" +
			"through a server of its own on free ports of this machine, or through somebody else's.",
		Example: "  hookflash flow list\n  hookflash flow run call-hold\n  hookflash flow run all --svg /tmp",
	}
	command.AddCommand(newFlowList(), newFlowRun())
	return command
}

func newFlowList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the services that can be played",
		Long: "list names the services that flow run plays, with their sections of RFC 5359. Each is played with phones that\n" +
			"know REFER, Replaces and Join, or by flow run --without with such as don't.",
		Example: "  hookflash flow list",
		Args:    cobra.NoArgs,

		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			for _, f := range flow.All {
				fmt.Fprintf(command.OutOrStdout(), "%-30s %-5s %s\n", f.Name, f.Section, f.Title)
			}
			return nil
		},
	}
}

// flowOptions are the flags of flow run.
type flowOptions struct {
	svg, against, domain, accounts, without string
	json                                    bool
	flows                                   []flow.Flow
}

func newFlowRun() *cobra.Command {
	var o flowOptions
	command := &cobra.Command{
		Use:   "run NAME... | run all",
		Short: "Play services, draw their ladders, check them",
		Long: "run plays services one after the other. It draws the messages as they pass, with the F-numbers of\n" +
			"RFC 5359, and after each step who hears whom. A service passes when every message of the RFC's ladder\n" +
			"came in its order, nothing else did, each said what it must, and everybody heard whom they should and\n" +
			"nobody else. Challenges (401, 407), and 100, may stand beside the ladder. hookflash flow list has the names.\n\n" +
			"Without --against it starts a server of its own, for as long as it plays, and needs nothing. With it, phones\n" +
			"register at that server, over UDP, as alice, bob, bill and carol, with the passwords in --accounts: a file of lines\n" +
			"NAME:PASSWORD, a YAML mapping of names to passwords, or a configuration of hookflash with its users:. Nobody\n" +
			"else should call them meanwhile. In conference-third-party-joins Carol joins a call of Bob's, which\n" +
			"a server must allow her; hookflash does with assistants: [carol] at the user bob. Services of the server itself,\n" +
			"which are forwarding, find-me, screening, music, park and pickup, must be set up there by hand, one at a time:\n" +
			"all leaves them out, and by its name each is played, and says what it wants. click-to-dial is played without\n" +
			"--against alone.\n\n" +
			"With --without the phones lack what it names: replaces, refer, join, or several with commas between. Neither Allow nor\n" +
			"Supported mention it then. The server stands between such phones and does the service for them, by codes that people\n" +
			"press; drawn and checked is the ladder of that.\n\n" +
			"With --json it draws nothing and prints an object a line for each service: flow, section, without, passed,\n" +
			"error, took_ms, and arrows, each with number (0: beside the ladder), from, to, label and at_ms. Names may be added.\n\n" +
			"Exit status: 0 when all passed, 1 when one did not or it was ended early, 2 for a mistake on the command line.",
		Example: "  hookflash flow run call-hold\n" +
			"  hookflash flow run transfer-unattended transfer-attended --svg /tmp\n" +
			"  hookflash flow run all --without replaces,refer,join\n" +
			"  hookflash flow run all --json\n" +
			"  hookflash flow run all --against 192.0.2.10:5060 --domain example.com --accounts accounts.yaml",
		Args: func(_ *cobra.Command, arguments []string) error {
			var err error
			if o.flows, err = flowsNamed(arguments, o.against != ""); err != nil {
				return err
			}
			if err := o.lacking(); err != nil {
				return err
			}
			return o.validate()
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			names := []string{"all"}
			for _, f := range flow.All {
				names = append(names, f.Name+"\t"+f.Title)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer cancel()
			return runFlows(ctx, &o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	o.define(command)
	return command
}

// define adds the flags of flow run.
func (o *flowOptions) define(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&o.svg, "svg", "", "write each ladder as a picture NAME.svg into this `DIR`, too")
	flags.BoolVar(&o.json, "json", false, "print a JSON object for each service and draw nothing")
	flags.StringVar(&o.against, "against", "", "play through the server at `HOST:PORT`, over UDP")
	flags.StringVar(&o.domain, "domain", config.Demo().Domain, "`DOMAIN` of the accounts at that server")
	flags.StringVar(&o.accounts, "accounts", "", "`FILE` of their names and passwords; without it, the demo's")
	flags.StringVar(&o.without, "without", "", "what the phones lack: `replaces,refer,join` or some of it")
	_ = command.RegisterFlagCompletionFunc("without", cobra.FixedCompletions(lackings, cobra.ShellCompDirectiveNoFileComp))
	_ = command.MarkFlagDirname("svg") // the flags are there
	_ = command.MarkFlagFilename("accounts", "yaml", "yml")
}

// flowsNamed finds the flows that arguments name, each once. Through somebody else's server all are those
// that it need not be set up for.
func flowsNamed(arguments []string, through bool) ([]flow.Flow, error) {
	if len(arguments) == 0 {
		return nil, errors.New("flow run needs the name of a service, or all; hookflash flow list has the names")
	}
	var flows []flow.Flow
	known := map[string]bool{}
	for _, name := range arguments {
		found := flow.All
		if name == "all" && through {
			found = slices.DeleteFunc(slices.Clone(found), func(f flow.Flow) bool { return f.Wants != "" })
		}
		if name != "all" {
			f, err := flow.Find(name)
			if err != nil {
				return nil, err
			}
			found = []flow.Flow{f}
		}
		for _, f := range found {
			if !known[f.Name] {
				flows = append(flows, f)
			}
			known[f.Name] = true
		}
	}
	return flows, nil
}

// lackings are what a shell proposes for --without.
var lackings = []string{"replaces,refer,join", "refer,replaces", "replaces", "refer", "join"}

// lacking has the phones of the flows lack what --without says.
func (o *flowOptions) lacking() error {
	lacks, err := order.ParseLacks(o.without)
	if err != nil {
		return fmt.Errorf("--without: %w", err)
	}
	for i := range o.flows {
		o.flows[i] = o.flows[i].Lacking(lacks)
	}
	return nil
}

func (o *flowOptions) validate() error {
	switch {
	case o.against != "" && o.without != "":
		return errors.New("--without needs a server that stands between the phones; write it without --against")
	case o.against == "" && o.accounts != "":
		return errors.New("--accounts are those of the server that --against names; write --against HOST:PORT, too")
	case o.against == "" && o.domain != config.Demo().Domain:
		return errors.New("--domain is that of the server that --against names; write --against HOST:PORT, too")
	case o.against != "" && o.accounts == "" && o.domain != config.Demo().Domain:
		return fmt.Errorf("the passwords at %s are not known; write --accounts FILE, with lines NAME:PASSWORD", o.against)
	}
	return nil
}

// runFlows plays one flow after the other.
func runFlows(ctx context.Context, o *flowOptions, stdout, stderr io.Writer) error {
	against, err := o.other(ctx)
	if err != nil {
		return err
	}
	told := teller{to: stdout, json: o.json}
	if o.svg != "" {
		if told.pictures, err = os.OpenRoot(o.svg); err != nil {
			return fmt.Errorf("write pictures: %w\nMake the folder first: mkdir -p %s", err, o.svg)
		}
		defer func() { _ = told.pictures.Close() }()
	}
	if against != nil {
		fmt.Fprintf(stderr, "Playing through %s, domain %s.\n", against.Server, against.Domain)
		for _, f := range o.flows {
			if f.Wants != "" {
				fmt.Fprintf(stderr, "%s wants that server set up so: %s.\n", f.Name, f.Wants)
			}
		}
	}
	for _, f := range o.flows {
		options := flow.Options{Against: against}
		if !o.json {
			options.Draw = stdout
		}
		told.begin(f)
		result := flow.Run(ctx, f, options)
		if err := told.end(result); err != nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return errors.New("ended early, by a signal")
		case errors.Is(result.Err, flow.ErrStage):
			return &saidError{result.Err} // the next one would fail alike
		}
	}
	return told.summary(len(o.flows))
}
