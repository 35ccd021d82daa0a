package directory

import (
	"fmt"
	"strings"
	"time"
)

// checkUser checks what a user has set.
func (k *check) checkUser(u *User) {
	path := "users[" + u.Name + "]"
	k.own(path, u.Name, k.findGroup(u.Name) != nil, "group")
	r := u.Routing
	if r == nil {
		return
	}
	k.printable(path+".display", r.Display)
	k.numbers(path, u.Name, r.Numbers)
	k.forward(path+".forward", u)
	k.findMe(path+".find-me", u)
	k.screening(path+".screening", u)
	k.patterns(path+".block", r.Block)
	k.outgoing(path+".outgoing", &r.Outgoing)
	switch r.Redirects {
	case RedirectsDefault, RedirectsFollow, RedirectsPass:
	default:
		k.wrong(path+".redirects", fmt.Sprintf("%q is not known", r.Redirects), "write follow or pass")
	}
	switch r.Assist {
	case AssistDefault, AssistNone, AssistLacking, AssistSilent, AssistAll:
	default:
		k.wrong(path+".assist", fmt.Sprintf("%q is not known", r.Assist), "write none, lacking, silent or all")
	}
	switch r.Language {
	case "", "en", "zh":
	default:
		k.wrong(path+".language", fmt.Sprintf("there are no prompts in %q", r.Language), "write en or zh")
	}
	k.music(path+".music", r.Music)
	k.mailbox(path+".mailbox", &r.Mailbox)
}

func (k *check) mailbox(path string, m *Mailbox) {
	if m.PIN != "" && (!strings.HasPrefix(m.PIN, "$argon2id$") || len(m.PIN) > MaxText) {
		k.wrong(path+".pin", "is not kept as a hash", "set it anew")
	}
	if m.Mail == "" {
		if m.MailOnly {
			k.wrong(path+".mail-only", "messages would be deleted, and mailed to nobody", "say where in mail")
		}
		return
	}
	name, host, ok := strings.Cut(m.Mail, "@")
	if !ok || name == "" || host == "" || len(m.Mail) > MaxText || strings.ContainsFunc(m.Mail, unprintable) || strings.ContainsAny(m.Mail, "<>,;\"\\") || m.Mail[0] == '-' {
		k.wrong(path+".mail", fmt.Sprintf("%q is no address for mail", m.Mail), "write one as bob@example.com")
	}
}

// forward checks targets that calls go to, none of them the user again.
func (k *check) forward(path string, u *User) {
	f := &u.Routing.Forward
	for _, way := range [...]struct {
		name   string
		target Target
	}{{"unconditional", f.Unconditional}, {"busy", f.Busy}, {"no-answer.to", f.NoAnswer.To}, {"unreachable", f.Unreachable}} {
		if way.target.IsZero() {
			continue
		}
		at := path + "." + way.name
		if k.leads(way.target, u.Name) == u.Name {
			k.wrong(at, fmt.Sprintf("%s forwards to %s: the call would come back", u.Name, way.target), "choose another target, or remove it")
			continue
		}
		k.target(at, way.target, u)
	}
	if f.Redirect && f.Unconditional.IsZero() && f.Busy.IsZero() && f.NoAnswer.To.IsZero() && f.Unreachable.IsZero() {
		k.wrong(path+".redirect", "tells callers to call elsewhere, but not where", "add a target, or remove it")
	}
	if f.NoAnswer.After != 0 && f.NoAnswer.To.IsZero() {
		k.wrong(path+".no-answer.after", "says when calls go elsewhere, but not where", "add to, or remove it")
	}
	k.ring(path+".no-answer.after", f.NoAnswer.After)
}

// ring checks how long phones ring; zero is the default.
func (k *check) ring(path string, d Duration) {
	if d != 0 && (d < MinRing || d > MaxRing) {
		k.wrong(path, fmt.Sprintf("phones can't ring for %s", time.Duration(d)), fmt.Sprintf("choose %s to %s", time.Duration(MinRing), time.Duration(MaxRing)))
	}
}

// findMe checks the steps. What answers at once would end the search.
func (k *check) findMe(path string, u *User) {
	steps := u.Routing.FindMe.Steps
	if len(steps) > MaxSteps {
		k.wrong(path+".steps", fmt.Sprintf("has %d entries", len(steps)), fmt.Sprintf("keep at most %d", MaxSteps))
		return
	}
	for i := range steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		k.ring(at+".for", steps[i].For)
		targets := steps[i].Targets
		if len(targets) == 0 || len(targets) > MaxTargets {
			k.wrong(at+".ring", fmt.Sprintf("has %d targets", len(targets)), fmt.Sprintf("name 1 to %d", MaxTargets))
			continue
		}
		for j, target := range targets {
			to := fmt.Sprintf("%s.ring[%d]", at, j)
			switch target.Kind {
			case TargetVoicemail, TargetMenu, TargetAnnouncement:
				k.wrong(to, target.String()+" answers at once, so that nobody would be found", "name it in forward.no-answer, where calls go after the last step")
			case TargetNone, TargetPhones, TargetName, TargetURI, TargetNumber:
				k.target(to, target, u)
			default:
				k.target(to, target, u)
			}
		}
	}
}

// patterns checks a list of patterns.
func (k *check) patterns(path string, patterns []Pattern) {
	if len(patterns) > MaxPatterns {
		k.wrong(path, fmt.Sprintf("has %d entries", len(patterns)), fmt.Sprintf("keep at most %d", MaxPatterns))
		return
	}
	for i, pattern := range patterns {
		if pattern.IsZero() {
			k.wrong(fmt.Sprintf("%s[%d]", path, i), "is empty, and fits nobody", "write a name, a number, a prefix such as +49*, or remove it")
		}
	}
}
