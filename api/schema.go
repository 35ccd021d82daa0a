package api

import (
	"github.com/danielgtaylor/huma/v2"

	"hookflash/directory"
)

// completeSchemas adds what the types of Go do not say.
func completeSchemas(schemas map[string]*huma.Schema) {
	allow := func(schema, property string, values ...any) { schemas[schema].Properties[property].Enum = values }
	allow("Rule", "action", string(directory.ActionAllow), string(directory.ActionRefuse), string(directory.ActionLater),
		string(directory.ActionDivert), string(directory.ActionAsk), string(directory.ActionSilent))
	allow("Routing", "assist", string(directory.AssistDefault), string(directory.AssistNone), string(directory.AssistLacking), string(directory.AssistSilent), string(directory.AssistAll))
	allow("Routing", "redirects", string(directory.RedirectsDefault), string(directory.RedirectsFollow), string(directory.RedirectsPass))
	allow("Routing", "language", "", "en", "zh")
	allow("Outgoing", "class", string(directory.ClassDefault), string(directory.ClassInternal), string(directory.ClassNational),
		string(directory.ClassInternational), string(directory.ClassPremium))
	pin := schemas["Mailbox"].Properties["pin"]
	pin.WriteOnly, pin.Pattern, pin.PatternDescription = true, "^[0-9]*$", "digits"
	for schema, properties := range descriptions {
		for property, text := range properties {
			schemas[schema].Properties[property].Description = text
		}
	}
	for _, schema := range schemas {
		for _, property := range schema.Properties {
			property.PrecomputeMessages()
		}
		schema.PrecomputeMessages()
	}
}

// descriptions of properties, by schema.
var descriptions = map[string]map[string]string{
	"Routing": {
		"display":          "The name that goes with the user's number",
		"numbers":          "That lead to this user: 1001, or E.164 as +4930123456. For administrators",
		"screening":        "Rules for callers; the first that fits decides (RFC 5359 section 2.13)",
		"block":            "Callers who are refused before any rule is asked",
		"reject-anonymous": "Refuse callers who hide (433)",
		"do-not-disturb":   "No phone rings, as if all were busy",
		"call-waiting":     "Phones ring while the user is in a call; false: no phone rings then, as if all were busy. Absent: true",
		"away":             "What rules with the condition away ask for",
		"assist":           "In which calls the server stands between the telephones to do what they lack",
		"redirects":        "What becomes of a 3xx of this user's phones",
		"language":         "Of prompts; empty: the domain's",
		"music":            "Name of what those hear who wait for the user; empty: the group's, or the domain's",
		"intercom":         "Users of the domain may speak to this user's phones, which answer by themselves where they can",
		"zone":             "Of the time that the user is told, such as Europe/Berlin; empty: the server's",
	},
	"Forward": {
		"unconditional": "Instead of the phones", "busy": "When every phone is busy",
		"unreachable": "When no phone is registered; else as no-answer",
	},
	"NoAnswer": {"to": "When nobody answered", "after": "How long the phones ring before, such as 20s"},
	"FindMe":   {"off": "The steps are kept, and not taken", "steps": "One after the other until somebody answers (RFC 5359 section 2.12)"},
	"Step": {
		"ring": "Targets: phones for the user's own", "in-turn": "One after the other, not all at once",
		"for": "How long, such as 15s", "confirm": "Who answers must press 1 to get the call",
	},
	"Rule": {
		"from":    "Callers: alice, *@elsewhere.test, +44*, _49XXX.; none: all",
		"groups":  "Callers who are members",
		"sources": "Networks the call comes from", "anonymous": "Callers who hide", "away": "While the user is away",
		"to": "Where divert sends the call", "announcement": "Says why",
	},
	"When": {
		"calendar": "The calendar is open", "closed": "The calendar is closed instead",
		"hours": "Such as mon-fri 09:00-17:00; any of them", "zone": "Of the hours, such as Europe/Berlin",
	},
	"Outgoing": {"class": "How far calls may go; empty: national", "rules": "Before the class; the first that fits decides"},
	"DialRule": {"to": "What is dialled: +49*, 0900*, _0ZXX."},
	"Mailbox": {
		"off": "No voicemail", "pin": "Digits that open the mailbox from other phones; absent: it stays; null: none", "mail": "A copy of each message goes there",
		"mail-only": "A message is deleted once it was mailed",
	},
}
