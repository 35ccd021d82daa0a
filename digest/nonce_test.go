package digest

import (
	"strings"
	"testing"
	"time"
)

var (
	start   = time.UnixMilli(1_700_000_000_000)
	secret  = Key{0: 1, 15: 9}
	binding = Binding{Realm: "example.test", Class: Register}
)

func issue(t *testing.T, nonces Nonces, now time.Time, binding Binding, salt uint64) string {
	t.Helper()
	text := string(nonces.Append(nil, now, binding, salt))
	if len(text) != NonceLength || !plain(text) {
		t.Fatalf("nonce %q", text)
	}
	return text
}

func TestNonceCheck(t *testing.T) {
	nonces := NewNonces(secret, 0)
	nonce := issue(t, nonces, start, binding, 7)
	for _, c := range []struct {
		reason string
		after  time.Duration
		want   Verdict
	}{
		{"at once", 0, Fresh},
		{"at the end of its life", Lifetime, Fresh},
		{"after its life", Lifetime + time.Millisecond, Stale},
		{"ten years later", 10 * 365 * 24 * time.Hour, Stale},
		{"the clock was set back a second", -time.Second, Fresh},
		{"the clock was set back by all we allow", -MaxAhead, Fresh},
		{"the clock was set back by more", -MaxAhead - time.Millisecond, Stale},
		{"the clock was set back ten years", -10 * 365 * 24 * time.Hour, Stale},
		{"the clock was set before 1970", -60 * 365 * 24 * time.Hour, Stale},
	} {
		got, verdict := nonces.Check(start.Add(c.after), nonce, binding)
		if verdict != c.want || got != (Nonce{Issued: start.UnixMilli(), Salt: 7}) {
			t.Errorf("%s: %v %+v, want %v", c.reason, verdict, got, c.want)
		}
	}
}

func TestNonceIsBoundToRealmClassAndSource(t *testing.T) {
	nonces := NewNonces(secret, time.Minute)
	with := Binding{Realm: "example.test", Class: Register, Source: 3}
	nonce := issue(t, nonces, start, with, 7)
	restarted := NewNonces(secret, time.Minute)
	if _, verdict := restarted.Check(start, nonce, with); verdict != Fresh {
		t.Errorf("a nonce doesn't survive a restart with the same key: %v", verdict)
	}
	other := NewNonces(Key{2}, time.Minute)
	if _, verdict := other.Check(start, nonce, with); verdict != Forged {
		t.Errorf("a nonce of another key: %v", verdict)
	}
	for reason, binding := range map[string]Binding{
		"another realm":  {Realm: "example.tesu", Class: Register, Source: 3},
		"a longer realm": {Realm: "example.test.", Class: Register, Source: 3},
		"another class":  {Realm: "example.test", Class: Other, Source: 3},
		"another source": {Realm: "example.test", Class: Register, Source: 4},
		"nothing":        {},
	} {
		if _, verdict := nonces.Check(start, nonce, binding); verdict != Forged {
			t.Errorf("%s: %v", reason, verdict)
		}
	}
}

func TestNonceForgeries(t *testing.T) {
	nonces := NewNonces(secret, 0)
	nonce := issue(t, nonces, start, binding, 7)
	forgeries := []string{
		"", "x", nonce[1:], nonce + "A", nonce + "=", "=" + nonce[1:], strings.Repeat("A", NonceLength),
		nonce[:31] + "\n", nonce[:30] + "\r\n", "\n" + nonce[1:], nonce[:28] + "====", nonce[:31] + "+", nonce[:31] + "\xff",
		strings.Repeat("\n", NonceLength),
	}
	// Every single changed character is found out: there is one text for a nonce.
	for i := range nonce {
		changed := []byte(nonce)
		if changed[i]++; changed[i] == '[' || changed[i] == '{' || changed[i] == ':' || changed[i] == '`' || changed[i] == '.' {
			changed[i] = 'A'
		}
		forgeries = append(forgeries, string(changed))
	}
	for _, forgery := range forgeries {
		if _, verdict := nonces.Check(start, forgery, binding); verdict != Forged {
			t.Errorf("%q: %v, want forged", forgery, verdict)
		}
	}
}

func TestNonceSaltTellsApart(t *testing.T) {
	nonces := NewNonces(secret, 0)
	if issue(t, nonces, start, binding, 1) == issue(t, nonces, start, binding, 2) {
		t.Error("two salts give one nonce")
	}
	if nonces.Lifetime() != Lifetime {
		t.Errorf("lifetime %v, want the default", nonces.Lifetime())
	}
}

func TestChallengingDoesNotAllocate(t *testing.T) {
	nonces := NewNonces(secret, 0)
	buffer := make([]byte, 0, 1024)
	scratch := make([]byte, 0, NonceLength)
	allocations := testing.AllocsPerRun(100, func() {
		scratch = nonces.Append(scratch[:0], start, binding, 7)
		buffer = Challenge{Realm: "example.test", Nonce: string(scratch), Algorithm: SHA256}.Append(buffer[:0])
		buffer = Challenge{Realm: "example.test", Nonce: string(scratch), Algorithm: MD5}.Append(buffer)
	})
	if allocations != 0 {
		t.Errorf("two challenges allocate %v times", allocations)
	}
	nonce := string(scratch)
	allocations = testing.AllocsPerRun(100, func() {
		if _, verdict := nonces.Check(start, nonce, binding); verdict != Fresh {
			t.Fatal(verdict)
		}
		Decoy(secret, SHA256, "nobody")
	})
	if allocations != 0 {
		t.Errorf("a check and a decoy allocate %v times", allocations)
	}
}

func BenchmarkNonce(b *testing.B) {
	nonces := NewNonces(secret, 0)
	nonce := string(nonces.Append(nil, start, binding, 7))
	b.ReportAllocs()
	for b.Loop() {
		if _, verdict := nonces.Check(start, nonce, binding); verdict != Fresh {
			b.Fatal(verdict)
		}
	}
}
