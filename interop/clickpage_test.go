//go:build interop

package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// payloads are targets that would run a script where one was taken for markup (attack 30).
var payloads = []string{
	`<script>marked()</script>`, `"><img src=x onerror=marked()>`, `'><svg/onload=marked()>`, `javascript:marked()`, `</title><script>marked()</script>`,
	`{{constructor.constructor('marked()')()}}`, `${marked()}`, `<iframe srcdoc="<script>parent.marked()</script>">`, "<a href='javas\tcript:marked()'>x</a>",
	`--><script>marked()</script>`, `<math><mtext></form><form><mglyph><style></math><img src onerror=marked()>`, "\u202e<b>x</b>", `sip:x@example.test"><script>marked()</script>`,
}

// TestClickPage: the page at /call/TARGET runs nothing that stands in its address, calls nobody before its button is
// pressed, and then has the user's own phone call.
func TestClickPage(t *testing.T) {
	if err := install(); err != nil {
		t.Fatal(err)
	}
	s := serveAgents(t)
	bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	token, _, _ := strings.Cut(s.administer(t, "token", "create", "--user", "bob"), "\n")
	wish, err := json.Marshal(map[string]any{
		"server": "http://" + s.http.String(), "token": token, "target": "sip:carol@" + domain, "payloads": payloads, "page": freePort(t, loopback).Port(),
	})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	command := exec.Command("node", "browser/click.mjs", string(wish))
	command.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home)
	b := &browser{user: "bob"}
	if b.commands, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	b.process = start(t, "click-browser", command)
	b.expect(t, "a GET calls nobody", "opened 0 placed")
	b.expect(t, "a wrong token is told", "wrong token")
	if line := b.expect(t, "what is nobody is refused", "refused"); line != "refused 0 ran " {
		t.Error(line)
	}
	b.expect(t, "the button is pressed", "clicked")
	carol.expect(t, "bob's phone calls carol", "incoming")
	carol.do(t, "answer")
	steps := b.expect(t, "the page knows", "connected")
	if !strings.Contains(steps, "Your phone accepts") || !strings.Contains(steps, "You are connected") {
		t.Errorf("the page tells the steps: %s", steps)
	}
	bob.hears(t, "connected", carolTone)
	b.do(t, "hangup")
	b.expect(t, "the page ends the call", "ended")
	carol.alone(t, "the BYE arrives")
	if line := b.expect(t, "a link of a page elsewhere", "link"); line != "link +49-30-12345 | /call/%2B49-30-12345" {
		t.Error(line)
	}
	b.expect(t, "nothing of any address ran", "done 0 ran")
	within(t, patience, "the browser removes its folder", func() bool { return !b.running() })
	for line := range strings.Lines(b.text()) {
		for _, bad := range []string{"ran ", "error ", "violation ", "shown ", "markup ", "failed "} {
			if strings.HasPrefix(line, bad) {
				t.Error(line)
			}
		}
	}
}
