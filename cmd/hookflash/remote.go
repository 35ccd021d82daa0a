package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hookflash/api"
	"hookflash/config"
)

// Limits of what commands ask a server for.
const (
	remotePatience = 15 * time.Second
	maxReply       = 16 << 20 // bytes
	maxTokenFile   = 4 << 10  // bytes
)

// tokenVariable holds a token in the environment.
const tokenVariable = "HOOKFLASH_TOKEN"

// connection is the flags that say which server a command talks to, and as whom.
type connection struct{ config, server, tokenFile string }

func (c *connection) flags(flags *pflag.FlagSet) {
	flags.StringVarP(&c.config, "config", "c", "", "configuration `FILE` of the server: says where it listens, and where its token is (default: the demo's)")
	flags.StringVar(&c.server, "server", "", "`URL` of the server, such as https://phones.example.com, in place of the configuration's")
	flags.StringVar(&c.tokenFile, "token-file", "", "`FILE` with the token; or set "+tokenVariable+"; else admin.token below the server's data")
}

// administers makes a command with subcommands that talk to a server.
func administers(command *cobra.Command, subcommands ...func(c *connection) *cobra.Command) *cobra.Command {
	c := &connection{}
	c.flags(command.PersistentFlags())
	_ = command.MarkPersistentFlagFilename("config", "yaml", "yml") // the flags are there
	_ = command.MarkPersistentFlagFilename("token-file")
	for _, subcommand := range subcommands {
		made := subcommand(c)
		made.DisableFlagsInUseLine = true
		command.AddCommand(made)
	}
	return command
}

// remote is a server that a command talks to. It belongs to one goroutine.
type remote struct {
	base   string // "http://127.0.0.1:8080"
	token  string
	source string // where the token was found
	client *http.Client
}

// open finds out where the server is and what opens it.
func (c *connection) open() (*remote, error) {
	r := &remote{base: strings.TrimSuffix(c.server, "/"), client: &http.Client{
		Timeout: remotePatience,
		// A token is for the server that was named, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	data := ""
	if c.server == "" || c.config != "" {
		loaded, err := c.load()
		if err != nil {
			return nil, err
		}
		data = loaded.Data
		if r.base == "" {
			if !loaded.Listen.HTTP.IsValid() {
				return nil, errors.New("listen.http is off in the configuration, so that nothing can be changed while the server runs; write listen: {http: 127.0.0.1:8080}")
			}
			r.base = "http://" + reachable(loaded)
		}
	}
	if at, err := url.Parse(r.base); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address of a server: write --server http://127.0.0.1:8080", c.server)
	}
	return r, r.authorize(c.tokenFile, data)
}

func (c *connection) load() (*config.Config, error) {
	if c.config == "" {
		return demo()
	}
	loaded, _, err := config.Load(c.config)
	var wrong *config.Error
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("%s has %s; hookflash check %[1]s explains", c.config, mistakes(wrong.Problems))
	}
	if err != nil {
		return nil, unreadable(c.config, err)
	}
	return loaded, nil
}

// reachable is an address at which a listener is reached from this machine.
func reachable(loaded *config.Config) string {
	at := loaded.Listen.HTTP
	if at.Addr().IsUnspecified() {
		host := "127.0.0.1"
		if at.Addr().Is6() {
			host = "::1"
		}
		return net.JoinHostPort(host, fmt.Sprint(at.Port()))
	}
	return at.String()
}

// authorize finds the token.
func (r *remote) authorize(file, data string) error {
	if file == "" && os.Getenv(tokenVariable) != "" {
		r.token, r.source = strings.TrimSpace(os.Getenv(tokenVariable)), tokenVariable
		return nil
	}
	if file == "" && data == "" {
		return fmt.Errorf("%s wants a token: name its file with --token-file, set %s, or name the server's configuration with --config", r.base, tokenVariable)
	}
	if file == "" {
		file = filepath.Join(data, "admin.token")
	}
	r.source = file
	text, err := firstLine(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no token in %s: start the server once, which writes it (hookflash serve), or name another file with --token-file", file)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the token in %s may be read by the server's user alone: run this as that user, or ask for a token of your own (--token-file)", file)
	case err != nil:
		return fmt.Errorf("reading the token: %w", err)
	case text == "":
		return fmt.Errorf("%s is empty: the server writes a new token there when it starts", file)
	}
	r.token = text
	return nil
}

func firstLine(file string) (string, error) {
	opened, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = opened.Close() }()
	text, err := io.ReadAll(io.LimitReader(opened, maxTokenFile))
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line), err
}

// request is what is asked for.
type request struct {
	method string // "": GET
	path   string // below api.Prefix
	body   any    // nil: none
	tag    string // the revision that is changed, "" to create
	key    string // makes a repetition the same wish (Idempotency-Key), "" for none
}

// ask makes a request and reads what it answers into a value, nil for nothing. It returns the ETag.
// What the server refuses is an *api.Problem.
func (r *remote) ask(ctx context.Context, send request, into any) (tag string, err error) {
	asked, err := r.prepare(ctx, send)
	if err != nil {
		return "", err
	}
	answered, err := r.client.Do(asked)
	if err != nil {
		return "", r.unreached(err)
	}
	defer func() { _ = answered.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answered.Body, maxReply))
	if err != nil {
		return "", r.unreached(err)
	}
	if answered.StatusCode/100 != 2 {
		return "", r.refused(answered, text)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			return "", fmt.Errorf("%s does not answer as a hookflash server of this version does: %w", r.base, err)
		}
	}
	return answered.Header.Get("ETag"), nil
}

// prepare makes a request of what is sent.
func (r *remote) prepare(ctx context.Context, send request) (*http.Request, error) {
	var body io.Reader
	if send.body != nil {
		text, err := json.Marshal(send.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	asked, err := http.NewRequestWithContext(ctx, send.method, r.base+api.Prefix+send.path, body)
	if err != nil {
		return nil, err
	}
	asked.Header.Set("Authorization", "Bearer "+r.token)
	if send.body != nil {
		asked.Header.Set("Content-Type", "application/json")
	}
	if send.key != "" {
		asked.Header.Set("Idempotency-Key", send.key)
	}
	if send.tag != "" {
		asked.Header.Set("If-Match", send.tag)
	} else if send.method == http.MethodPut {
		asked.Header.Set("If-None-Match", "*")
	}
	return asked, nil
}

// unreached says what to do about a server that does not answer.
func (r *remote) unreached(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("no server answers at %s: start it (hookflash serve), or name its configuration (--config FILE) or address (--server URL)", r.base)
	}
	return fmt.Errorf("asking the server at %s: %w\nCheck the address: --config FILE or --server URL", r.base, err)
}

// refused makes an error of a refusal.
func (r *remote) refused(answered *http.Response, text []byte) error {
	p := &api.Problem{}
	if json.Unmarshal(text, p) != nil || p.Status != answered.StatusCode {
		return fmt.Errorf("%s answers %s, not as a hookflash server does: check --server", r.base, answered.Status)
	}
	if p.Status == http.StatusUnauthorized {
		return fmt.Errorf("the token in %s opens nothing at %s: it expired or was deleted, or is another server's; name the right one with --token-file or %s", r.source, r.base, tokenVariable)
	}
	for i := range p.Errors { // as a person who typed a command names it
		p.Errors[i].Location = strings.TrimPrefix(strings.TrimPrefix(p.Errors[i].Location, "body."), "routing.")
	}
	return p
}

// revise changes what is there, again when somebody else changed it meanwhile.
func revise[V any](ctx context.Context, r *remote, path string, edit func(*V) error) error {
	return twice(func() error {
		var value V
		tag, err := r.ask(ctx, request{path: path}, &value)
		if err != nil {
			return err
		}
		if err := edit(&value); err != nil {
			return err
		}
		_, err = r.ask(ctx, request{method: http.MethodPut, path: path, body: value, tag: tag}, nil)
		return err
	})
}

// remove deletes what is there.
func (r *remote) remove(ctx context.Context, path string) error {
	return twice(func() error {
		tag, err := r.ask(ctx, request{path: path}, nil)
		if err != nil {
			return err
		}
		_, err = r.ask(ctx, request{method: http.MethodDelete, path: path, tag: tag}, nil)
		return err
	})
}

// twice does something again when its revision was stale.
func twice(change func() error) error {
	err := change()
	var p *api.Problem
	if errors.As(err, &p) && p.Status == http.StatusPreconditionFailed {
		err = change()
	}
	return err
}

// all gets every page of a list.
func all[V any](ctx context.Context, r *remote, path string) (items []V, err error) {
	items = []V{}
	for cursor := ""; ; {
		var part api.Page[V]
		if _, err := r.ask(ctx, request{path: path + "?" + url.Values{"limit": {"1000"}, "cursor": {cursor}}.Encode()}, &part); err != nil {
			return nil, err
		}
		items = append(items, part.Items...)
		if cursor = part.Next; cursor == "" {
			return items, nil
		}
	}
}
