package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"hookflash/phone"
)

func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "phone.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fenced = regexp.MustCompile("(?s)```([a-z]+) ?([a-z]*)\n(.*?)```\n")

// TestPhoneGuideScripts runs the scripts of the guide: those of one section are phones that meet.
func TestPhoneGuideScripts(t *testing.T) {
	var together [][]string
	for _, block := range fenced.FindAllStringSubmatch(guide(t), -1) {
		if block[1] != "phone" {
			continue
		}
		if together = append(together, block); block[2] != "alice" {
			continue // she calls: then everybody is there
		}
		t.Run(strings.Fields(block[3])[1], func(t *testing.T) {
			o := newOffice(t)
			for _, block := range together {
				o.phone(block[2], block[3])
			}
			o.succeed()
		})
		together = nil
	}
	if together != nil {
		t.Error("nobody calls")
	}
}

// TestPhoneGuideCommands: the command lines of the guide are understood.
func TestPhoneGuideCommands(t *testing.T) {
	found := 0
	for _, block := range fenced.FindAllStringSubmatch(guide(t), -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(block[3]) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "hookflash" || words[1] != "phone" {
				t.Errorf("%q is no command line of the phone", line)
				continue
			}
			command := newPhone()
			if err := command.ParseFlags(words[2:]); err != nil {
				t.Errorf("%q: %v", line, err)
			} else if err := command.Args(command, command.Flags().Args()); err != nil {
				t.Errorf("%q: %v", line, err)
			}
			found++
		}
	}
	if found == 0 {
		t.Error("there are examples")
	}
}

// TestPhoneGuideTables: the guide has every command, flag and event.
func TestPhoneGuideTables(t *testing.T) {
	text := guide(t)
	for _, c := range phone.Commands() {
		row := "| `" + strings.ReplaceAll(c.Usage(), "|", `\|`) + "` | " + c.Help + " |\n"
		if !strings.Contains(text, row) {
			t.Errorf("the table of commands lacks %s", row)
		}
	}
	for _, name := range append(phone.EventNames(), "done", "error") {
		if !strings.Contains(text[strings.Index(text, "| event |"):], "`"+name+"`") {
			t.Errorf("the table of events lacks %s", name)
		}
	}
	newPhone().Flags().VisitAll(func(flag *pflag.Flag) {
		if !strings.Contains(text, "--"+flag.Name) {
			t.Errorf("the guide lacks --%s", flag.Name)
		}
	})
}
