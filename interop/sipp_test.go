//go:build interop

package interop

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scenario is one run of SIPp.
type scenario struct {
	name      string         // a file of the folder scenarios
	transport string         // u1 or t1
	remote    netip.AddrPort // where it sends to
	local     netip.AddrPort // where it listens; a free port of 127.0.0.1 by default
	media     netip.AddrPort // what it announces for RTP, set by sipp
	calls     int            // ends after so many
	rate      int            // calls per second
	hold      time.Duration  // of a call before the caller hangs up
	keys      map[string]string
	rows      []string // of the injected file: one row per call, fields split by semicolons
	arguments []string
}

// sippRun is a running SIPp.
type sippRun struct {
	*process
	address    netip.AddrPort
	statistics string // path
	errors     string // path
	messages   string // path
}

// sipp starts SIPp.
func sipp(t testing.TB, s scenario) *sippRun {
	t.Helper()
	folder := t.TempDir()
	home := loopback
	if s.remote.Addr().Is6() {
		home = netip.IPv6Loopback()
		// SIPp would name the address it sends to, and write it without brackets.
		s.arguments = append([]string{"-auth_uri", domain}, s.arguments...)
	}
	s.media = freePort(t, home)
	if !s.local.IsValid() {
		s.local = freePort(t, home)
	}
	if s.transport == "" {
		s.transport = "u1"
	}
	run := &sippRun{
		address:    s.local,
		statistics: filepath.Join(folder, "statistics.csv"),
		errors:     filepath.Join(folder, "errors.log"),
		messages:   filepath.Join(folder, "messages.log"),
	}
	path, err := filepath.Abs(filepath.Join("scenarios", s.name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{
		s.remote.String(), "-sf", path, "-t", s.transport, "-nostdin",
		"-i", s.local.Addr().String(), "-bind_local", "-p", strconv.Itoa(int(s.local.Port())),
		"-mi", s.media.Addr().String(), "-mp", strconv.Itoa(int(s.media.Port())),
		"-ci", loopback.String(), "-cp", strconv.Itoa(int(freePort(t, loopback).Port())),
		"-key", "domain", domain,
		"-r", strconv.Itoa(max(1, s.rate)), "-d", strconv.FormatInt(s.hold.Milliseconds(), 10),
		"-trace_stat", "-stf", run.statistics, "-fd", "1",
		"-trace_err", "-error_file", run.errors,
		"-default_behaviors", "all,-bye",
	}
	if s.calls > 0 {
		arguments = append(arguments, "-m", strconv.Itoa(s.calls))
		if s.calls <= 10 {
			arguments = append(arguments, "-trace_msg", "-message_file", run.messages)
		}
	}
	if s.keys["rtp_port"] == "" {
		arguments = append(arguments, "-key", "rtp_port", strconv.Itoa(int(s.media.Port())))
	}
	for key, value := range s.keys {
		arguments = append(arguments, "-key", key, value)
	}
	if len(s.rows) > 0 {
		rows := filepath.Join(folder, "rows.csv")
		if err := os.WriteFile(rows, []byte("SEQUENTIAL\n"+strings.Join(s.rows, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, "-inf", rows)
	}
	command := exec.Command("sipp", append(arguments, s.arguments...)...)
	command.Dir = folder
	run.process = start(t, "sipp-"+s.name, command)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("---- sipp-%s, errors:\n%s", s.name, lastLines(fileText(run.errors), shownLines))
			t.Logf("---- sipp-%s, messages:\n%s", s.name, lastLines(fileText(run.messages), shownLines))
		}
	})
	return run
}

// listening waits until the port is taken, which is how SIPp shows that it is there.
func (r *sippRun) listening(t testing.TB) *sippRun {
	t.Helper()
	eventually(t, r.name+" listens", func() bool { return !r.running() || portIsTaken(r.address) })
	return r
}

// succeeds waits for the end of the run, in which every call succeeded.
func (r *sippRun) succeeds(t testing.TB, reason string, limit time.Duration) {
	t.Helper()
	if err := r.wait(t, limit); err != nil {
		t.Errorf("%s: %s: %v (%s)", reason, r.name, err, r.counts())
	}
}

// counts sums up the run.
func (r *sippRun) counts() string {
	return fmt.Sprintf("%d succeeded, %d failed, %d retransmissions",
		r.count("SuccessfulCall(C)"), r.count("FailedCall(C)"), r.count("Retransmissions(C)"))
}

// count is a column of the last line of the statistics; -1 when there is none yet.
func (r *sippRun) count(column string) int {
	file, err := os.Open(r.statistics)
	if err != nil {
		return -1
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = ';', -1, true
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		return -1
	}
	last := rows[len(rows)-1]
	for i, name := range rows[0] {
		if name == column && i < len(last) {
			if value, err := strconv.Atoi(last[i]); err == nil {
				return value
			}
		}
	}
	return -1
}

func fileText(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}
