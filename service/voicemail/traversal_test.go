package voicemail_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// spellings are 500 ways out of a directory, as a URI's parameter can hold them.
func spellings() (all []string) {
	ups := []string{"..", "%2e%2e", ".%2e", "%252e%252e", "..%00", "%E2%80%A5", "%EF%BC%8E%EF%BC%8E", "..%3b", ".%20.", "....", "%00..", "%c0%ae%c0%ae", "..%ff", "~", "$HOME", "C:", "%5C%5C%3F%5CC:", "-", "*", "."}
	for _, up := range ups {
		for _, separator := range []string{"/", "%2f", "%5c", "//", "%252f"} {
			for i, end := range []string{"etc/passwd", "secret.wav", "incoming/probe", "boxes", "bob"} {
				all = append(all, strings.Repeat(up+separator, 1+i)+end)
			}
		}
	}
	return all
}

// TestTraversal: no spelling of a mailbox leads to a file, or to anybody's box.
func TestTraversal(t *testing.T) {
	run(t, nil, play.Scene{
		Name: "traversal", Title: "names of mailboxes that are paths", Seeds: 1,
		Play: func(o *office.Office) error {
			all := spellings()
			if len(all) < 500 {
				return fmt.Errorf("%d spellings", len(all))
			}
			for i, spelling := range all {
				target := "sip:voicemail@example.test;target=sip:" + spelling + "%40example.test"
				if i%2 == 1 {
					target = "sip:voicemail@example.test;target=" + spelling
				}
				if err := refused(o, "alice", target, 404)(); err != nil {
					return fmt.Errorf("%s: %w", target, err)
				}
				o.Forget()
			}
			for name := range roomsOf(o).disk.files {
				if directory := path.Dir(name); directory != "incoming" {
					return fmt.Errorf("there is a file %s", name)
				}
			}
			return o.Pause()
		},
	})
}
