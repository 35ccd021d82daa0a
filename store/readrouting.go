package store

import (
	"net/netip"
	"strings"

	"hookflash/directory"
)

// routing reads a Routing as encoding/json writes it. A field that stands here in another order
// than there, or not at all, makes every user who has it slow to read, never wrong.
func (r *valueReader) routing() *directory.Routing {
	routing := new(directory.Routing)
	r.open()
	if r.field(`"display":`) {
		routing.Display = r.kept()
	}
	if r.field(`"numbers":`) {
		routing.Numbers = readList(r, (*valueReader).kept)
	}
	if r.field(`"forward":`) {
		routing.Forward = r.forward()
	}
	if r.field(`"find-me":`) {
		routing.FindMe = r.findMe()
	}
	if r.field(`"screening":`) {
		routing.Screening = readList(r, (*valueReader).rule)
	}
	if r.field(`"block":`) {
		routing.Block = readList(r, (*valueReader).pattern)
	}
	routing.RejectAnonymous = r.field(`"reject-anonymous":`) && r.true()
	routing.DoNotDisturb = r.field(`"do-not-disturb":`) && r.true()
	routing.CallWaitingOff = directory.SwitchedOff(r.field(`"call-waiting":`) && r.false())
	routing.Away = r.field(`"away":`) && r.true()
	if r.field(`"outgoing":`) {
		routing.Outgoing = r.outgoing()
	}
	if r.field(`"redirects":`) {
		routing.Redirects = directory.Redirects(r.shared())
	}
	if r.field(`"assist":`) {
		routing.Assist = directory.Assist(r.shared())
	}
	if r.field(`"mailbox":`) {
		routing.Mailbox = r.mailbox()
	}
	if r.field(`"language":`) {
		routing.Language = r.shared()
	}
	if r.field(`"music":`) {
		routing.Music = r.shared()
	}
	routing.Intercom = r.field(`"intercom":`) && r.true()
	if r.field(`"zone":`) {
		routing.Zone = r.zone()
	}
	r.close()
	return routing
}

func (r *valueReader) forward() (forward directory.Forward) {
	r.open()
	if r.field(`"unconditional":`) {
		forward.Unconditional = r.target()
	}
	if r.field(`"busy":`) {
		forward.Busy = r.target()
	}
	if r.field(`"no-answer":`) {
		r.open()
		if r.field(`"to":`) {
			forward.NoAnswer.To = r.target()
		}
		if r.field(`"after":`) {
			forward.NoAnswer.After = r.duration()
		}
		r.close()
	}
	forward.Redirect = r.field(`"redirect":`) && r.true()
	if r.field(`"unreachable":`) {
		forward.Unreachable = r.target()
	}
	r.close()
	return forward
}

func (r *valueReader) findMe() (findMe directory.FindMe) {
	r.open()
	findMe.Off = r.field(`"off":`) && r.true()
	if r.field(`"steps":`) {
		findMe.Steps = readList(r, (*valueReader).step)
	}
	r.close()
	return findMe
}

func (r *valueReader) step() (step directory.Step) {
	r.open()
	if r.field(`"ring":`) {
		step.Targets = readList(r, (*valueReader).target)
	}
	step.InTurn = r.field(`"in-turn":`) && r.true()
	if r.field(`"for":`) {
		step.For = r.duration()
	}
	step.Confirm = r.field(`"confirm":`) && r.true()
	r.close()
	return step
}

func (r *valueReader) rule() (rule directory.Rule) {
	r.open()
	if r.field(`"name":`) {
		rule.Name = r.shared()
	}
	if r.field(`"from":`) {
		rule.From = readList(r, (*valueReader).pattern)
	}
	if r.field(`"groups":`) {
		rule.Groups = readList(r, (*valueReader).shared)
	}
	if r.field(`"sources":`) {
		rule.Sources = readList(r, (*valueReader).prefix)
	}
	rule.Anonymous = r.field(`"anonymous":`) && r.true()
	rule.Away = r.field(`"away":`) && r.true()
	if r.field(`"when":`) {
		rule.When = r.when()
	}
	if r.field(`"action":`) {
		rule.Action = directory.Action(r.shared())
	}
	if r.field(`"to":`) {
		rule.To = r.target()
	}
	if r.field(`"announcement":`) {
		rule.Announcement = r.shared()
	}
	r.close()
	return rule
}

func (r *valueReader) when() (when directory.When) {
	r.open()
	if r.field(`"calendar":`) {
		when.Calendar = r.shared()
	}
	when.Closed = r.field(`"closed":`) && r.true()
	if r.field(`"hours":`) {
		when.Hours = readList(r, (*valueReader).hours)
	}
	if r.field(`"zone":`) {
		when.Zone = r.zone()
	}
	r.close()
	return when
}

func (r *valueReader) outgoing() (outgoing directory.Outgoing) {
	r.open()
	if r.field(`"class":`) {
		outgoing.Class = directory.Class(r.shared())
	}
	if r.field(`"rules":`) {
		outgoing.Rules = readList(r, (*valueReader).dialRule)
	}
	r.close()
	return outgoing
}

func (r *valueReader) dialRule() (rule directory.DialRule) {
	r.open()
	if r.field(`"name":`) {
		rule.Name = r.shared()
	}
	if r.field(`"to":`) {
		rule.To = readList(r, (*valueReader).pattern)
	}
	rule.Allow = r.field(`"allow":`) && r.true()
	if r.field(`"when":`) {
		rule.When = r.when()
	}
	if r.field(`"announcement":`) {
		rule.Announcement = r.shared()
	}
	r.close()
	return rule
}

func (r *valueReader) mailbox() (mailbox directory.Mailbox) {
	r.open()
	mailbox.Off = r.field(`"off":`) && r.true()
	if r.field(`"pin":`) {
		mailbox.PIN = r.kept()
	}
	if r.field(`"mail":`) {
		mailbox.Mail = r.kept()
	}
	mailbox.MailOnly = r.field(`"mail-only":`) && r.true()
	r.close()
	return mailbox
}

func (r *valueReader) target() (target directory.Target) {
	text := r.string()
	if text == "" {
		return target
	}
	target, err := directory.ParseTarget(text)
	target.Value = strings.Clone(target.Value)
	r.failed = r.failed || err != nil
	return target
}

func (r *valueReader) pattern() directory.Pattern {
	pattern, err := directory.ParsePattern(r.kept())
	r.failed = r.failed || err != nil
	return pattern
}

func (r *valueReader) prefix() netip.Prefix {
	prefix, err := netip.ParsePrefix(r.string())
	r.failed = r.failed || err != nil
	return prefix
}

func (r *valueReader) duration() (duration directory.Duration) {
	r.failed = duration.UnmarshalText([]byte(r.string())) != nil || r.failed
	return duration
}
