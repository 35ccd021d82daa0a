package presence

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppend(t *testing.T) {
	document := Document{Entity: "sip:bob@x", Tuples: []Tuple{{ID: "1", Basic: Closed, Contact: "sip:bob@h", Priority: "0.5", Notes: []string{"lunch & tea"}}}, Notes: []string{"away"}}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@x"><tuple id="1"><status><basic>closed</basic></status>` +
		`<contact priority="0.5">sip:bob@h</contact><note>lunch &amp; tea</note></tuple><note>away</note></presence>`
	if difference := cmp.Diff(want, string(document.Append(nil))); difference != "" {
		t.Errorf("RFC 3863 §4.1: tuples, then notes: %s", difference)
	}
	if document.Open() {
		t.Error("closed")
	}
}

func TestParse(t *testing.T) {
	document, err := Parse(`<p:presence xmlns:p="` + space + `" xmlns:x="urn:x" entity="sip:bob@x"><p:tuple id="1"><p:status><x:basic>closed</x:basic><p:basic>open</p:basic></p:status></p:tuple><p:tuple id="2"/></p:presence>`)
	if err != nil || !document.Open() || len(document.Tuples) != 2 || document.Tuples[1].Basic != Unsaid {
		t.Errorf("RFC 3863 §4.2.3: unknown elements are ignored, any prefix will do: %+v %v", document, err)
	}
	if _, err := Parse(`<dialog-info/>`); err == nil {
		t.Error("another root")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`<presence xmlns="` + space + `" entity="a"><tuple id="1"><status><basic>open</basic></status><contact priority="1">sip:a@b</contact></tuple><note>x</note></presence>`)
	f.Fuzz(func(t *testing.T, text string) {
		document, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(string(document.Append(nil))); err == nil {
			if difference := cmp.Diff(document, again); difference != "" {
				t.Fatal(difference)
			}
		} // else escaped it is longer than a document may be
	})
}
