package card

import (
	"cmp"
	"slices"

	"hookflash/config"
	"hookflash/directory"
)

// Card is what there is to tell.
type Card struct {
	Domain   string    `json:"domain"`
	Language string    `json:"language" enum:"en,zh"`
	Title    string    `json:"title"`
	Name     string    `json:"name,omitempty" doc:"Of the user, as others see it"`
	Numbers  []string  `json:"numbers,omitempty" doc:"That lead to the user"`
	Sections []Section `json:"sections" nullable:"false" doc:"None is empty"`
	Footer   string    `json:"footer"`
}

// Section is what belongs together.
type Section struct {
	Name  string `json:"name" doc:"Such as forwarding; the same in every language"`
	Title string `json:"title"`
	Rows  []Row  `json:"rows" nullable:"false"`
}

// Row is one thing that can be done.
type Row struct {
	Keys []string `json:"keys" nullable:"false" doc:"What is dialled or pressed, each the same: *72 number"`
	Does string   `json:"does" doc:"As the configuration names it, such as forward"`
	Text string   `json:"text"`
}

// layout says what stands where: each word of config.CodeActions once. What is pressed in a call stands in a section of its
// own, in the order of config.InCallActions.
var layout = []struct {
	name  string
	words []string
}{
	{"calls", []string{"pickup-group", "pickup", "call-return", "redial-when-free", "redial-off", "join", "intercom"}},
	{inCall, nil},
	{"forwarding", []string{
		"forward", "forward-off", "forward-asked", "forward-busy", "forward-busy-off", "forward-busy-asked",
		"forward-no-answer", "forward-no-answer-off", "forward-no-answer-asked",
		"forward-unreachable", "forward-unreachable-off", "forward-unreachable-asked",
	}},
	{"reach", []string{
		"do-not-disturb", "do-not-disturb-off", "do-not-disturb-toggle", "call-waiting", "call-waiting-off", "call-waiting-asked", "find-me-toggle", "block", "unblock", "block-last",
		"reject-anonymous", "reject-anonymous-off",
	}},
	{"voicemail", []string{"voicemail", "voicemail-any"}},
	{parking, nil},
	{rooms, nil},
	{"tests", []string{"my-number", "clock", "echo", "hold-music", "milliwatt"}},
}

// Sections that are not made of dialled codes.
const (
	inCall  = "in-call"
	parking = "park"
	rooms   = "rooms"
)

// numbered are the words of codes that a number is dialled behind.
var numbered = []string{
	"forward", "forward-busy", "forward-no-answer", "forward-unreachable", "block", "unblock", "pickup", "redial-when-free", "intercom", "join",
}

// Of makes the card of a domain, or of one of its users where that is not nil, in a language; "" is the user's own, else the
// domain's. What is switched off is not on it.
func Of(c *config.Config, user *directory.User, language string) Card {
	routing := &directory.Routing{}
	if user != nil && user.Routing != nil {
		routing = user.Routing
	}
	language = cmp.Or(language, routing.Language, c.Media.Language)
	if !slices.Contains(Languages(), language) {
		language = Languages()[0]
	}
	m := maker{config: c, user: user, routing: routing, language: language}
	card := Card{Domain: c.Domain, Language: language, Title: m.say("title"), Footer: m.say("footer"), Sections: []Section{}}
	if user != nil {
		card.Name, card.Numbers = cmp.Or(routing.Display, user.Name), routing.Numbers
	}
	for _, part := range layout {
		var rows []Row
		switch part.name {
		case inCall:
			rows = m.inCall()
		case parking:
			rows = m.parking()
		case rooms:
			rows = m.rooms()
		default:
			rows = m.dialled(part.words)
		}
		if len(rows) > 0 {
			card.Sections = append(card.Sections, Section{Name: part.name, Title: m.say("section-" + part.name), Rows: rows})
		}
	}
	return card
}

// maker is what one card is made from.
type maker struct {
	config   *config.Config
	user     *directory.User
	routing  *directory.Routing
	language string
}

func (m *maker) say(name string) string { return sentences[m.language][name] }

// dialled are the rows of what some words do: a row each, with all codes that do it.
func (m *maker) dialled(words []string) (rows []Row) {
	for _, word := range words {
		row := Row{Does: word, Text: m.say(word)}
		for _, code := range m.config.Codes {
			if code.Does == word {
				row.Keys = append(row.Keys, m.keys(code))
			}
		}
		if len(row.Keys) > 0 && !m.off(word) {
			rows = append(rows, row)
		}
	}
	return rows
}

// keys is how a code is dialled. After codes of European exchanges comes a hash.
func (m *maker) keys(code config.Code) string {
	if !slices.Contains(numbered, code.Does) || code.Code[0] != '*' && code.Code[0] != '#' {
		return code.Code
	}
	keys := code.Code + " " + m.say("number")
	if len(code.Code) > 2 && code.Code[len(code.Code)-1] == '*' {
		keys += " #"
	}
	return keys
}

// off tells whether something does nothing here, or for the user.
func (m *maker) off(word string) bool {
	switch word {
	case "voicemail":
		return m.config.Voicemail.Off || m.routing.Mailbox.Off
	case "voicemail-any":
		return m.config.Voicemail.Off
	case "redial-when-free", "redial-off":
		return m.config.Redial.Off
	}
	return false
}

// inCall is what the user presses in calls that the server stands in.
func (m *maker) inCall() (rows []Row) {
	assist := m.config.Assist
	if m.routing.Assist != directory.AssistDefault {
		assist = m.routing.Assist
	}
	if assist == directory.AssistDefault || assist == directory.AssistNone {
		return nil
	}
	for _, word := range config.InCallActions() {
		row := Row{Does: word, Text: m.say("in-call-" + word)}
		for _, code := range m.config.InCall {
			if code.Does == word {
				row.Keys = append(row.Keys, code.Code)
			}
		}
		if len(row.Keys) > 0 && !(word == "park" && m.config.Park.Off) {
			rows = append(rows, row)
		}
	}
	return rows
}
