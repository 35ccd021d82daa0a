package registrar

import (
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

const gruu = "Supported: gruu"

// gruusOf are the GRUUs in the first Contact of a response.
func gruusOf(t *testing.T, m *sip.Message) (public, temporary sip.URI) {
	t.Helper()
	address, err := sip.ParseAddress(m.TopValue(sip.HeaderContact))
	if err != nil {
		t.Fatalf("%v in\n%s", err, m.Text())
	}
	for name, uri := range map[string]*sip.URI{"pub-gruu": &public, "temp-gruu": &temporary} {
		text, _ := address.Params.Get(name)
		if *uri, err = sip.ParseURI(text); err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, m.Text())
		}
	}
	return public, temporary
}

func (d *domain) resolves(t *testing.T, reason string, uri sip.URI, instance string) {
	t.Helper()
	address, got, ok := d.registrar.GRUUs().Resolve(uri)
	if instance == "" {
		if ok {
			t.Errorf("%s: %s still names %s at %s", reason, uri.String(), got, address)
		}
		return
	}
	if !ok || address != "alice@example.test" || got != instance {
		t.Errorf("%s: %s names %q at %q (%v), want %q", reason, uri.String(), got, address, ok, instance)
	}
}

func TestGRUU(t *testing.T) {
	const urn = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	contact := "Contact: <sip:alice@127.9.9.2:5080>;" + instanceOne
	d := newDomain(t)
	first := d.send(t, start, request{lines: lines(contact, gruu)})
	public, temporary := gruusOf(t, first)
	if want := "sip:alice@example.test;gr=" + urn; public.String() != want {
		t.Errorf("RFC 5627 §5.1: the public GRUU is the address of record with gr: %s, want %s", public.String(), want)
	}
	if value, ok := temporary.Params.Get("gr"); !ok || value != "" || !strings.HasPrefix(temporary.User, "tgruu.") {
		t.Errorf("RFC 5627 §3.1.2: a temporary GRUU has gr without value: %s", temporary.String())
	}
	if strings.Contains(temporary.String(), "alice") {
		t.Errorf("a temporary GRUU hides its owner: %s", temporary.String())
	}
	d.resolves(t, "public", public, urn)
	d.resolves(t, "temporary", temporary, urn)

	_, second := gruusOf(t, d.send(t, start, request{cseq: 2, lines: lines(contact, gruu)}))
	if second.String() == temporary.String() {
		t.Error("RFC 5627 §5.1: a refresh gets a new temporary GRUU")
	}
	if len(second.User) != len(temporary.User) {
		t.Error("their lengths tell nothing")
	}
	d.resolves(t, "an older one of the same Call-ID", temporary, urn)
	d.resolves(t, "the newer one", second, urn)

	query, same := gruusOf(t, d.send(t, start, request{cseq: 3, lines: lines(gruu)}))
	if query.String() != public.String() || same.String() != second.String() {
		t.Errorf("RFC 5627 §5.2: a query gets the most recent one: %s, want %s", same.String(), second.String())
	}
	d.restart()
	d.resolves(t, "after a restart", temporary, urn)

	_, third := gruusOf(t, d.send(t, start, request{callID: "reboot", lines: lines(contact, gruu)}))
	d.resolves(t, "RFC 5627 §5.1: another Call-ID invalidates what was before", temporary, "")
	d.resolves(t, "and that", second, "")
	d.resolves(t, "but not the new one", third, urn)
	d.resolves(t, "nor the public one", public, urn)

	d.send(t, start, request{callID: "reboot", cseq: 2, lines: lines(contact + ";expires=0")})
	d.resolves(t, "RFC 5627 §5.3: with the last contact of the instance they end", third, "")
	d.resolves(t, "but the public one lives on", public, urn)
	_, fourth := gruusOf(t, d.send(t, start.Add(time.Second), request{callID: "reboot", cseq: 3, lines: lines(contact, gruu)}))
	d.resolves(t, "and don't come to life again", third, "")
	d.resolves(t, "while the newest lives", fourth, urn)
}

func TestGRUUOfAnotherFlow(t *testing.T) {
	const urn = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	flow := func(id string) string { return "Contact: <sip:alice@127.9.9.2:5080>;" + instanceOne + ";reg-id=" + id }
	d := newDomain(t)
	_, one := gruusOf(t, d.send(t, start, request{callID: "a", lines: lines(flow("1"), gruu)}))
	_, two := gruusOf(t, d.send(t, start, request{callID: "b", lines: lines(flow("2"), gruu)}))
	d.resolves(t, "the first registration over another flow invalidates nothing", one, urn)
	d.resolves(t, "and gets one of its own", two, urn)
	d.send(t, start, request{callID: "c", lines: lines(flow("1"), gruu)})
	d.resolves(t, "RFC 5627 §5.1: another Call-ID over a flow invalidates those of the instance", one, "")
	d.resolves(t, "all of them", two, "")
}

func TestGRUUInstances(t *testing.T) {
	tests := []struct{ reason, instance, public string }{
		{"a UUID in lower case", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
		{"a UUID in capitals stays as it is", "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"},
		{"no UUID", "urn:uuid:hello", "urn:uuid:hello"},
		{"an IMEI", "urn:gsma:imei:90420156-025763-0;vers=0", "urn:gsma:imei:90420156-025763-0%3Bvers%3D0"},
		{"a long one", "urn:x:" + strings.Repeat("y", MaxInstance-6), "urn:x:" + strings.Repeat("y", MaxInstance-6)},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain(t)
			public, temporary := gruusOf(t, d.send(t, start, request{lines: lines(`Contact: <sip:alice@127.9.9.2>;+sip.instance="<`+test.instance+`>"`, gruu)}))
			if value, _ := public.Params.Get("gr"); value != test.public {
				t.Errorf("gr=%s, want %s", value, test.public)
			}
			d.resolves(t, "public", public, test.instance)
			d.resolves(t, "temporary", temporary, test.instance)
		})
	}
}

func TestGRUUForged(t *testing.T) {
	d := newDomain(t)
	_, temporary := gruusOf(t, d.send(t, start, request{lines: lines("Contact: <sip:alice@127.9.9.2>;"+instanceOne, gruu)}))
	for i := len(temporaryPrefix); i < len(temporary.User); i++ {
		forged := temporary
		octet := byte('A')
		if temporary.User[i] == octet {
			octet = 'B'
		}
		forged.User = temporary.User[:i] + string(octet) + temporary.User[i+1:]
		d.resolves(t, "one octet changed", forged, "")
	}
	for _, text := range []string{
		"sip:tgruu.@example.test;gr", "sip:tgruu.AAAA@example.test;gr", "sip:alice@example.test;gr", "sip:alice@example.test",
		"sip:" + temporary.User + "@elsewhere.test;gr", "sip:" + temporary.User + "@example.test", "sip:" + strings.Repeat("A", 2000) + "@example.test;gr",
	} {
		uri, err := sip.ParseURI(text)
		if err != nil {
			t.Fatal(err)
		}
		d.resolves(t, "no GRUU of ours", uri, "")
	}
	other := d.settings
	other.GRUUKey = [32]byte{9}
	if _, _, ok := New(other, d.records).GRUUs().Resolve(temporary); ok {
		t.Error("another key opens nothing")
	}
}

// RFC 5627 §5.1: a contact that is a GRUU of the same address of record is a loop.
func TestGRUULoop(t *testing.T) {
	d := newDomain(t)
	public, temporary := gruusOf(t, d.send(t, start, request{lines: lines("Contact: <sip:alice@127.9.9.2>;"+instanceOne, gruu)}))
	for _, uri := range []sip.URI{public, temporary} {
		if response := d.send(t, start, request{callID: "x", lines: lines("Contact: <" + uri.String() + ">")}); response.StatusCode() != 403 {
			t.Errorf("%s: got %d", uri.String(), response.StatusCode())
		}
		if response := d.send(t, start, request{callID: "x", user: "bob", lines: lines("Contact: <" + uri.String() + ">")}); response.StatusCode() != 200 {
			t.Errorf("%s of another: got %d", uri.String(), response.StatusCode())
		}
	}
}

func FuzzResolve(f *testing.F) {
	d := newDomain(f)
	for _, seed := range []string{"sip:alice@example.test;gr=urn:x", "sip:tgruu.AAAA@example.test;gr", "tel:+1;gr"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := sip.ParseURI(text)
		if err != nil {
			return
		}
		if address, _, ok := d.registrar.GRUUs().Resolve(uri); ok && !strings.HasSuffix(address, "@example.test") {
			t.Errorf("%q names %q", text, address)
		}
	})
}
