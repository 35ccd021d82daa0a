package screen

import (
	"fmt"
	"strconv"
	"strings"

	"hookflash/directory"
	"hookflash/proxy"
)

// shown is how many entries of a list an explanation repeats.
const shown = 5

// note tells what was found out, when it is asked what would happen.
func note(c *proxy.Context, text string) {
	if c.Note != nil {
		c.Note(text)
	}
}

// ruleName is how people know a rule: by its name, or by its place in the list.
func ruleName(kind, name string, number int) string {
	if name == "" {
		return kind + " " + strconv.Itoa(number)
	}
	return kind + ` "` + name + `"`
}

func tellBlocked(c *proxy.Context, pattern directory.Pattern) {
	if c.Note != nil {
		c.Note(fmt.Sprintf("the caller %s is on the block list as %q", who(c.Caller.Subject), pattern))
	}
}

// tellRule says why a screening rule fits, or does not.
func tellRule(c *proxy.Context, rule *directory.Rule, number int, unmet condition) {
	named := ruleName("screening rule", rule.Name, number)
	if unmet == nothing {
		action := string(rule.Action)
		if rule.Action == directory.ActionDivert {
			action += " to " + rule.To.String()
		}
		c.Note(named + " fits: " + action + met(c, rule))
		return
	}
	c.Note(named + " does not fit: " + because(c, rule, unmet))
}

// because says what a call does not meet.
func because(c *proxy.Context, rule *directory.Rule, unmet condition) string {
	switch unmet {
	case caller:
		return fmt.Sprintf("the caller %s is none of %s", who(c.Caller.Subject), list(rule.From))
	case member:
		return fmt.Sprintf("the caller %s is in no group of %s", who(c.Caller.Subject), strings.Join(rule.Groups, ", "))
	case source:
		return fmt.Sprintf("the call comes from %s, which is not in %s", c.Caller.Source, list(rule.Sources))
	case anonymous:
		return "the caller shows who it is"
	case away:
		return "the user is not away"
	case hours:
		return moment(c, &rule.When)
	case nothing:
	}
	return ""
}

// met lists the conditions of a rule that fits.
func met(c *proxy.Context, rule *directory.Rule) string {
	var why []string
	if i := blocked(rule.From, c.Caller.Subject); i >= 0 {
		why = append(why, fmt.Sprintf("the caller %s is %q", who(c.Caller.Subject), rule.From[i]))
	}
	if len(rule.Groups) > 0 {
		why = append(why, "the caller is in a group of "+strings.Join(rule.Groups, ", "))
	}
	if len(rule.Sources) > 0 {
		why = append(why, fmt.Sprintf("the call comes from %s", c.Caller.Source))
	}
	if rule.Anonymous {
		why = append(why, "the caller hides")
	}
	if rule.Away {
		why = append(why, "the user is away")
	}
	if !rule.When.IsZero() {
		why = append(why, moment(c, &rule.When))
	}
	if len(why) == 0 {
		return ", as always"
	}
	return ", as " + strings.Join(why, " and ")
}

// moment says how now compares with a condition of time.
func moment(c *proxy.Context, when *directory.When) string {
	var parts []string
	if when.Calendar != "" {
		calendar := c.Users.Calendar(when.Calendar)
		state := "closed"
		switch {
		case calendar == nil:
			return fmt.Sprintf("there is no calendar %q", when.Calendar)
		case calendar.OpenAt(c.Now):
			state = "open"
		}
		parts = append(parts, fmt.Sprintf("calendar %q is %s at %s", when.Calendar, state, at(c, calendar.Zone)))
	}
	if len(when.Hours) > 0 {
		within := directory.When{Hours: when.Hours, Zone: when.Zone}
		relation := "outside"
		if within.Holds(c.Now, c.Users) {
			relation = "within"
		}
		parts = append(parts, fmt.Sprintf("%s is %s %s", at(c, when.Zone), relation, list(when.Hours)))
	}
	return strings.Join(parts, ", ")
}

func at(c *proxy.Context, zone directory.Zone) string {
	return c.Now.In(zone.Location()).Format("Mon 2006-01-02 15:04 MST")
}

// tellDialRule says why a rule about what is dialled fits, or does not.
func tellDialRule(c *proxy.Context, rule *directory.DialRule, number int, unmet condition) {
	named := ruleName("outgoing rule", rule.Name, number) + " of " + c.Payer.Name
	switch unmet {
	case nothing:
		decides := "refuses"
		if rule.Allow {
			decides = "allows"
		}
		pattern := rule.To[blocked(rule.To, c.Dialled)]
		c.Note(fmt.Sprintf("%s fits: it %s %s, which is %q", named, decides, who(c.Dialled), pattern))
	case hours:
		c.Note(named + " does not fit: " + moment(c, &rule.When))
	default:
		c.Note(fmt.Sprintf("%s does not fit: %s is none of %s", named, who(c.Dialled), list(rule.To)))
	}
}

func tellClass(c *proxy.Context, allowed directory.Class, within bool) {
	may := "may"
	if !within {
		may = "may not"
	}
	c.Note(fmt.Sprintf("%s %s call %s numbers such as %s: the class of outgoing calls is %s", c.Payer.Name, may, c.Class, who(c.Dialled), allowed.Or()))
}

// who names somebody in the form that says most.
func who(s directory.Subject) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Number != "":
		return s.Number
	case s.Address != "":
		return s.Address
	}
	return "without a name"
}

// list repeats the first entries of a list.
func list[T fmt.Stringer](entries []T) string {
	var texts []string
	for i := range entries {
		if i == shown {
			texts = append(texts, fmt.Sprintf("%d more", len(entries)-shown))
			break
		}
		texts = append(texts, entries[i].String())
	}
	return strings.Join(texts, ", ")
}
