package dialoginfo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hookflash/sip"

	"github.com/google/go-cmp/cmp"
)

func wrap(dialog string) string {
	return `<dialog-info xmlns="` + space + `" version="3" state="partial" entity="sip:a@b">` + dialog + `</dialog-info>`
}

func TestParseTolerance(t *testing.T) {
	target := Dialog{ID: "1", State: Confirmed, Remote: Participant{Target: "sip:x@y", Params: []Param{{"isfocus", "true"}}}}
	for _, row := range []struct {
		reason, dialog string
		want           []Dialog
	}{
		{"RFC 4235 §4.1.6.2: uri attribute, pname and pval", `<dialog id="1"><state>confirmed</state><remote><target uri="sip:x@y"><param pname="isfocus" pval="true"/></target></remote></dialog>`, []Dialog{target}},
		{"RFC 5359 §2.15 writes the target as text", `<dialog id="1"><state>confirmed</state><remote><target>sip:x@y<param pname="isfocus" pval="true"/></target></remote></dialog>`, []Dialog{target}},
		{"Asterisk and FreeSWITCH write pvalue", `<dialog id="1"><state>confirmed</state><remote><target uri="sip:x@y"><param pname="isfocus" pvalue="true"/></target></remote></dialog>`, []Dialog{target}},
		{"state stands last", `<dialog id="1"><remote><target uri="sip:x@y"><param pname="isfocus" pval="true"/></target></remote><state>confirmed</state></dialog>`, []Dialog{target}},
		{"white space around values", "<dialog id=\"1\"><state>\n confirmed\n</state><remote><target>\n sip:x@y \n<param pname=\"isfocus\" pval=\"true\"/></target></remote></dialog>", []Dialog{target}},
		{"RFC 4235 §4.1.2: event and code", `<dialog id="1"><state event="rejected" code="486">terminated</state></dialog>`, []Dialog{{ID: "1", State: Terminated, Event: Rejected, Code: 486}}},
		{"the examples of RFC 4235 §6.2 say reason", `<dialog id="1"><state reason="remote-bye">terminated</state></dialog>`, []Dialog{{ID: "1", State: Terminated, Event: RemoteBye}}},
		{"and receiver", `<dialog id="1" direction="receiver"><state>early</state></dialog>`, []Dialog{{ID: "1", State: Early, Direction: Recipient}}},
		{"the schema says display-name", `<dialog id="1"><state>early</state><local><identity display-name="A &amp; B">sip:a@b</identity></local></dialog>`, []Dialog{{ID: "1", State: Early, Local: Participant{Identity: Identity{"A & B", "sip:a@b"}}}}},
		{"RFC 7463 §5.2: appearance of its own namespace", `<dialog id="1" xmlns:sa="` + sharedSpace + `"><sa:appearance>2</sa:appearance><sa:exclusive>true</sa:exclusive><state>trying</state></dialog>`, []Dialog{{ID: "1", Appearance: 2, Exclusive: true}}},
		{"an appearance of another namespace is none", `<dialog id="1" xmlns:sa="urn:x"><sa:appearance>2</sa:appearance><state>trying</state></dialog>`, []Dialog{{ID: "1"}}},
		{"RFC 4235 §3.7.2: a state that is not known counts as confirmed", `<dialog id="1"><state>held</state></dialog>`, []Dialog{{ID: "1", State: Confirmed}}},
		{"an event that is not known is none", `<dialog id="1"><state event="x" code="99">terminated</state></dialog>`, []Dialog{{ID: "1", State: Terminated}}},
		{"without an id it is left out", `<dialog><state>early</state></dialog><dialog id="2"><state>early</state></dialog>`, []Dialog{{ID: "2", State: Early}}},
		{"without a state it is left out", `<dialog id="1"/>`, nil},
	} {
		document, err := Parse(wrap(row.dialog))
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
			continue
		}
		if difference := cmp.Diff(row.want, document.Dialogs); difference != "" {
			t.Errorf("%s: %s", row.reason, difference)
		}
	}
	prefixed := `<d:dialog-info xmlns:d="` + space + `" version="0" state="full" entity="sip:a@b"><d:dialog id="1"><d:state>early</d:state></d:dialog></d:dialog-info>`
	if document, err := Parse(prefixed); err != nil || len(document.Dialogs) != 1 || !document.Full {
		t.Errorf("any prefix of the namespace: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct{ reason, document string }{
		{"another root", `<presence xmlns="` + space + `" version="0" state="full"/>`},
		{"another namespace", `<dialog-info xmlns="urn:x" version="0" state="full"/>`},
		{"no version", `<dialog-info xmlns="` + space + `" state="full"/>`},
		{"RFC 4235 §4.1: a version of 32 bits", `<dialog-info xmlns="` + space + `" version="4294967296" state="full"/>`},
		{"a negative version", `<dialog-info xmlns="` + space + `" version="-1" state="full"/>`},
		{"no state", `<dialog-info xmlns="` + space + `" version="0"/>`},
		{"another state", `<dialog-info xmlns="` + space + `" version="0" state="deleted"/>`},
	} {
		if _, err := Parse(row.document); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v", row.reason, err)
		}
	}
	many := ""
	for i := range MaxDialogs + 1 {
		many += fmt.Sprintf(`<dialog id="%d"><state>early</state></dialog>`, i)
	}
	if document, err := Parse(wrap(many)); err != nil || len(document.Dialogs) != MaxDialogs {
		t.Errorf("more dialogs than the limit are left out: %d, %v", len(document.Dialogs), err)
	}
}

func TestAppend(t *testing.T) {
	document := Document{Version: 7, Entity: "sip:bob@example.test", Dialogs: []Dialog{{
		ID: "x", CallID: `a"b<c>`, LocalTag: "1", RemoteTag: "2", Direction: Recipient, State: Early,
		Replaces: sip.DialogID{CallID: "c", LocalTag: "l", RemoteTag: "r"}, Appearance: 1, Exclusive: true,
		Local:  Participant{Identity: Identity{"Bob & Co", "sip:bob@example.test"}},
		Remote: Participant{Target: "sip:alice@host;gr=1", Params: []Param{{"+sip.rendering", "no"}}},
	}}}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" xmlns:sa="urn:ietf:params:xml:ns:sa-dialog-info" version="7" state="partial" entity="sip:bob@example.test">` +
		`<dialog id="x" call-id="a&quot;b&lt;c&gt;" local-tag="1" remote-tag="2" direction="recipient"><state>early</state>` +
		`<replaces call-id="c" local-tag="l" remote-tag="r"/><local><identity display="Bob &amp; Co">sip:bob@example.test</identity></local>` +
		`<remote><target uri="sip:alice@host;gr=1"><param pname="+sip.rendering" pval="no"/></target></remote>` +
		`<sa:appearance>1</sa:appearance><sa:exclusive>true</sa:exclusive></dialog></dialog-info>`
	if difference := cmp.Diff(want, string(document.Append(nil, Dialect{}))); difference != "" {
		t.Errorf("RFC 4235 §4.4: the order of the schema, state first: %s", difference)
	}
	if got := string(document.Append(nil, Dialect{ParamValue: true})); got != strings.Replace(want, "pval=", "pvalue=", 1) {
		t.Errorf("a watcher that wants pvalue gets that alone: %s", got)
	}
}

func TestTriple(t *testing.T) {
	dialog := Dialog{CallID: "c", LocalTag: "bob", RemoteTag: "alice"}
	if got := string(dialog.Triple().AppendReplaces(nil)); got != "c;to-tag=alice;from-tag=bob" {
		t.Errorf("RFC 3891 §3: to-tag is the local tag of whom the INVITE is for: %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(wrap(`<dialog id="1"><state>early</state></dialog>`))
	f.Add(wrap(`<dialog id="1" call-id="c" local-tag="l"><state event="rejected" code="486">terminated</state><remote><target uri="sip:x@y"><param pname="a" pvalue="b"/></target></remote></dialog>`))
	f.Fuzz(func(t *testing.T, text string) {
		document, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(string(document.Append(nil, Dialect{}))); err == nil && !sameDialogs(document.Dialogs, again.Dialogs) {
			t.Fatalf("printed again it says something else: %#v, %#v", document, again)
		} // else escaped it is longer than a document may be
		var table Table
		table.Apply(document)
		if len(table.Dialogs()) > MaxDialogs {
			t.Fatal("more dialogs than the limit")
		}
	})
}

func sameDialogs(one, two []Dialog) bool {
	return slices.EqualFunc(one, two, func(a, b Dialog) bool { return a.Equal(&b) })
}
