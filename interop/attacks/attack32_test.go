//go:build interop

package attacks

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// traversals is how many spellings of a way out there are at least.
const traversals = 500

// TestAttack32PathTraversal: the name of an announcement, a menu, a mailbox, a language, a user or anything
// else that is kept leads out of the folder where it belongs.
//
// Anchor: GHSA-33x6-fj46-6rfh (AMI). Must: names that are no paths, and os.Root below them.
//
// Figure: with 500 spellings over SIP, and over the HTTP API as names of users, groups, calendars, rules and
// tokens, 0 files outside of the data and prompts are opened, made or shown.
func TestAttack32PathTraversal(t *testing.T) {
	house := t.TempDir()
	const canary = "the canary sings"
	for _, folder := range []string{"prompts/en", "outside", "prompts-too"} {
		if err := os.MkdirAll(filepath.Join(house, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"outside/secret.wav", "outside/secret", "secret.wav", "secret", "prompts-too/secret.wav"} {
		if err := os.WriteFile(filepath.Join(house, file), []byte(canary), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside/secret.wav", filepath.Join(house, "prompts", "linked.wav")); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, setup{lines: []string{fmt.Sprintf("media: {prompts: %s}", filepath.Join(house, "prompts"))}})
	before := tree(t, house, filepath.Dir(s.config))
	opened := watchFiles(t, s)
	beside(t, s, func() {
		mallory := newPhone(t, s, "mallory")
		ways := waysOut(house)
		if len(ways) < traversals {
			t.Fatalf("%d spellings, want %d", len(ways), traversals)
		}
		token := adminToken(t, s)
		for i, way := range ways {
			for _, uri := range addressesOut(way) {
				if !full && (i+len(uri))%5 != 0 {
					continue
				}
				r := mallory.request("INVITE", uri)
				r.body = offer(mallory.local.Addr())
				c, code := mallory.tryCall(r)
				if c != nil {
					if !strings.HasPrefix(uri, "sip:*") { // what begins so is a code, and an unknown one is said to be
						t.Errorf("%s is answered %d", uri, code)
					}
					_ = c.hangUp()
				}
			}
			if full || i%5 == 0 {
				overHTTP(t, s, token, way, canary)
			}
		}
	})
	paths := opened()
	t.Logf("%d files were touched", len(paths))
	for _, path := range paths {
		if !inFolder(path, house, "prompts") && !inFolder(path, filepath.Dir(s.config), "data") && !harmless(path) {
			t.Errorf("the server touched %s", path)
		}
	}
	for path := range tree(t, house, filepath.Dir(s.config)) {
		if !before[path] && !inFolder(path, filepath.Dir(s.config), "data") {
			t.Errorf("%s is new", path)
		}
	}
}

// waysOut are spellings of paths that lead out of a folder, as they may stand in a URI.
func waysOut(house string) (ways []string) {
	ups := []string{"..", "%2e%2e", ".%2e", "%252e%252e", "..%00", "%E2%80%A5", "%EF%BC%8E%EF%BC%8E", "..%3b", ".%20.", "....", "%00..", "%c0%ae%c0%ae", "..%ff", "~", "$HOME", "C%3a", "%5c%5c%3f%5cC%3a", "en", "zh", "."}
	for _, up := range ups {
		for _, separator := range []string{"%2f", "/", "%5c", "%2f%2f", "%252f"} {
			for depth, end := range []string{"secret", "outside%2fsecret", "outside/secret.wav", "etc%2fpasswd", "secret%00.wav"} {
				ways = append(ways, strings.Repeat(up+separator, 1+depth)+end)
			}
		}
	}
	absolute := filepath.Join(house, "outside", "secret")
	return append(ways, absolute, url.QueryEscape(absolute), "file:"+absolute, "file%3a%2f%2f"+url.QueryEscape(absolute), "prompt:..%2fsecret", "linked", "%2fdev%2fstdin", "%2fproc%2fself%2fenviron", "con", "nul.wav", "-", "--", "*", "secret%0a", "..", ".", "%00", "")
}

// addressesOut are the addresses of agents that a name can stand in.
func addressesOut(way string) []string {
	return []string{
		"sip:announce@" + domain + ";announcement=" + way, "sip:announce@" + domain + ";announcement=" + way + ";language=..", "sip:announce@" + domain + ";announcement=secret;language=" + way, "sip:menu@" + domain + ";menu=" + way,
		"sip:voicemail@" + domain + ";target=sip:" + way + "%40" + domain, "sip:voicemail@" + domain + ";target=" + way + ";cause=" + way, "sip:" + way + "@" + domain,
	}
}

// adminToken is the administrator's token of the HTTP API.
func adminToken(t testing.TB, s *server) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.config), "data", "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// overHTTP tries a way out wherever the API takes a name, by the administrator.
func overHTTP(t *testing.T, s *server, token, way, canary string) {
	t.Helper()
	plain, err := url.PathUnescape(way)
	if err != nil {
		plain = way
	}
	for path, body := range map[string]string{
		"users/%s": `{"name": %q, "password": "long and random"}`, "groups/%s": `{"name": %q, "members": ["alice"]}`, "calendars/%s": `{"name": %q}`, "tokens/%s": "", "users/%s/routing": `{}`,
		"users/alice/routing": `{"forward": {"unconditional": %q}}`, "tokens": `{"name": %q}`, "../../%s": "",
	} {
		method := http.MethodPut
		switch {
		case body == "":
			method = http.MethodGet
		case path == "tokens":
			method = http.MethodPost
		case path == "users/alice/routing":
			body = fmt.Sprintf(body, "announcement:"+plain)
		}
		if strings.Contains(path, "%s") {
			path = fmt.Sprintf(path, way)
		}
		if strings.Contains(body, "%q") {
			body = strings.ReplaceAll(body, "%q", strconv.Quote(plain))
		}
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.http.String()+"/api/v1/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.URL.Opaque = "//" + s.http.String() + "/api/v1/" + strings.NewReplacer("\x00", "%00", " ", "%20").Replace(path)
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			continue // no request at all
		}
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		response.Body.Close()
		if bytes.Contains(text, []byte(canary)) || response.StatusCode >= 500 || response.StatusCode/100 == 2 && strings.ContainsAny(plain, `/\`) && method != http.MethodGet {
			t.Errorf("%s %s is answered %d %.300s", method, request.URL.Opaque, response.StatusCode, text)
		}
	}
}

// watchFiles follows what files the server touches, where strace is there; else nothing is seen.
func watchFiles(t *testing.T, s *server) func() []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strace")
	command := exec.Command("strace", "-f", "-y", "-qq", "-e", "trace=%file", "-o", path, "-p", strconv.Itoa(s.command.Process.Pid))
	if err := command.Start(); err != nil {
		t.Logf("strace: %v; only what is left on the disk is looked at", err)
		return func() []string { return nil }
	}
	eventually(t, patience, "strace is attached", func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
		return err == nil && !bytes.Contains(status, []byte("TracerPid:\t0\n"))
	})
	return func() []string {
		_ = command.Process.Signal(syscall.SIGINT) // it lets go of the server
		_ = command.Wait()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		return touched(string(text))
	}
}

// Calls of strace's: at a folder, or at a path.
var (
	atFolder = regexp.MustCompile(`\w+at2?\((?:AT_FDCWD|\d+)<([^>]*)>, "((?:[^"\\]|\\.)*)"`)
	atPath   = regexp.MustCompile(`^\d+ +\w+\("((?:[^"\\]|\\.)*)"`)
)

// touched are the whole paths in an output of strace.
func touched(text string) (paths []string) {
	for line := range strings.Lines(text) {
		folder, path := "", ""
		if found := atFolder.FindStringSubmatch(line); found != nil {
			folder, path = found[1], found[2]
		} else if found := atPath.FindStringSubmatch(line); found != nil {
			path = found[1]
		}
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		paths = append(paths, filepath.Clean(path))
	}
	return paths
}

func inFolder(path, folder, name string) bool {
	root := filepath.Join(folder, name)
	return path == root || strings.HasPrefix(path, root+"/")
}

// harmless are paths that any Go program touches by itself.
func harmless(path string) bool {
	for _, prefix := range []string{"/proc/self", "/proc/sys", "/sys/", "/dev/null", "/dev/urandom", "/etc/localtime", "/usr/share/zoneinfo", "/usr/lib/locale", "/etc/mime.types", "/usr/share/mime", "/etc/apache"} {
		if strings.HasPrefix(path, prefix) && !strings.Contains(path, "environ") {
			return true
		}
	}
	return strings.HasPrefix(path, "/proc/") && strings.HasSuffix(path, "/stat")
}

// tree is every path below some folders.
func tree(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				found[path] = true
			}
			return nil // what goes meanwhile is gone
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
