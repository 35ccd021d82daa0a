package reg

import "hookflash/event/internal/markup"

const space = "urn:ietf:params:xml:ns:reginfo"

// Append prints the document.
func (d *Document) Append(b []byte) []byte {
	p := markup.NewPrinter(b)
	state := "partial"
	if d.Full {
		state = "full"
	}
	p.Start("reginfo").Attribute("xmlns", space).Number("version", d.Version).Attribute("state", state)
	for i := range d.Registrations {
		registration := &d.Registrations[i]
		p.Start("registration").Attribute("aor", registration.AOR).Attribute("id", registration.ID)
		p.Attribute("state", registration.State.String())
		for j := range registration.Contacts {
			registration.Contacts[j].print(p)
		}
		p.End()
	}
	return p.End().Bytes()
}

func (c *Contact) print(p *markup.Printer) {
	state := "active"
	if c.Terminated {
		state = "terminated"
	}
	p.Start("contact").Attribute("id", c.ID).Attribute("state", state).Attribute("event", string(c.Event))
	number(p, "duration-registered", c.Duration, c.HasDuration)
	number(p, "expires", c.Expires, c.HasExpires)
	number(p, "retry-after", c.RetryAfter, c.HasRetryAfter)
	p.Some("q", c.Q).Some("callid", c.CallID)
	number(p, "cseq", c.Sequence, c.HasSequence)
	p.Leaf("uri", c.URI).SomeLeaf("display-name", c.DisplayName)
	for _, param := range c.Params {
		p.Start("unknown-param").Attribute("name", param.Name).Text(param.Value).End()
	}
	p.End()
}

func number(p *markup.Printer, name string, value uint32, said bool) {
	if said {
		p.Number(name, value)
	}
}
