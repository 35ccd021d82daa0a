package transfer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

func TestOffered(t *testing.T) {
	const offer = "sip:alice@example.test;gr=x?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2"
	for text, want := range map[string]string{
		offer:                                      offer,
		"take <" + offer + ">, please":             offer,
		"sip:bob@example.test or " + offer:         offer,
		"sip:alice@example.test":                   "",
		"sip:alice@example.test?Route=x":           "",
		"tel:+15551234?Replaces=a":                 "",
		"sip:alice@example.test?Replaces=nonsense": "",
		"":                                       "",
		" sip:bridge@example.test;take=x\n":      "sip:bridge@example.test;take=x",
		"try sip:bridge@example.test;take=x":     "",
		"sip:bridge@example.test;take=x?Route=y": "",
		"sip:bridge@example.test;taken=x":        "",
		"tel:+15551234;take=x":                   "",
	} {
		if got := transfer.Offered(text); got != want {
			t.Errorf("%q offers %q, want %q", text, got, want)
		}
	}
}

// byMessage is bob's message to carol about his call with alice.
func byMessage(t *task.Task, call *ua.Call) error {
	return transfer.ByMessage(t, call, office.AOR("carol"))
}

// takesOver is carol's click on what she was sent; with changes it.
func takesOver(o *office.Office, with string) func() error {
	return func() error {
		offer := ""
		for _, e := range o.Desk("carol").Events {
			if e.Kind == ua.Message {
				offer = transfer.Offered(e.Text)
			}
		}
		if offer == "" {
			return errors.New("carol was offered nothing")
		}
		return office.InOrder(func() error {
			return o.Act("carol", func(t *task.Task, a *ua.Agent) error {
				_, err := transfer.TakeOver(t, a, offer+with)
				return err
			})
		}, o.Pause)
	}
}

func offered(steps func(o *office.Office) []func() error) func(o *office.Office) error {
	return func(o *office.Office) error {
		begun := []func() error{func() error { return o.Meet("alice", "bob") }, does(o, "bob", "alice", byMessage)}
		return office.InOrder(append(begun, steps(o)...)...)
	}
}

func wants(step func() error, code int) func() error {
	return func() error { return office.Refused(step(), code) }
}

const messageLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>carol MESSAGE
F6 carol>bob 200 OK
F7 carol>alice INVITE Replaces
F8 alice>carol 200 OK
F9 carol>alice ACK
F10 alice>bob BYE
F11 bob>alice 200 OK`

func TestByMessage(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "message", Title: "RFC 5359 section 2.6, the tags as Alice sees them: Bob tells Carol how to take Alice over",
			Golden: true, Documents: "message.go", Want: messageLadder, Hears: aliceCarol,
			Play: offered(func(o *office.Office) []func() error {
				return []func() error{takesOver(o, ""), func() error { return tags(o) }}
			}),
		},
		{
			Name: "message-too-late", Title: "Bob and Alice have hung up: the server knows of nothing to take over", Golden: true,
			Play: offered(func(o *office.Office) []func() error {
				return []func() error{leaves(o, "bob", "alice"), wants(takesOver(o, ""), 403)}
			}),
		},
		{
			Name: "message-refused", Title: "Alice's phone does not let Carol: Alice and Bob talk on", Golden: true, Hears: aliceBob,
			Play: offered(func(o *office.Office) []func() error {
				refuses(o, "alice", 403)
				return []func() error{wants(takesOver(o, ""), 403)}
			}),
		},
		{
			Name: "message-address", Title: "Alice's contact is an address that only her server reaches", Hears: aliceCarol,
			Office: office.Options{Rootless: true}, Play: offered(func(o *office.Office) []func() error { return []func() error{takesOver(o, "")} }),
		},
		{
			Name: "message-other-fields", Title: "of the URI's header fields Replaces alone counts", Hears: aliceCarol,
			Play: offered(func(o *office.Office) []func() error {
				return []func() error{takesOver(o, "&Route=%3Csip%3A203.0.113.66%3Blr%3E&From=sip%3Abob%40example.test&Subject=x%0D%0AX-Evil%3A1"), func() error {
					for _, arrow := range o.Ladder().Arrows {
						if strings.Contains(arrow.Text, "203.0.113.66") || strings.Contains(arrow.Text, "Evil") || strings.Contains(arrow.Text, "Subject") {
							return fmt.Errorf("sent what the URI carries: %s", arrow.Text)
						}
					}
					return nil
				}}
			}),
		},
		{
			Name: "message-unwanted", Title: "Carol takes no messages", Hears: aliceBob,
			Play: func(o *office.Office) error {
				o.Desk("carol").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.MESSAGE {
						return 488
					}
					return 0
				})
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, does(o, "bob", "alice", office.Refuses(byMessage, 488)))
			},
		},
		{
			Name: "message-ignored", Title: "Carol does not click: Alice and Bob talk on", Hears: aliceBob,
			Play: offered(func(*office.Office) []func() error { return nil }),
		},
		{
			Name: "message-without-replaces", Title: "Alice's phone knows no Replaces: Carol is not bothered", Hears: aliceBob,
			Manners: map[string]office.Manner{"alice": {Plain: true}},
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, does(o, "bob", "alice", fails(byMessage, func(err error) error {
					if !errors.Is(err, transfer.ErrNoReplaces) {
						return fmt.Errorf("nobody can replace that call: got %w", err)
					}
					return nil
				})))
			},
		},
		{
			Name: "message-twice", Title: "Carol clicks twice: the server lets her once", Hears: aliceCarol,
			Play: offered(func(o *office.Office) []func() error {
				return []func() error{takesOver(o, ""), wants(takesOver(o, ""), 403)}
			}),
		},
	})
}

// tags wants to-tag to be the tag of the phone that the INVITE with Replaces goes to (RFC 3891 §3).
func tags(o *office.Office) error {
	alices := ""
	for _, arrow := range o.Ladder().Arrows {
		m, err := sip.Parse(arrow.Text)
		if err != nil {
			continue
		}
		if m.IsRequest() && m.Method() == sip.INVITE && m.ToTag() == "" && !m.Has(sip.HeaderReplaces) {
			alices = m.FromTag()
		}
		if !m.Has(sip.HeaderReplaces) {
			continue
		}
		id, err := sip.ParseReplaces(m.Header(sip.HeaderReplaces))
		if err != nil || id.LocalTag != alices {
			return fmt.Errorf("to-tag is %s, and alice's is %s", id.LocalTag, alices)
		}
		return nil
	}
	return errors.New("nobody replaces anything")
}
