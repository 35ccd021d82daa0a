package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"hookflash/server"
)

const (
	maxLine       = 1 << 20                // bytes of one line of the stream
	answerTimeout = 5 * time.Second        // for the server to begin the stream
	lookEvery     = 100 * time.Millisecond // how often calls that went quiet are looked for
)

// traceOptions are the flags of trace.
type traceOptions struct {
	http, user, call, svg string
	full, follow          bool
	count                 int
}

func newTrace() *cobra.Command {
	var options traceOptions
	command := &cobra.Command{
		Use:   "trace",
		Short: "Draw the calls of a running server as ladders, live",
		Long: "trace watches the messages that pass a running server on this machine and draws each call\n" +
			"as a ladder when it has ended, or when nothing was said in it for five seconds. On a terminal it\n" +
			"also prints every message as it passes. Passwords' answers and media keys are blotted out.",
		Example: "  hookflash trace\n  hookflash trace --user bob --full\n  hookflash trace --count 1 --svg /tmp",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !command.Flags().Changed("follow") {
				options.follow = isTerminal(command.OutOrStdout())
			}
			ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer cancel()
			return trace(ctx, options, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.http, "http", "127.0.0.1:8080", "the server's `ADDRESS` for HTTP, listen.http of its configuration")
	flags.StringVar(&options.user, "user", "", "only calls from or to this `USER`, such as alice")
	flags.StringVar(&options.call, "call", "", "only the call with this Call-`ID`")
	flags.BoolVar(&options.full, "full", false, "print the messages themselves, too")
	flags.BoolVar(&options.follow, "follow", false, "print every message as it passes; the default on a terminal")
	flags.StringVar(&options.svg, "svg", "", "write each ladder as a picture into this `DIR`, too")
	flags.IntVar(&options.count, "count", 0, "end after `N` ladders; 0: go on")
	_ = command.MarkFlagDirname("svg") // the flag is there
	return command
}

// trace draws until the context ends, the count is reached, or the server ends.
func trace(ctx context.Context, options traceOptions, stdout, stderr io.Writer) error {
	w := newWatcher(options, stdout)
	if options.svg != "" {
		folder, err := os.OpenRoot(options.svg)
		if err != nil {
			return fmt.Errorf("write pictures: %w\nMake the folder first: mkdir -p %s", err, options.svg)
		}
		defer func() { _ = folder.Close() }()
		w.pictures = folder
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := openTrace(ctx, options)
	if err != nil {
		return err
	}
	defer body.Close()
	if options.follow {
		fmt.Fprintf(stderr, "Watching %s. A ladder follows when a call has ended. Ctrl-C ends.\n", options.http)
	}
	lines, failed := make(chan server.TraceLine), make(chan error, 1)
	go func() {
		defer close(lines)
		failed <- readLines(ctx, body, lines)
	}()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for !w.enough() {
		select {
		case <-ctx.Done():
			return w.finish()
		case line, more := <-lines:
			if !more {
				return errors.Join(w.finish(), ended(ctx, <-failed, options))
			}
			if line.Dropped > 0 {
				fmt.Fprintf(stderr, "%d messages are missing here: they passed faster than they could be shown; --user or --call show fewer\n", line.Dropped)
			}
			err = w.see(time.Now(), line)
		case now := <-ticker.C:
			err = w.advance(now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openTrace asks the server for its stream.
func openTrace(ctx context.Context, options traceOptions) (io.ReadCloser, error) {
	address := strings.TrimSuffix(strings.TrimPrefix(options.http, "http://"), "/")
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("--http %s is no address with a port; write --http 127.0.0.1:8080", options.http)
	}
	query := url.Values{}
	for name, value := range map[string]string{"user": options.user, "call": options.call} {
		if value != "" {
			query.Set(name, value)
		}
	}
	target := url.URL{Scheme: "http", Host: address, Path: "/trace", RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("--http %s: %w", options.http, err)
	}
	client := http.Client{Transport: &http.Transport{ResponseHeaderTimeout: answerTimeout}}
	response, err := client.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("no server answers at %s\nStart one with hookflash serve, or name the address under listen.http of its configuration: --http ADDRESS:PORT", address)
	}
	if err != nil {
		return nil, fmt.Errorf("watch the server at %s: %w", address, err)
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close()
	var problem struct{ Detail string }
	if json.NewDecoder(io.LimitReader(response.Body, maxLine)).Decode(&problem) != nil || problem.Detail == "" {
		problem.Detail = "perhaps it is no hookflash"
	}
	return nil, fmt.Errorf("watch the server at %s: it answers %s: %s", address, response.Status, problem.Detail)
}

// readLines reads the stream until it ends.
func readLines(ctx context.Context, body io.Reader, lines chan<- server.TraceLine) error {
	scanner := bufio.NewScanner(body)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		var line server.TraceLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return fmt.Errorf("read the trace: %w", err)
		}
		select {
		case lines <- line:
		case <-ctx.Done():
			return nil
		}
	}
	return scanner.Err()
}

// ended says why the stream came to its end.
func ended(ctx context.Context, err error, options traceOptions) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("the server at %s has ended", options.http)
	}
	return err
}
