package card

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hookflash/config"
	"hookflash/directory"
)

// everything is the demo with all that can be switched on.
func everything(codes []config.Code) *config.Config {
	c := config.Demo()
	c.Assist, c.Codes = directory.AssistAll, codes
	return c
}

// tables are all the codes that any card can have.
func tables() map[string][]config.Code {
	gsm, _, err := config.Parse([]byte("domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\ncodes: gsm\n"))
	if err != nil {
		panic(err)
	}
	return map[string][]config.Code{"default": config.DefaultCodes(), "gsm": gsm.Codes}
}

// first is the code of what is dialled: without number, and a hash behind that.
func first(keys string) string {
	code, _, _ := strings.Cut(keys, " ")
	return code
}

// TestEveryCode: each code of the tables is on the card with what it does, and nothing else is, in each language.
func TestEveryCode(t *testing.T) {
	for name, codes := range tables() {
		for _, language := range Languages() {
			c := everything(codes)
			made := Of(c, nil, language)
			dialled, pressed := map[config.Code]bool{}, map[config.Code]bool{}
			for _, section := range made.Sections {
				for _, row := range section.Rows {
					if row.Text == "" || len(row.Keys) == 0 || section.Title == "" {
						t.Errorf("%s, %s: nothing is said of %+v", name, language, row)
					}
					for _, keys := range row.Keys {
						switch section.Name {
						case inCall:
							pressed[config.Code{Code: keys, Does: row.Does}] = true
						case parking, rooms:
						default:
							dialled[config.Code{Code: first(keys), Does: row.Does}] = true
						}
					}
				}
			}
			for _, test := range []struct {
				reason string
				card   map[config.Code]bool
				table  []config.Code
			}{{"dialled", dialled, codes}, {"pressed in a call", pressed, c.InCall}} {
				for _, code := range test.table {
					if !test.card[code] {
						t.Errorf("%s, %s: %v is not on the card of what is %s", name, language, code, test.reason)
					}
					delete(test.card, code)
				}
				for code := range test.card {
					t.Errorf("%s, %s: %v is on the card, and is not %s", name, language, code, test.reason)
				}
			}
		}
	}
}

// TestWords: whatever a code of a configuration can do has its place and its sentence, and there are no others.
func TestWords(t *testing.T) {
	var placed []string
	for _, part := range layout {
		placed = append(placed, part.words...)
	}
	wanted := config.CodeActions()
	slices.Sort(placed)
	slices.Sort(wanted)
	if !slices.Equal(placed, wanted) {
		t.Errorf("the card has %v, codes do %v", placed, wanted)
	}
	for _, part := range layout {
		wanted = append(wanted, "section-"+part.name)
	}
	for _, word := range config.InCallActions() {
		wanted = append(wanted, "in-call-"+word)
	}
	wanted = append(wanted, "title", "number", "footer", "park", "park-place", "park-valet", "park-oldest", "room", "room-new", "room-named")
	slices.Sort(wanted)
	for _, language := range Languages() {
		if said := slices.Sorted(maps.Keys(sentences[language])); !slices.Equal(said, wanted) {
			t.Errorf("%s says %v, want %v", language, said, wanted)
		}
	}
	for _, word := range numbered {
		if !slices.Contains(config.CodeActions(), word) {
			t.Errorf("%s has a number, and is nothing that a code does", word)
		}
	}
}

// TestSwitchedOff: what does nothing here is not on the card.
func TestSwitchedOff(t *testing.T) {
	alice := &directory.User{Name: "alice", Routing: &directory.Routing{Numbers: []string{"1001"}, Display: "Alice <b>"}}
	boxless := &directory.User{Name: "bob", Routing: &directory.Routing{Mailbox: directory.Mailbox{Off: true}, Language: "zh", Assist: directory.AssistNone}}
	orbits := func(c *config.Config) {
		c.Park.Orbits = []config.Orbit{
			{Name: "all", Slots: []string{"701", "702", "703", "709", "800"}},
			{Name: "sales", Slots: []string{"721"}, Members: []string{"sales"}},
			{Name: "bosses", Slots: []string{"731"}, Members: []string{"carol"}},
		}
	}
	named := func(c *config.Config) {
		c.Rooms.Named = []config.Room{
			{Number: "3100", Title: "Monday"}, {Number: "3101", Members: []string{"alice"}}, {Number: "3102", Moderators: []string{"bob"}, Members: []string{"carol"}}, {Number: "3103", Members: []string{"sales"}},
		}
	}
	for _, test := range []struct {
		reason        string
		change        func(c *config.Config)
		user          *directory.User
		there, absent []string
	}{
		{"everything", func(*config.Config) {}, nil, []string{"*97", "*98", "*66 number", "*80 number", "##", "700", "701–720", "*5900–*5999", "#72", "9196"}, []string{"*21*"}},
		{"no voicemail", func(c *config.Config) { c.Voicemail.Off = true }, nil, nil, []string{"*97", "*98"}},
		{"no mailbox", func(*config.Config) {}, boxless, []string{"*98", "*72 号码"}, []string{"*97", "##", "*72 number"}},
		{"no redial", func(c *config.Config) { c.Redial.Off = true }, nil, nil, []string{"*66 number", "*86"}},
		{"no help in calls", func(c *config.Config) { c.Assist = directory.AssistNone }, alice, []string{"*97"}, []string{"##", "*2"}},
		{"no parking", func(c *config.Config) { c.Park.Off = true }, nil, []string{"##"}, []string{"700", "701–720"}},
		{"no codes", func(c *config.Config) { c.Codes, c.InCall = nil, nil }, nil, []string{"700"}, []string{"*97", "##"}},
		{"no rooms", func(c *config.Config) { c.Rooms.Off = true }, alice, []string{"700"}, []string{"3000"}},
		{"rooms", named, alice, []string{"3000", "3001–3199", "3100", "3101", "3103"}, []string{"3102"}},
		{"rooms of nobody's card", named, nil, []string{"3000", "3001–3199"}, []string{"3100", "3101"}},
		{"a member's places", orbits, alice, []string{"701–703", "709", "800", "721"}, []string{"731"}},
	} {
		c := everything(config.DefaultCodes())
		test.change(c)
		var keys []string
		for _, section := range Of(c, test.user, "").Sections {
			for _, row := range section.Rows {
				keys = append(keys, row.Keys...)
			}
		}
		for _, one := range test.there {
			if !slices.Contains(keys, one) {
				t.Errorf("%s: %s is missing in %v", test.reason, one, keys)
			}
		}
		for _, one := range test.absent {
			if slices.Contains(keys, one) {
				t.Errorf("%s: %s is there", test.reason, one)
			}
		}
	}
}

// TestPage: the page shows names as text, and its policy allows its own style and nothing else.
func TestPage(t *testing.T) {
	evil := &directory.User{Name: "alice", Routing: &directory.Routing{Display: `<script>alert(1)</script>`, Numbers: []string{"1001"}}}
	var page bytes.Buffer
	if err := Of(everything(config.DefaultCodes()), evil, "zh").WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(text, -1)
	if len(styles) != 1 || strings.Contains(text, "<script") || strings.Contains(text, "style=") || strings.Contains(text, " src=") || strings.Contains(text, "href=") {
		t.Fatalf("the page holds more than its text and style:\n%s", text)
	}
	hash := sha256.Sum256([]byte(styles[0][1]))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "';"; !strings.Contains(Policy, want) {
		t.Errorf("the policy is %q, want %q", Policy, want)
	}
	for _, want := range []string{`<html lang="zh">`, "&lt;script&gt;", "<kbd>*72 号码</kbd>", "1001", "example.test"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestText: columns stand below each other, in Chinese too.
func TestText(t *testing.T) {
	for _, language := range Languages() {
		c := Of(everything(config.DefaultCodes()), nil, language)
		var text strings.Builder
		if err := c.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		column := -1
		for line := range strings.Lines(text.String()) {
			for _, section := range c.Sections {
				for _, row := range section.Rows {
					before, found := strings.CutSuffix(line, "  "+row.Text+"\n")
					if !found || !strings.HasPrefix(line, "  ") || width(before) > maxKeys+2 {
						continue
					}
					if at := width(before); column >= 0 && at != column {
						t.Errorf("%s: a column of %d, not %d: %q", language, at, column, line)
					}
					column = width(before)
				}
			}
		}
		if column < 0 {
			t.Errorf("%s: there is no row in\n%s", language, text.String())
		}
	}
}
