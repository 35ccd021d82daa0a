package config

import "slices"

// DefaultCodes is the table of dialled codes where the file has none.
func DefaultCodes() []Code {
	return []Code{
		{"*72", "forward"},
		{"*73", "forward-off"},
		{"*90", "forward-busy"},
		{"*91", "forward-busy-off"},
		{"*92", "forward-no-answer"},
		{"*93", "forward-no-answer-off"},
		{"*52", "forward-no-answer"},
		{"*53", "forward-no-answer-off"},
		{"*78", "do-not-disturb"},
		{"*79", "do-not-disturb-off"},
		{"*76", "do-not-disturb-toggle"},
		{"*70", "call-waiting"},
		{"*71", "call-waiting-off"},
		{"*21", "find-me-toggle"},
		{"*30", "block"},
		{"*31", "unblock"},
		{"*32", "block-last"},
		{"*77", "reject-anonymous"},
		{"*87", "reject-anonymous-off"},
		{"*8", "pickup-group"},
		{"**", "pickup"},
		{"*33", "join"},
		{"*80", "intercom"},
		{"*69", "call-return"},
		{"*66", "redial-when-free"},
		{"*86", "redial-off"},
		{"*97", "voicemail"},
		{"*98", "voicemail-any"},
		{"*43", "echo"},
		{"9196", "echo"},
		{"*60", "clock"},
		{"*65", "my-number"},
		{"9664", "hold-music"},
		{"9197", "milliwatt"},
	}
}

// EuropeanCodes are the codes of GSM telephones and European exchanges (ETSI EN 300 738): *21*1003# forwards, #21# ends
// it, *#21# asks. A hash at the end may be dialled or not.
func EuropeanCodes() []Code {
	return []Code{
		{"*21*", "forward"},
		{"#21#", "forward-off"},
		{"*#21#", "forward-asked"},
		{"*67*", "forward-busy"},
		{"#67#", "forward-busy-off"},
		{"*#67#", "forward-busy-asked"},
		{"*61*", "forward-no-answer"},
		{"#61#", "forward-no-answer-off"},
		{"*#61#", "forward-no-answer-asked"},
		{"*62*", "forward-unreachable"},
		{"#62#", "forward-unreachable-off"},
		{"*#62#", "forward-unreachable-asked"},
		{"*43#", "call-waiting"},
		{"#43#", "call-waiting-off"},
		{"*#43#", "call-waiting-asked"},
	}
}

// codeSets are tables by names that the file may have in the place of a table.
var codeSets = map[string]func() []Code{
	"default": DefaultCodes,
	"gsm":     gsmCodes,
}

// gsmCodes are the European codes, and of the others those that do something else by other keys.
func gsmCodes() []Code {
	codes := EuropeanCodes()
	does := func(code Code) bool {
		return slices.ContainsFunc(codes, func(c Code) bool { return c.Does == code.Does })
	}
	rest := slices.DeleteFunc(DefaultCodes(), func(c Code) bool { return does(c) || c.Code == "*21" || c.Code == "*43" })
	return append(append(codes, Code{"*20", "find-me-toggle"}), rest...)
}
