package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"hookflash/config"
	"hookflash/server"
)

func newServe() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "serve [--config FILE]",
		Short: "Serve a domain; without a configuration, the demo domain",
		Long: "serve answers phones until SIGTERM or Ctrl-C, then lets calls end for the time that\n" +
			"shutdown.drain gives them; a second signal ends it at once. SIGHUP reads the file again.\n" +
			"Without --config it serves the demo domain example.test on loopback.",
		Example: "  hookflash serve\n  hookflash serve --config hookflash.yaml",
		Args:    cobra.NoArgs,

		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			signals := make(chan os.Signal, 4)
			signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
			defer signal.Stop(signals)
			return serve(&service{file: file, stdout: command.OutOrStdout(), stderr: command.ErrOrStderr(), signals: signals})
		},
	}
	command.Flags().StringVarP(&file, "config", "c", "", "configuration `FILE`")
	_ = command.MarkFlagFilename("config", "yaml", "yml") // the flag is there
	return command
}

// service is one run of serve. Its fields belong to serve's goroutine.
type service struct {
	file           string // empty: the demo
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	level          slog.LevelVar
	logger         *slog.Logger
	server         *server.Server
}

func serve(s *service) error {
	loaded, warnings, err := s.load()
	if err != nil {
		return err
	}
	setLevel(&s.level, loaded.Log.Level)
	s.logger = newLogger(s.stderr, &s.level)
	s.warn(warnings)
	s.server, err = server.Open(server.Options{Config: loaded, Logger: s.logger, Version: versionName()})
	if err != nil {
		return remedied(err, loaded)
	}
	if s.file == "" {
		fmt.Fprint(s.stdout, welcome(loaded, os.Args[0]))
	}
	s.notify(server.NotifyReady)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	return s.wait(cancel, ended)
}

// load reads the configuration, explaining what is wrong with it.
func (s *service) load() (*config.Config, []config.Problem, error) {
	if s.file == "" {
		loaded, err := demo()
		return loaded, nil, err
	}
	loaded, warnings, err := config.Load(s.file)
	var wrong *config.Error
	if errors.As(err, &wrong) {
		fmt.Fprintf(s.stderr, "hookflash: %s has %s:\n\n%s", s.file, mistakes(wrong.Problems), config.Explain(s.file, wrong.Problems))
		return nil, nil, &saidError{err}
	}
	if err != nil {
		return nil, nil, unreadable(s.file, err)
	}
	return loaded, warnings, nil
}

// wait passes signals on until the server has ended.
func (s *service) wait(drain context.CancelFunc, ended <-chan error) error {
	draining := false
	for {
		select {
		case err := <-ended:
			if err == nil {
				s.logger.Info("ended")
			}
			return err
		case received := <-s.signals:
			switch {
			case received == syscall.SIGHUP:
				s.reload()
			case draining:
				return errors.New("ended at once by a second signal; calls that are up go on without the server")
			default:
				draining = true
				s.logger.Info("ending: new calls are refused; a second signal ends at once", "signal", received.String())
				s.notify(server.NotifyStopping)
				drain()
			}
		}
	}
}

// reload takes the file's new content, whole or not at all.
func (s *service) reload() {
	if s.file == "" {
		s.logger.Warn("nothing to reload: the demo has no file; serve your own domain with --config FILE")
		return
	}
	s.notify(server.NotifyReloading)
	defer s.notify(server.NotifyReady)
	const refused = "reload refused; the server goes on as before"
	loaded, warnings, err := config.Load(s.file)
	var wrong *config.Error
	if errors.As(err, &wrong) {
		for _, problem := range wrong.Problems {
			s.logger.Error(refused, "file", s.file, "line", problem.Line, "problem", problem.String())
		}
		return
	}
	if err == nil {
		err = s.server.Reload(loaded)
	}
	if err != nil {
		s.logger.Error(refused, "file", s.file, "error", err)
		return
	}
	s.warn(warnings)
	setLevel(&s.level, loaded.Log.Level)
	s.logger.Info("reloaded", "file", s.file, "users", len(loaded.Users))
}

func (s *service) warn(warnings []config.Problem) {
	for _, warning := range warnings {
		warning.Warning = false // the level says so
		s.logger.Warn(warning.String(), "file", s.file, "line", warning.Line)
	}
}

// notify tells the service manager; that it can't be told is no reason to stop.
func (s *service) notify(state string) {
	if err := server.Notify(state); err != nil {
		s.logger.Warn("the service manager was not told", "error", err)
	}
}
