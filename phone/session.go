package phone

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"hookflash/ua"
)

// Reporter shows what happens: values of ua.Event and Outcome, in their order, one at a time.
type Reporter interface{ Report(event any) }

// Session is one face of a phone: it runs commands and reports what happens. A phone has one session
// at a time, which reads its events. Commands run one after the other.
type Session struct {
	phone    *Phone
	reporter Reporter
	pumping  sync.WaitGroup

	mutex   sync.Mutex
	log     []ua.Event // that no wait has looked at
	arrived chan struct{}
	over    bool // no more events
}

// maxLog is how many events a session keeps for wait and expect, the latest.
const maxLog = 4096

// NewSession begins to read the phone's events. It ends with the phone; Wait waits for that.
func NewSession(p *Phone, reporter Reporter) *Session {
	s := &Session{phone: p, reporter: reporter, arrived: make(chan struct{}, 1)}
	s.pumping.Go(s.pump)
	return s
}

// Wait waits until the phone is closed and everything was reported.
func (s *Session) Wait() { s.pumping.Wait() }

func (s *Session) pump() {
	for event := range s.phone.Events() {
		s.reporter.Report(event)
		s.mutex.Lock()
		switch event := event.(type) {
		case ua.Event:
			if len(s.log) == maxLog {
				s.log = append(s.log[:0], s.log[1:]...)
			}
			s.log = append(s.log, event)
		case Outcome:
			close(event.reported)
		}
		s.mutex.Unlock()
		s.ring()
	}
	s.mutex.Lock()
	s.over = true
	s.mutex.Unlock()
	s.ring()
}

func (s *Session) ring() {
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// ErrQuit tells that the person wants to leave.
var ErrQuit = errors.New("quit")

// Run runs one line, and reports what became of it before it returns. The error is the command's.
func (s *Session) Run(ctx context.Context, line string) error {
	instruction, ok, err := Parse(line)
	if !ok {
		return nil
	}
	e := &execution{session: s, ctx: ctx, Instruction: instruction, reported: make(chan struct{})}
	if err == nil {
		err = instruction.Command.run(e)
	}
	s.phone.conclude(e, err)
	<-e.reported
	return err
}

// conclude tells the outcome, unless the command's last step did.
func (p *Phone) conclude(e *execution, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case e.told:
	case p.ended:
		close(e.reported)
	default:
		p.emit(e.end(err))
	}
}

// ErrFailed tells that a command of a script failed; what and why was reported.
var ErrFailed = errors.New("a command failed")

// Script runs lines until they end, somebody quits, or the context ends. It stops at the first command that
// fails, unless it is told to go on; ErrFailed tells that there was one.
func (s *Session) Script(ctx context.Context, lines io.Reader, goOn bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read, problem := readLines(ctx, lines)
	failed := false
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("script: %w", context.Cause(ctx))
		case line, more := <-read:
			if !more {
				if err := <-problem; err != nil {
					return fmt.Errorf("read the script: %w", err)
				}
				return failure(failed)
			}
			err := s.Run(ctx, line)
			switch {
			case errors.Is(err, ErrQuit):
				return failure(failed)
			case err != nil && !goOn:
				return ErrFailed
			case err != nil:
				failed = true
			}
		}
	}
}

func failure(failed bool) error {
	if failed {
		return ErrFailed
	}
	return nil
}

// readLines reads beside the script, so that the end of the context is seen at once.
func readLines(ctx context.Context, source io.Reader) (lines chan string, problem chan error) {
	lines, problem = make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(source)
		scanner.Buffer(make([]byte, 0, MaxScriptLine), MaxScriptLine)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				problem <- nil
				return
			}
		}
		problem <- scanner.Err()
	}()
	return lines, problem
}
