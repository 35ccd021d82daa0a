package markup

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct {
		reason   string
		document string
		want     error
	}{
		{"nothing", "", ErrMalformed},
		{"no element", "<?xml version='1.0'?><!-- -->", ErrMalformed},
		{"text instead of a document", "hello", ErrMalformed},
		{"text after the root", "<a/>b", ErrMalformed},
		{"two roots", "<a/><b/>", ErrMalformed},
		{"an element that does not end", "<a><b></b>", ErrMalformed},
		{"ends crosswise", "<a><b></a></b>", ErrMalformed},
		{"an attribute twice", `<a b="1" b="2"/>`, ErrMalformed},
		{"another encoding than UTF-8", `<?xml version="1.0" encoding="UTF-16"?><a/>`, ErrMalformed},
		{"octets that are no UTF-8", "<a>\xff</a>", ErrMalformed},
		{"a DOCTYPE", `<!DOCTYPE a><a/>`, ErrForbidden},
		{"entities that expand", `<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>`, ErrForbidden},
		{"an entity from outside", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`, ErrForbidden},
		{"an entity that nobody declared", "<a>&b;</a>", ErrMalformed},
		{"too long", "<a>" + strings.Repeat("x", MaxOctets) + "</a>", ErrLimit},
		{"too many tags", "<a>" + strings.Repeat("<b/>", MaxMarks) + "</a>", ErrLimit},
		{"too deep", strings.Repeat("<a>", MaxDepth+1) + strings.Repeat("</a>", MaxDepth+1), ErrLimit},
		{"too many attributes", "<a>" + strings.Repeat(`<b c="" d=""/>`, MaxAttributes/2+1) + "</a>", ErrLimit},
		{"too many attributes, spaced", "<a>" + strings.Repeat("<b c=\n'' d= \t''/>", MaxAttributes/2+1) + "</a>", ErrLimit},
	} {
		if _, err := Parse(row.document); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.reason, err, row.want)
		}
	}
	many := "<a"
	for i := range MaxOwnAttributes + 1 {
		many += " b" + strings.Repeat("c", i) + "=''"
	}
	if _, err := Parse(many + "/>"); !errors.Is(err, ErrLimit) {
		t.Errorf("too many attributes of one element: %v", err)
	}
}

func TestParse(t *testing.T) {
	root, err := Parse("\ufeff<?xml version=\"1.0\"?>\n<x:a xmlns:x=\"urn:one\" xmlns=\"urn:two\" b='1'> one <!-- no --><b>&lt;&#x41;<![CDATA[<&>]]></b>two<x:c/></x:a>\n")
	if err != nil {
		t.Fatal(err)
	}
	if !root.Is("urn:one", "a") || root.Is("urn:two", "a") {
		t.Error("a namespace is told by its URI, whatever its prefix")
	}
	if root.Value() != "one two" || root.Attribute("b") != "1" {
		t.Errorf("text of the element itself: %q, %q", root.Value(), root.Attribute("b"))
	}
	if got := root.ChildValue("urn:two", "b"); got != "<A<&>" {
		t.Errorf("escapes and CDATA: %q", got)
	}
	if root.Child("urn:one", "c") == nil || root.Child("urn:two", "c") != nil {
		t.Error("a child of another namespace is another one")
	}
	bare, err := Parse("<a><b>1</b></a>")
	if err != nil || !bare.Is("urn:one", "a") || bare.ChildValue("urn:one", "b") != "1" {
		t.Error("without any namespace it counts as the right one")
	}
}

// TestPrint: whatever the text, it is read as it was given, less what no document can hold.
func TestPrint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		value := rapid.StringOf(rapid.RuneFrom([]rune("<>&\"'\r\n\t a\x00\x1b\ufffe\U0001f600]"))).Draw(t, "value")
		printed := NewPrinter(nil).Start("a").Attribute("b", value).Text(text).Leaf("c", value).End().Bytes()
		root, err := Parse(string(printed))
		if err != nil {
			t.Fatalf("%q: %v", printed, err)
		}
		if root.Text != clean(text) || root.Attribute("b") != clean(value) || root.Children[0].Text != clean(value) {
			t.Fatalf("%q read as %q and %q", printed, root.Text, root.Attribute("b"))
		}
	})
	if got := string(NewPrinter(nil).Start("a").Attribute("b", "\xff").End().Bytes()); !utf8.ValidString(got) {
		t.Errorf("octets that are no UTF-8 leave as such: %q", got)
	}
}

func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, text)
}

// TestParseMemory: no document costs more than a mebibyte, garbage included, whatever it is
// full of.
func TestParseMemory(t *testing.T) {
	const limit = 1 << 20
	fill := func(before, unit, after string, units int) string {
		units = min(units, (MaxOctets-len(before)-len(after))/len(unit))
		return before + strings.Repeat(unit, units) + after
	}
	for _, row := range []struct{ reason, document string }{
		{"elements", fill("<a>", "<b/>", "</a>", MaxMarks-2)},
		{"elements and text between", fill("<a>", "x<b/>", "</a>", MaxMarks-2)},
		{"attributes", fill("<a>", `<b c="" d="" e="" f="" g="" h=""/>`, "</a>", MaxAttributes/6)},
		{"namespaces", fill("<a>", `<b xmlns:c="d" xmlns:e="f"/>`, "</a>", MaxAttributes/2)},
		{"attributes of one element, refused", fill("<a", ` b=""`, "/>", MaxOctets)},
		{"text", fill("<a>", "x", "</a>", MaxOctets)},
		{"escapes", fill("<a>", "&amp;", "</a>", MaxOctets)},
		{"comments", fill("<a>", "x<!---->", "</a>", MaxMarks-2)},
		{"depth, refused", fill("", "<a>", "", MaxOctets)},
	} {
		_, _ = Parse(row.document)
		var before, after runtime.MemStats
		const runs = 20
		runtime.ReadMemStats(&before)
		for range runs {
			_, _ = Parse(row.document)
		}
		runtime.ReadMemStats(&after)
		each := int(after.TotalAlloc-before.TotalAlloc) / runs
		if each > limit {
			t.Errorf("%s: %d octets of memory for a document of %d, at most %d", row.reason, each, len(row.document), limit)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"<a/>", "<a b='c'>d<e/></a>", "<!DOCTYPE a><a/>", "<?xml version='1.0'?><x:a xmlns:x='y'>&amp;</x:a>", "<a><![CDATA[b]]></a>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		root, err := Parse(document)
		if (root == nil) != (err != nil) {
			t.Fatal("an element or an error")
		}
	})
}
