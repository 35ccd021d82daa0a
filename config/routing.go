package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"hookflash/directory"
	"hookflash/prompts"
)

// routingKeys are the keys of a user that say where calls go: the names that directory.Routing has
// in JSON.
var routingKeys = []string{
	"display", "numbers", "forward", "find-me", "screening", "block", "reject-anonymous", "do-not-disturb", "call-waiting", "away",
	"outgoing", "redirects", "assist", "mailbox", "language", "music", "intercom", "zone",
}

// Keys of the maps below a user, which have the names of JSON too.
var (
	forwardKeys  = []string{"unconditional", "redirect", "busy", "no-answer", "unreachable"}
	noAnswerKeys = []string{"to", "after"}
	findMeKeys   = []string{"off", "steps"}
	stepKeys     = []string{"ring", "in-turn", "for", "confirm"}
	ruleKeys     = []string{"name", "from", "groups", "sources", "anonymous", "away", "when", "action", "to", "announcement"}
	whenKeys     = []string{"calendar", "closed", "hours", "zone"}
	outgoingKeys = []string{"class", "rules"}
	dialRuleKeys = []string{"name", "to", "allow", "when", "announcement"}
	mailboxKeys  = []string{"off", "pin", "mail", "mail-only"}
)

// Examples of lists, for those who wrote something else.
const (
	exampleTargets  = "[phones, carol]"
	examplePatterns = `["+44*", "*@elsewhere.test"]`
	exampleHours    = `["mon-fri 09:00-17:00"]`
)

// routing reads where calls of a user go; nil when the file does not say.
func (r *reader) routing(keys map[string]field) *directory.Routing {
	said := false
	for _, key := range routingKeys {
		said = said || keys[key].node != nil
	}
	if !said {
		return nil
	}
	routing := &directory.Routing{}
	r.setText(keys["display"], &routing.Display)
	routing.Numbers = r.phoneNumbers(keys["numbers"], directory.MaxNumbers)
	routing.Forward = r.forward(keys["forward"])
	routing.FindMe = r.findMe(keys["find-me"])
	routing.Screening = r.screening(keys["screening"])
	routing.Block = forms[directory.Pattern](r, keys["block"], directory.MaxPatterns, examplePatterns)
	r.setBool(keys["reject-anonymous"], &routing.RejectAnonymous)
	r.setBool(keys["do-not-disturb"], &routing.DoNotDisturb)
	waiting := !bool(routing.CallWaitingOff)
	r.setBool(keys["call-waiting"], &waiting)
	routing.CallWaitingOff = directory.SwitchedOff(!waiting)
	r.setBool(keys["away"], &routing.Away)
	routing.Outgoing = r.outgoing(keys["outgoing"])
	setWord(r, keys["redirects"], &routing.Redirects, redirects)
	setWord(r, keys["assist"], &routing.Assist, assists)
	routing.Mailbox = r.mailbox(keys["mailbox"])
	setWord(r, keys["language"], &routing.Language, languages)
	r.setText(keys["music"], &routing.Music)
	r.setBool(keys["intercom"], &routing.Intercom)
	r.form(keys["zone"], &routing.Zone)
	return routing
}

var (
	redirects = []directory.Redirects{directory.RedirectsFollow, directory.RedirectsPass}
	assists   = []directory.Assist{directory.AssistNone, directory.AssistLacking, directory.AssistSilent, directory.AssistAll}
	languages = prompts.Languages()
)

// target reads a target of which there is one: "" is none.
func (r *reader) target(f field, target *directory.Target) { r.form(f, target) }

func (r *reader) forward(f field) (forward directory.Forward) {
	keys := r.mapping(f, forwardKeys)
	r.target(keys["unconditional"], &forward.Unconditional)
	r.setBool(keys["redirect"], &forward.Redirect)
	r.target(keys["busy"], &forward.Busy)
	r.target(keys["unreachable"], &forward.Unreachable)
	noAnswer := keys["no-answer"]
	if r.isMap(noAnswer) {
		keys = r.mapping(noAnswer, noAnswerKeys)
		r.target(keys["to"], &forward.NoAnswer.To)
		r.form(keys["after"], &forward.NoAnswer.After)
	} else {
		r.target(noAnswer, &forward.NoAnswer.To)
	}
	return forward
}

// isMap tells whether keys stand where a single value may stand too.
func (r *reader) isMap(f field) bool {
	if f.node == nil || f.node.Type() == ast.NullType {
		return false
	}
	_, isMap := f.node.(ast.MapNode)
	if isMap {
		_, single := glued(f.node)
		return !single
	}
	return false
}

func (r *reader) findMe(f field) (findMe directory.FindMe) {
	keys := r.mapping(f, findMeKeys)
	r.setBool(keys["off"], &findMe.Off)
	items := r.list(keys["steps"], directory.MaxSteps, "- {ring: [phones, carol], for: 15s} for each step")
	for _, item := range items {
		var step directory.Step
		keys := r.mapping(item, stepKeys)
		step.Targets = forms[directory.Target](r, keys["ring"], directory.MaxTargets, exampleTargets)
		r.setBool(keys["in-turn"], &step.InTurn)
		r.form(keys["for"], &step.For)
		r.setBool(keys["confirm"], &step.Confirm)
		findMe.Steps = append(findMe.Steps, step)
	}
	return findMe
}

var actions = []directory.Action{
	directory.ActionAllow, directory.ActionRefuse, directory.ActionLater, directory.ActionDivert, directory.ActionAsk, directory.ActionSilent,
}

func (r *reader) screening(f field) (rules []directory.Rule) {
	items := r.list(f, directory.MaxRules, "- {from: [\"+44*\"], action: refuse} for each rule")
	for _, item := range items {
		var rule directory.Rule
		keys := r.mapping(item, ruleKeys)
		r.setText(keys["name"], &rule.Name)
		rule.From = forms[directory.Pattern](r, keys["from"], directory.MaxPatterns, examplePatterns)
		rule.Groups = r.texts(keys["groups"], directory.MaxMembers, "[sales]")
		rule.Sources = r.networks(keys["sources"])
		r.setBool(keys["anonymous"], &rule.Anonymous)
		r.setBool(keys["away"], &rule.Away)
		rule.When = r.when(keys["when"])
		setWord(r, keys["action"], &rule.Action, actions)
		r.target(keys["to"], &rule.To)
		r.announcement(keys["announcement"], &rule.Announcement)
		rules = append(rules, rule)
	}
	return rules
}

// announcement reads the name of an announcement, with or without the word in front that targets have.
func (r *reader) announcement(f field, target *string) {
	r.setText(f, target)
	*target = strings.TrimPrefix(*target, "announcement:")
}

func (r *reader) when(f field) (when directory.When) {
	keys := r.mapping(f, whenKeys)
	r.setText(keys["calendar"], &when.Calendar)
	r.setBool(keys["closed"], &when.Closed)
	when.Hours = forms[directory.Hours](r, keys["hours"], directory.MaxHours, exampleHours)
	r.form(keys["zone"], &when.Zone)
	return when
}

var classes = []directory.Class{directory.ClassInternal, directory.ClassNational, directory.ClassInternational, directory.ClassPremium}

func (r *reader) outgoing(f field) (outgoing directory.Outgoing) {
	keys := r.mapping(f, outgoingKeys)
	setWord(r, keys["class"], &outgoing.Class, classes)
	items := r.list(keys["rules"], directory.MaxRules, "- {to: [\"0900*\"], allow: false} for each rule")
	for _, item := range items {
		var rule directory.DialRule
		keys := r.mapping(item, dialRuleKeys)
		r.setText(keys["name"], &rule.Name)
		rule.To = forms[directory.Pattern](r, keys["to"], directory.MaxPatterns, examplePatterns)
		r.setBool(keys["allow"], &rule.Allow)
		rule.When = r.when(keys["when"])
		r.announcement(keys["announcement"], &rule.Announcement)
		outgoing.Rules = append(outgoing.Rules, rule)
	}
	return outgoing
}

// mailbox reads a user's mailbox: false, or what is set about it.
func (r *reader) mailbox(f field) (mailbox directory.Mailbox) {
	if off, said := r.isOff(f); said {
		return directory.Mailbox{Off: off}
	}
	keys := r.mapping(f, mailboxKeys)
	r.setBool(keys["off"], &mailbox.Off)
	r.setText(keys["pin"], &mailbox.PIN)
	r.setText(keys["mail"], &mailbox.Mail)
	r.setBool(keys["mail-only"], &mailbox.MailOnly)
	return mailbox
}
