package flow

import (
	"errors"
	"time"

	"hookflash/config"
	"hookflash/directory"
)

// announcementServer is the column of the announcement server, an agent in the server.
const announcementServer = "announce"

// incomingScreening is RFC 5359 §2.13: Bob's phone takes calls only by way of the server, which does not let
// Alice's pass and says where she hears why. Her call to the announcement is one of its own, with its own
// Call-ID, and F11 comes from the announcement server.
var incomingScreening = Flow{
	Name: "incoming-call-screening", Title: "Call Management (Incoming Call Screening)", Section: "2.13",
	Columns: []string{"alice", through, "bob", announcementServer}, agent: announcementServer,
	Arrows: `
		F1  alice    bob      INVITE
		F2  bob      alice    305
		F3  alice    bob      ACK
		F4  alice    server   INVITE
		F5  server   alice    407
		F6  alice    server   ACK
		F7  alice    server   INVITE
		F8  server   alice    403
		F9  alice    server   ACK
		F10 alice    announce INVITE
		F11 announce alice    200
		F12 alice    announce ACK
		F13 announce alice    BYE
		F14 alice    announce 200`,
	Wants:  "calls of alice to bob are refused, with an Error-Info of the server's domain at which an announcement is played",
	direct: "1-3", makes: "5 8", calls: "1-9; 10-14",
	manners: map[string]manner{"bob": {accepts: []string{"carol"}}},
	rules: []rule{
		leadsToServer(2), status(305, "", 2), routed(4, 7), credentials(5, 7),
		status(403, "Screening Failure (Terminating)", 8), explained(8, 10),
		feature("automaton", "", 11), feature("+sip.rendering", "no", 11),
		direction("sendrecv", 1, 4, 7, 10), empty(2, 3, 5, 6, 8, 9, 12, 13, 14),
	},
	routing: func(_ *stage, c *config.Config) error {
		user(c, "bob", func(r *directory.Routing) {
			r.Screening = []directory.Rule{{From: callers("alice"), Action: directory.ActionRefuse}}
		})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.callURI("alice", "sip:bob@"+s.witness.where("bob").String()) },
			func() error { return s.until(9) },
			func() error { return s.hear() },
			func() error {
				why, err := s.people["alice"].why()
				if err != nil {
					return err
				}
				return s.callURI("alice", why)
			},
			func() error { return s.until(12) },
			func() error { return s.tell("alice") },
			func() error { return s.until(14) },
			func() error { return s.hear() },
		)
	},
}

// outgoingScreening is RFC 5359 §2.14: Alice may not call Bob. She could hear why as in §2.13.
var outgoingScreening = Flow{
	Name: "outgoing-call-screening", Title: "Call Management (Outgoing Call Screening)", Section: "2.14",
	Columns: []string{"alice", through, "bob"},
	Arrows: `
		F1 alice  server INVITE
		F2 server alice  407
		F3 alice  server ACK
		F4 alice  server INVITE
		F5 server alice  403
		F6 alice  server ACK`,
	Wants: "alice may not call bob, and is told so with an Error-Info",
	makes: "2 5", calls: "1-6",
	rules: []rule{
		credentials(2, 4), status(403, "Screening Failure (Originating)", 5), explained(5), direction("sendrecv", 1, 4), empty(2, 3, 5, 6),
	},
	routing: func(_ *stage, c *config.Config) error {
		user(c, "alice", func(r *directory.Routing) {
			r.Outgoing.Rules = []directory.DialRule{{To: callers("bob")}}
		})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(6) },
			func() error { return s.hear() },
		)
	},
}

// callers are users of the domain, as patterns.
func callers(names ...string) (patterns []directory.Pattern) {
	for _, name := range names {
		if p, err := directory.ParsePattern(name); err == nil { // the name of a user is one
			patterns = append(patterns, p)
		}
	}
	return patterns
}

var errUnexplained = errors.New("the phone does not know where to hear why the call was refused")

// why is where a person hears why their last call was refused.
func (p *person) why() (string, error) {
	select {
	case e := <-p.refused:
		if e.Text != "" {
			return e.Text, nil
		}
	case <-time.After(patience):
	}
	return "", errUnexplained
}
