package server

import (
	"crypto/md5"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
)

var noncePattern = regexp.MustCompile(`nonce="([^"]*)"`)

// benchServer is an open server whose sockets nobody uses: batches are stepped by hand.
func benchServer(b *testing.B) *Server {
	b.Helper()
	text := "domain: bench.test\nlisten: {sip: [\"udp:127.0.0.1:0\"], http: off}\ndata: " + filepath.Join(b.TempDir(), "data") +
		"\ndigest: [MD5]\nusers:\n"
	for i := range 100 {
		text += fmt.Sprintf("  - {name: user%04d, password: pass%04d}\n", i, i)
	}
	c, _, err := config.Parse([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(Options{Config: c})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func benchRegister(i int, credentials string) string {
	return fmt.Sprintf("REGISTER sip:bench.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.9.9.2:5090;branch=z9hG4bK-%d-%d;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:user%04d@bench.test>;tag=r%d\r\nTo: <sip:user%04d@bench.test>\r\nCall-ID: %d-77@127.9.9.2\r\n"+
		"CSeq: 1 REGISTER\r\nContact: <sip:user%04d@127.9.9.2:5080>;expires=3600\r\n%sUser-Agent: bench-reg/1\r\nContent-Length: 0\r\n\r\n",
		i, len(credentials), i%100, i, i%100, i, i%100, credentials)
}

// BenchmarkRegisterDigest is one registration with its challenge: two requests stepped,
// kept in the log, and their responses made, but not sent.
func BenchmarkRegisterDigest(b *testing.B) {
	s := benchServer(b)
	flow := machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("127.9.9.2:5090")}
	batch := s.newBatch()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now := time.Now()
		_ = batch.packet(now, benchRegister(i, ""), flow)
		nonce := noncePattern.FindSubmatch(batch.out.Sends[0].Data)[1]
		batch.out.Sends[0].Data = nil
		batch.flush(now)
		user, uri := fmt.Sprintf("user%04d", i%100), "sip:bench.test"
		one := md5.Sum(fmt.Appendf(nil, "%s:bench.test:pass%s", user, user[4:]))
		two := md5.Sum([]byte("REGISTER:" + uri))
		answer := md5.Sum(fmt.Appendf(nil, "%x:%s:00000001:abcd:auth:%x", one, nonce, two))
		_ = batch.packet(now, benchRegister(i, fmt.Sprintf("Authorization: Digest username=\"%s\",realm=\"bench.test\",cnonce=\"abcd\",nc=00000001,qop=auth,"+
			"uri=\"%s\",nonce=\"%s\",response=\"%x\",algorithm=MD5\r\n", user, uri, nonce, answer)), flow)
		if status := batch.out.Sends[0].Data[:12]; string(status) != "SIP/2.0 200 " {
			b.Fatalf("got %s", batch.out.Sends[0].Data)
		}
		batch.out.Sends[0].Data = nil
		batch.flush(now)
	}
}
