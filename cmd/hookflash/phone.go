package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/phone/screen"
	"hookflash/phone/sound"
	"hookflash/sip"
)

// phoneOptions is the command line of phone.
type phoneOptions struct {
	as, name, server, transport              string
	password, passwordFile                   string
	authority, local, secure                 string
	script, play, record, accept             string
	mailbox, music, pickup                   string
	json, autoAnswer, doNotDisturb, intercom bool

	stderr io.Writer // what is no event; nil: nowhere
}

func newPhone() *cobra.Command {
	var o phoneOptions
	command := &cobra.Command{
		Use:   "phone --as NAME [flags]",
		Short: "Be a phone: call, answer, transfer, confer",
		Long: "phone registers as a user and takes commands: by keys on a screen of its own, or line by line from\n" +
			"--script or standard input where that is no terminal. Without --server it is a phone of the demo domain.\n" +
			"The command help lists the others.\n\n" +
			"Exit status: 0 when all commands did what they should, 1 when one failed, 2 for a mistake on the command line.",
		Example: "  hookflash phone --as bob\n" +
			"  hookflash phone --as alice --script call.txt --json\n" +
			"  echo 'call bob\n  wait established\n  sleep 5\n  hangup' | hookflash phone --as alice\n" +
			"  hookflash phone --as bob@example.com --server sip.example.com:5061 --transport tls --password-file secret",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 0 {
				return fmt.Errorf("phone takes no argument such as %q; whom to call is a command: call %s", arguments[0], arguments[0])
			}
			_, err := o.settings()
			return err
		},

		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			o.stderr = command.ErrOrStderr()
			return runPhone(ctx, &o, command.InOrStdin(), command.OutOrStdout())
		},
	}
	o.flags(command)
	return command
}

func (o *phoneOptions) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&o.as, "as", "", "user `NAME`, or NAME@DOMAIN")
	flags.StringVar(&o.name, "name", "", "display `NAME` that others see")
	flags.StringVar(&o.server, "server", "", "`HOST:PORT` of the server (the demo's 127.0.0.1:5060)")
	flags.StringVar(&o.transport, "transport", "udp", "udp, tcp or tls")
	flags.StringVar(&o.authority, "authority", "", "`FILE` with certificates of authorities to believe over TLS, besides the system's")
	flags.StringVar(&o.password, "password", "", "`PASSWORD`; others on this machine can see it here, better:")
	flags.StringVar(&o.passwordFile, "password-file", "", "`FILE` whose first line is the password; or set HOOKFLASH_PASSWORD")
	flags.StringVar(&o.script, "script", "", "`FILE` of commands, - for standard input; the first that fails ends it")
	flags.BoolVar(&o.json, "json", false, "print a JSON object for each event")
	flags.StringVar(&o.play, "play", "", "WAV `FILE` that is said instead of what a microphone hears")
	flags.StringVar(&o.record, "record", "", "WAV `FILE` that what is heard is written to")
	flags.BoolVar(&o.autoAnswer, "auto-answer", false, "answer calls by itself")
	flags.BoolVar(&o.intercom, "intercom", false, "answer those calls by itself that the server asks it to (*80)")
	flags.BoolVar(&o.doNotDisturb, "do-not-disturb", false, "callers hear busy")
	flags.StringVar(&o.accept, "accept", "", "`LIST` of who may call directly, past the server: bob,*@example.com; others get 305")
	flags.StringVar(&o.mailbox, "mailbox", "", "watch the mailbox of `TARGET`: your own name, mostly")
	flags.StringVar(&o.music, "music", "", "`TARGET` that those hear whom you hold: music, of a server of ours, or none; the demo's is found by itself")
	flags.StringVar(&o.pickup, "pickup", "", "`LIST` of users who may take over calls that ring here: bill,carol")
	flags.StringVar(&o.local, "local", "", "own `ADDRESS` or ADDRESS:PORT")
	flags.StringVar(&o.secure, "secure", "no", "SRTP: no, optional or required")
	_ = command.MarkFlagFilename("script") // the flags are there
	_ = command.MarkFlagFilename("play", "wav")
	for flag, values := range map[string][]string{"transport": {"udp", "tcp", "tls"}, "secure": {"no", "optional", "required"}} {
		_ = command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// registerPatience is how long the registrar may take.
const registerPatience = 35 * time.Second

// slowRegistrar is how long nobody is told that there is no answer yet.
const slowRegistrar = time.Second

// runPhone is one run of phone.
func runPhone(ctx context.Context, o *phoneOptions, stdin io.Reader, stdout io.Writer) error {
	settings, err := o.complete(ctx)
	if err != nil {
		return err
	}
	device, err := o.device()
	if err != nil {
		return err
	}
	settings.Media = phone.Engine(media.Settings{Device: device})
	opened, err := phone.Open(settings)
	if err != nil {
		_ = device.Close()
		return explainOpening(err)
	}
	err = o.face(ctx, opened, stdin, stdout)
	closing := errors.Join(opened.Close(), device.Close())
	if err != nil {
		return err
	}
	return closing
}

// defaultTone is said where there is neither a file nor a card, in Hz.
const defaultTone = "440"

// device is what the person speaks and listens with: files where they are named, else the sound card,
// else a tone to nobody.
func (o *phoneOptions) device() (*sound.Device, error) {
	d := &sound.Device{}
	var err error
	if o.play == "" || o.record == "" {
		if d.Source, d.Sink, err = sound.Card(); err != nil {
			d.Sink = nil
			if d.Source, err = sound.NewTone(defaultTone); err != nil {
				return nil, err
			}
		}
	}
	if o.play != "" {
		said, err := sound.Play(o.play)
		if err != nil {
			return nil, errors.Join(err, d.Close())
		}
		d.Source = said
	}
	if o.record != "" {
		heard, err := sound.Record(o.record)
		if err != nil {
			return nil, errors.Join(err, d.Close())
		}
		d.Sink = heard
	}
	return d, nil
}

// face is the screen on a terminal, else lines.
func (o *phoneOptions) face(ctx context.Context, opened *phone.Phone, stdin io.Reader, stdout io.Writer) error {
	if o.script == "" && !o.json && onTerminal(stdin) && onTerminal(stdout) {
		return o.onScreen(ctx, opened, stdin, stdout)
	}
	lines, closeLines, err := o.lines(stdin)
	if err != nil {
		return err
	}
	defer closeLines()
	report := phone.NewText(stdout)
	if o.json {
		report = phone.NewJSON(stdout)
	}
	session := phone.NewSession(opened, report)
	err = o.runLines(ctx, opened, session, lines)
	closing := opened.Close()
	session.Wait()
	if err != nil {
		return err
	}
	return closing
}

// onTerminal tells whether a person is at the other end; that of /dev/null is none.
func onTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(file.Fd())
}

func (o *phoneOptions) onScreen(ctx context.Context, opened *phone.Phone, stdin io.Reader, stdout io.Writer) error {
	if err := o.registered(ctx, opened); err != nil || ctx.Err() != nil {
		return err
	}
	s := opened.Settings()
	title := fmt.Sprintf("%s (%s) at %s %s", s.Display, strings.TrimPrefix(s.AOR(), "sip:"), strings.ToLower(s.Transport.String()), s.Server)
	shown, session := screen.Open(ctx, opened, screen.Terminal{In: stdin, Out: stdout, Title: title})
	err := shown.Run()
	closing := opened.Close()
	session.Wait()
	if err != nil {
		return err
	}
	return closing
}

// lines are where commands come from.
func (o *phoneOptions) lines(stdin io.Reader) (io.Reader, func(), error) {
	if o.script == "" || o.script == "-" {
		return stdin, func() {}, nil
	}
	file, err := os.Open(o.script)
	if err != nil {
		return nil, nil, unreadable(o.script, err)
	}
	return file, func() { _ = file.Close() }, nil
}

func (o *phoneOptions) runLines(ctx context.Context, opened *phone.Phone, session *phone.Session, lines io.Reader) error {
	if err := o.registered(ctx, opened); err != nil || ctx.Err() != nil {
		return err
	}
	err := session.Script(ctx, lines, o.script == "")
	switch {
	case errors.Is(err, phone.ErrFailed):
		return &saidError{err}
	case ctx.Err() != nil:
		return nil // a signal is a way to leave
	}
	return err
}

// registered waits for the registrar; a signal meanwhile is a way to leave.
func (o *phoneOptions) registered(ctx context.Context, opened *phone.Phone) error {
	waiting, cancel := context.WithTimeout(ctx, registerPatience)
	defer cancel()
	if o.stderr != nil {
		slow := time.AfterFunc(slowRegistrar, func() {
			s := opened.Settings()
			fmt.Fprintf(o.stderr, "No answer yet from %s %s; is the server running?\n", strings.ToLower(s.Transport.String()), s.Server)
		})
		defer slow.Stop()
	}
	err := opened.Registered(waiting)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return explainRegistering(err, opened.Settings())
}

func explainOpening(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w\nSomebody else has the port; write --local with another one, or without any", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w\nThis machine has no such address; ip address lists those it has", err)
	}
	return err
}

func explainRegistering(err error, s phone.Settings) error {
	var refused *sip.StatusError
	if !errors.As(err, &refused) {
		return fmt.Errorf("%w\nIs the server running? hookflash serve runs the demo's; else look at --server and --transport", err)
	}
	server := fmt.Sprintf("%s %s", strings.ToLower(s.Transport.String()), s.Server)
	switch refused.Code {
	case 401, 403, 407:
		if s.Password == "" {
			return fmt.Errorf("registering %s at %s: a password is asked for\nGive it with --password-file FILE or in HOOKFLASH_PASSWORD", s.AOR(), server)
		}
		return fmt.Errorf("registering %s at %s: %d %s\nThe name or the password is wrong", s.AOR(), server, refused.Code, sip.Reason(refused.Code))
	case 404:
		return fmt.Errorf("registering %s at %s: there is no such user", s.AOR(), server)
	case 408, 503:
		var dial *net.OpError
		if s.Transport == machine.TLS && !errors.Is(err, phone.ErrRefused) && !errors.As(err, &dial) {
			return fmt.Errorf("registering %s at %s: can't be sure that it is %s: %w\nName the authority that signed its certificate with --authority FILE", s.AOR(), server, s.Domain, refused.Err)
		}
		return fmt.Errorf("registering %s at %s: nobody answers\nIs the server running? hookflash serve runs the demo's; else look at --server and --transport", s.AOR(), server)
	}
	return fmt.Errorf("registering %s at %s: %s", s.AOR(), server, phone.Explain(err))
}
