package directory

import "fmt"

// screening checks the rules about who may call.
func (k *check) screening(path string, u *User) {
	rules := u.Routing.Screening
	if len(rules) > MaxRules {
		k.wrong(path, fmt.Sprintf("has %d rules", len(rules)), fmt.Sprintf("keep at most %d", MaxRules))
		return
	}
	names := make(map[string]int, len(rules))
	for i := range rules {
		rule := &rules[i]
		at := fmt.Sprintf("%s[%d]", path, i)
		k.ruleName(at, rule.Name, i, names)
		k.patterns(at+".from", rule.From)
		if len(rule.Groups) > MaxMembers || len(rule.Sources) > MaxPatterns {
			k.wrong(at, "has too many groups or sources", fmt.Sprintf("keep at most %d groups and %d sources", MaxMembers, MaxPatterns))
			continue
		}
		for j, name := range rule.Groups {
			if k.findGroup(name) == nil {
				k.wrong(fmt.Sprintf("%s.groups[%d]", at, j), fmt.Sprintf("there is no group %q", name), "name one that is there, or create it first")
			}
		}
		for j, prefix := range rule.Sources {
			if !prefix.IsValid() {
				k.wrong(fmt.Sprintf("%s.sources[%d]", at, j), "is no network", "write one as 192.0.2.0/24")
			}
		}
		k.when(at+".when", &rule.When)
		k.announcement(at+".announcement", rule.Announcement)
		k.action(at, rule, u)
	}
}

// ruleName checks that a rule can be told from the others by its name.
func (k *check) ruleName(path, name string, index int, seen map[string]int) {
	k.printable(path+".name", name)
	if name == "" {
		return
	}
	if first, taken := seen[name]; taken {
		k.wrong(path+".name", fmt.Sprintf("%q is also the name of rule %d", name, first+1), "give each rule a name of its own")
		return
	}
	seen[name] = index
}

// action checks what a rule does, and whether it says what that needs.
func (k *check) action(path string, rule *Rule, u *User) {
	switch rule.Action {
	case ActionDivert:
		if rule.To.IsZero() {
			k.wrong(path+".to", "it is not said where calls are diverted to", "add to, or choose another action")
			return
		}
		if k.leads(rule.To, u.Name) == u.Name {
			k.wrong(path+".to", fmt.Sprintf("diverts to %s, who is called already", rule.To), "write action: allow, or choose another target")
			return
		}
		k.target(path+".to", rule.To, u)
		return
	case ActionAllow, ActionRefuse, ActionLater, ActionAsk, ActionSilent:
	default:
		k.wrong(path+".action", fmt.Sprintf("%q is not known", rule.Action), "write allow, refuse, later, divert, ask or silent")
	}
	if !rule.To.IsZero() {
		k.wrong(path+".to", fmt.Sprintf("is not used: the action is %s", rule.Action), "remove it, or write action: divert")
	}
}

// outgoing checks the rules about whom a user may call.
func (k *check) outgoing(path string, o *Outgoing) {
	if _, known := classRank(o.Class); !known && o.Class != ClassDefault {
		k.wrong(path+".class", fmt.Sprintf("%q is not known", o.Class), "write internal, national, international or premium")
	}
	path += ".rules"
	if len(o.Rules) > MaxRules {
		k.wrong(path, fmt.Sprintf("has %d rules", len(o.Rules)), fmt.Sprintf("keep at most %d", MaxRules))
		return
	}
	names := make(map[string]int, len(o.Rules))
	for i := range o.Rules {
		rule := &o.Rules[i]
		at := fmt.Sprintf("%s[%d]", path, i)
		k.ruleName(at, rule.Name, i, names)
		if len(rule.To) == 0 {
			k.wrong(at+".to", "it is not said which numbers or addresses the rule is about", `add to, such as ["0900*"]`)
		}
		k.patterns(at+".to", rule.To)
		k.when(at+".when", &rule.When)
		k.announcement(at+".announcement", rule.Announcement)
	}
}
