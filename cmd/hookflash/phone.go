package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/phone/sound"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/transport"
)

// phoneOptions is the command line of phone.
type phoneOptions struct {
	as, name, server, transport    string
	password, passwordFile         string
	authority, local, secure       string
	script, play, record, accept   string
	json, autoAnswer, doNotDisturb bool
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
	flags.BoolVar(&o.doNotDisturb, "do-not-disturb", false, "callers hear busy")
	flags.StringVar(&o.accept, "accept", "", "`LIST` of who may call directly, past the server: bob,*@example.com; others get 305")
	flags.StringVar(&o.local, "local", "", "own `ADDRESS` or ADDRESS:PORT")
	flags.StringVar(&o.secure, "secure", "no", "SRTP: no, optional or required")
	_ = command.MarkFlagFilename("script") // the flags are there
	_ = command.MarkFlagFilename("play", "wav")
}

// demoServer is where the demo domain is served.
func demoServer() netip.AddrPort { return config.Demo().Listen.SIP[0].Address }

// settings makes a phone's settings, but for what must be read or looked up.
func (o *phoneOptions) settings() (phone.Settings, error) {
	s := phone.Settings{Codecs: phone.Codecs(), AutoAnswer: o.autoAnswer, DoNotDisturb: o.doNotDisturb, Display: o.name}
	user, domain, whole := strings.Cut(strings.TrimPrefix(o.as, "sip:"), "@")
	if !whole {
		domain = config.Demo().Domain
	}
	s.User, s.Domain = user, domain
	if user == "" {
		return s, errors.New("who are you? write --as NAME, or --as NAME@DOMAIN")
	}
	if o.server == "" && domain != config.Demo().Domain {
		return s, fmt.Errorf("where is %s served? write --server HOST:PORT", domain)
	}
	if s.Display == "" {
		s.Display = strings.ToUpper(user[:1]) + user[1:]
	}
	transports := map[string]machine.Transport{"udp": machine.UDP, "tcp": machine.TCP, "tls": machine.TLS}
	policies := map[string]sdp.Policy{"no": sdp.None, "none": sdp.None, "optional": sdp.Optional, "required": sdp.Required}
	var known bool
	if s.Transport, known = transports[strings.ToLower(o.transport)]; !known {
		return s, fmt.Errorf("--transport %s: write udp, tcp or tls", o.transport)
	}
	if s.Secure, known = policies[strings.ToLower(o.secure)]; !known {
		return s, fmt.Errorf("--secure %s: write no, optional or required", o.secure)
	}
	for _, listed := range strings.Split(o.accept, ",") {
		if listed = strings.TrimSpace(listed); listed != "" {
			s.Accept = append(s.Accept, listed)
		}
	}
	if o.local != "" {
		var err error
		if s.Local, err = localAddress(o.local); err != nil {
			return s, fmt.Errorf("--local %s: write an address of this machine, such as 127.0.0.1 or 127.0.0.1:5070", o.local)
		}
	}
	return s, nil
}

func localAddress(text string) (netip.AddrPort, error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both, nil
	}
	address, err := netip.ParseAddr(text)
	return netip.AddrPortFrom(address, 0), err
}

// complete reads and looks up what settings leaves out.
func (o *phoneOptions) complete(ctx context.Context) (phone.Settings, error) {
	s, err := o.settings()
	if err != nil {
		return s, err
	}
	if s.Server, s.ServerName, err = phoneServer(ctx, o.server, s); err != nil {
		return s, err
	}
	if s.Password, err = o.secret(s); err != nil {
		return s, err
	}
	if s.Transport == machine.TLS {
		s.TLS, err = clientTLS(o.authority)
	}
	return s, err
}

// phoneServer looks the server up. Over TLS it must prove to be the domain (RFC 5922 §7.3).
func phoneServer(ctx context.Context, text string, s phone.Settings) (netip.AddrPort, string, error) {
	if text == "" {
		return demoServer(), "", nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, "5060"
		if s.Transport == machine.TLS {
			port = "5061"
		}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return netip.AddrPort{}, "", fmt.Errorf("--server %s: the port is a number from 1 to 65535, as in 192.0.2.1:5060", text)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return netip.AddrPort{}, "", fmt.Errorf("--server %s: %w\nCheck the name, or write the server's address", text, err)
	}
	return netip.AddrPortFrom(addresses[0].Unmap(), uint16(number)), "", nil
}

// secret finds the password. Those of the demo are public, and good for the demo alone.
func (o *phoneOptions) secret(s phone.Settings) (string, error) {
	switch {
	case o.password != "" && o.passwordFile != "":
		return "", errors.New("--password or --password-file, not both")
	case o.password != "":
		return o.password, nil
	case o.passwordFile != "":
		text, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return "", unreadable(o.passwordFile, err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimSuffix(first, "\r"), nil
	case os.Getenv("HOOKFLASH_PASSWORD") != "":
		return os.Getenv("HOOKFLASH_PASSWORD"), nil
	}
	if s.Domain == config.Demo().Domain && s.Server.Addr().IsLoopback() {
		for _, user := range config.DemoUsers() {
			if user.Name == s.User {
				return user.Password, nil
			}
		}
	}
	return "", nil // a server may trust this machine
}

func clientTLS(file string) (*tls.Config, error) {
	if file == "" {
		return transport.ClientTLS(nil, nil, tls.VersionTLS12), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--authority %s: there is no certificate in it; it wants PEM, beginning with -----BEGIN CERTIFICATE-----", file)
	}
	return transport.ClientTLS(pool, nil, tls.VersionTLS12), nil
}

// registerPatience is how long the registrar may take.
const registerPatience = 35 * time.Second

// runPhone is one run of phone.
func runPhone(ctx context.Context, o *phoneOptions, stdin io.Reader, stdout io.Writer) error {
	settings, err := o.complete(ctx)
	if err != nil {
		return err
	}
	lines, closeLines, err := o.lines(stdin)
	if err != nil {
		return err
	}
	defer closeLines()
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
	report := phone.NewText(stdout)
	if o.json {
		report = phone.NewJSON(stdout)
	}
	session := phone.NewSession(opened, report)
	err = o.session(ctx, opened, session, lines)
	closing := errors.Join(opened.Close(), device.Close())
	session.Wait()
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

func (o *phoneOptions) session(ctx context.Context, opened *phone.Phone, session *phone.Session, lines io.Reader) error {
	waiting, cancel := context.WithTimeout(ctx, registerPatience)
	err := opened.Registered(waiting)
	cancel()
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return explainRegistering(err, opened.Settings())
	}
	err = session.Script(ctx, lines, o.script == "")
	switch {
	case errors.Is(err, phone.ErrFailed):
		return &saidError{err}
	case ctx.Err() != nil:
		return nil // a signal is a way to leave
	}
	return err
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
		return fmt.Errorf("registering %s at %s: nobody answers\nIs the server running? hookflash serve runs the demo's; else look at --server and --transport", s.AOR(), server)
	}
	return fmt.Errorf("registering %s at %s: %s", s.AOR(), server, phone.Explain(err))
}
