package conference

import (
	"strconv"

	"hookflash/event/internal/markup"
	"hookflash/sip"
)

const space = "urn:ietf:params:xml:ns:conference-info"

// Append prints the document, in the order of the schema (RFC 4575 §6).
func (d *Document) Append(b []byte) []byte {
	p := markup.NewPrinter(b)
	p.Start("conference-info").Attribute("xmlns", space).Attribute("entity", d.Entity)
	p.Attribute("state", d.State.String()).Number("version", d.Version)
	if d.State != Deleted {
		d.Description.print(p)
		d.Host.print(p)
		d.Status.print(p)
		if d.HasUsers || len(d.Users) > 0 {
			p.Start("users")
			printState(p, d.UsersState)
			for i := range d.Users {
				d.Users[i].print(p)
			}
			p.End()
		}
	}
	return p.End().Bytes()
}

func printState(p *markup.Printer, state State) {
	if state != Full {
		p.Attribute("state", state.String())
	}
}

func (d *Description) print(p *markup.Printer) {
	if d == nil {
		return
	}
	p.Start("conference-description").SomeLeaf("display-text", d.DisplayText).SomeLeaf("subject", d.Subject)
	p.SomeLeaf("free-text", d.FreeText).SomeLeaf("keywords", d.Keywords)
	printURIs(p, "conf-uris", d.URIs)
	printURIs(p, "service-uris", d.Services)
	if d.HasMaximum {
		p.Leaf("maximum-user-count", strconv.FormatUint(uint64(d.MaximumUsers), 10))
	}
	if len(d.Media) > 0 {
		p.Start("available-media")
		for _, media := range d.Media {
			p.Start("entry").Attribute("label", media.Label).SomeLeaf("display-text", media.DisplayText)
			p.SomeLeaf("type", media.Type).SomeLeaf("status", media.Status).End()
		}
		p.End()
	}
	p.End()
}

func (h *Host) print(p *markup.Printer) {
	if h == nil {
		return
	}
	p.Start("host-info").SomeLeaf("display-text", h.DisplayText).SomeLeaf("web-page", h.WebPage)
	printURIs(p, "uris", h.URIs)
	p.End()
}

func (s *Status) print(p *markup.Printer) {
	if s == nil {
		return
	}
	p.Start("conference-state")
	if s.HasUserCount {
		p.Leaf("user-count", strconv.FormatUint(uint64(s.UserCount), 10))
	}
	printFlag(p, "active", s.Active)
	printFlag(p, "locked", s.Locked)
	p.End()
}

func printFlag(p *markup.Printer, name string, flag Flag) {
	if flag != Unsaid {
		p.Leaf(name, strconv.FormatBool(flag == Yes))
	}
}

func printURIs(p *markup.Printer, name string, uris []URI) {
	if len(uris) == 0 {
		return
	}
	p.Start(name)
	for _, uri := range uris {
		p.Start("entry").Leaf("uri", uri.URI).SomeLeaf("display-text", uri.DisplayText).SomeLeaf("purpose", uri.Purpose).End()
	}
	p.End()
}

func (u *User) print(p *markup.Printer) {
	p.Start("user").Attribute("entity", u.Entity)
	printState(p, u.State)
	if u.State != Deleted {
		p.SomeLeaf("display-text", u.DisplayText)
		printURIs(p, "associated-aors", u.AORs)
		if len(u.Roles) > 0 {
			p.Start("roles")
			for _, role := range u.Roles {
				p.Leaf("entry", role)
			}
			p.End()
		}
		p.SomeLeaf("languages", u.Languages).SomeLeaf("cascaded-focus", u.CascadedFocus)
		for i := range u.Endpoints {
			u.Endpoints[i].print(p)
		}
	}
	p.End()
}

func (e *Endpoint) print(p *markup.Printer) {
	p.Start("endpoint").Attribute("entity", e.Entity)
	printState(p, e.State)
	if e.State != Deleted {
		p.SomeLeaf("display-text", e.DisplayText)
		e.Referred.print(p, "referred")
		p.SomeLeaf("status", e.Status).SomeLeaf("joining-method", e.JoiningMethod)
		e.JoiningInfo.print(p, "joining-info")
		p.SomeLeaf("disconnection-method", e.DisconnectionMethod)
		e.DisconnectionInfo.print(p, "disconnection-info")
		for _, media := range e.Media {
			p.Start("media").Attribute("id", media.ID).SomeLeaf("display-text", media.DisplayText).SomeLeaf("type", media.Type)
			p.SomeLeaf("label", media.Label).SomeLeaf("src-id", media.Source).SomeLeaf("status", media.Status).End()
		}
		if e.Call != (sip.DialogID{}) {
			p.Start("call-info").Start("sip").Leaf("call-id", e.Call.CallID)
			p.Leaf("from-tag", e.Call.RemoteTag).Leaf("to-tag", e.Call.LocalTag).End().End()
		}
	}
	p.End()
}

func (e Execution) print(p *markup.Printer, name string) {
	if e != (Execution{}) {
		p.Start(name).SomeLeaf("when", e.When).SomeLeaf("reason", e.Reason).SomeLeaf("by", e.By).End()
	}
}
