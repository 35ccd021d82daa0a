package dialoginfo

import (
	"strconv"

	"hookflash/event/internal/markup"
	"hookflash/sip"
)

const (
	space       = "urn:ietf:params:xml:ns:dialog-info"
	sharedSpace = "urn:ietf:params:xml:ns:sa-dialog-info" // RFC 7463 §5.2
)

// Dialect is how a watcher wants its documents. The zero value is RFC 4235.
type Dialect struct {
	// ParamValue names the value of a target's parameter "pvalue", as some phones and
	// servers do, where the schema of RFC 4235 §4.4 says "pval".
	ParamValue bool
}

// Append prints the document. RFC 4235 §4.4: state comes first within a dialog.
func (d *Document) Append(b []byte, dialect Dialect) []byte {
	p := markup.NewPrinter(b)
	p.Start("dialog-info").Attribute("xmlns", space)
	for i := range d.Dialogs {
		if d.Dialogs[i].shared() {
			p.Attribute("xmlns:sa", sharedSpace)
			break
		}
	}
	state := "partial"
	if d.Full {
		state = "full"
	}
	p.Number("version", d.Version).Attribute("state", state).Attribute("entity", d.Entity)
	for i := range d.Dialogs {
		d.Dialogs[i].print(p, dialect)
	}
	return p.End().Bytes()
}

func (d *Dialog) shared() bool { return d.Appearance != 0 || d.Exclusive }

func (d *Dialog) print(p *markup.Printer, dialect Dialect) {
	p.Start("dialog").Attribute("id", d.ID).Some("call-id", d.CallID).Some("local-tag", d.LocalTag)
	p.Some("remote-tag", d.RemoteTag).Some("direction", d.Direction.String())
	p.Start("state").Some("event", string(d.Event))
	if d.Code != 0 {
		p.Attribute("code", strconv.Itoa(d.Code))
	}
	p.Text(d.State.String()).End()
	if d.HasDuration {
		p.Leaf("duration", strconv.FormatUint(uint64(d.Duration), 10))
	}
	if d.Replaces != (sip.DialogID{}) {
		p.Start("replaces").Attribute("call-id", d.Replaces.CallID)
		p.Attribute("local-tag", d.Replaces.LocalTag).Attribute("remote-tag", d.Replaces.RemoteTag).End()
	}
	d.ReferredBy.print(p, "referred-by")
	if len(d.Routes) > 0 {
		p.Start("route-set")
		for _, hop := range d.Routes {
			p.Leaf("hop", hop)
		}
		p.End()
	}
	d.Local.print(p, "local", dialect)
	d.Remote.print(p, "remote", dialect)
	if d.Appearance != 0 {
		p.Leaf("sa:appearance", strconv.FormatUint(uint64(d.Appearance), 10))
	}
	if d.Exclusive {
		p.Leaf("sa:exclusive", "true")
	}
	p.End()
}

func (i Identity) print(p *markup.Printer, name string) {
	if i != (Identity{}) {
		p.Start(name).Some("display", i.Display).Text(i.URI).End()
	}
}

func (p *Participant) print(out *markup.Printer, name string, dialect Dialect) {
	if p.equal(&Participant{}) {
		return
	}
	out.Start(name)
	p.Identity.print(out, "identity")
	if p.Target != "" {
		value := "pval"
		if dialect.ParamValue {
			value = "pvalue"
		}
		out.Start("target").Attribute("uri", p.Target)
		for _, param := range p.Params {
			out.Start("param").Attribute("pname", param.Name).Attribute(value, param.Value).End()
		}
		out.End()
	}
	if p.Description != (Description{}) {
		out.Start("session-description").Attribute("type", p.Description.Type).Text(p.Description.Body).End()
	}
	if p.Sequence != 0 {
		out.Leaf("cseq", strconv.FormatUint(uint64(p.Sequence), 10))
	}
	out.End()
}
