package transport

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"hookflash/internal/testca"
	"hookflash/machine"
)

const (
	// idleLimit is what an idle connection may take, in bytes of heap and stacks.
	idleLimit = 40 << 10
	// idleClients names the environment variable that makes TestIdleClients a child:
	// "transport address count".
	idleClients = "TRANSPORT_IDLE_CLIENTS"
	idleRoots   = "TRANSPORT_IDLE_ROOTS"
)

// TestIdleConnections: what a connection takes that has sent a message and waits. All of
// 10,000 with HOOKFLASH_SIZE=full.
func TestIdleConnections(t *testing.T) {
	count := 300
	if os.Getenv("HOOKFLASH_SIZE") == "full" {
		count = 10_000
	}
	for _, transport := range []machine.Transport{machine.TCP, machine.TLS, machine.WS, machine.WSS} {
		authority := testca.New(t)
		handler := newRecorder()
		s := newStreams(t, handler, StreamOptions{MaxPerSource: count})
		config := ServerTLS(authority.Issue(t, testca.Wish{}).Certificate, nil, tls.VersionTLS13)
		s.Secure(Security{Server: config, Web: config})
		local, err := s.ListenFor(transport, loopbacks[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		before := settled()
		child := exec.Command(os.Args[0], "-test.run=^TestIdleClients$", "-test.count=1")
		child.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %d", idleClients, transport, local, count), idleRoots+"="+string(authority.PEM()))
		var said bytes.Buffer
		child.Stdout, child.Stderr = &said, &said
		hold, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for range count {
			handler.want(t, "each sends a message", "messages")
		}
		each := (settled() - before) / count
		t.Logf("%v: %d bytes for each of %d idle connections", transport, each, count)
		if each > idleLimit {
			t.Errorf("an idle connection over %v takes %d bytes, at most %d", transport, each, idleLimit)
		}
		_ = hold.Close()
		if err := child.Wait(); err != nil {
			t.Errorf("the clients: %v\n%s", err, said.Bytes())
		}
		for range count {
			handler.want(t, "each closes", "closed")
		}
	}
}

// settled is the memory in use, garbage and stacks grown for the moment left out.
func settled() int {
	for range 4 { // a stack shrinks by half at a time
		runtime.GC()
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int(memory.HeapAlloc + memory.StackInuse)
}

// TestIdleClients is the other process of TestIdleConnections, until its standard input ends.
func TestIdleClients(t *testing.T) {
	task := os.Getenv(idleClients)
	if task == "" {
		t.Skip("TestIdleConnections runs this in another process")
	}
	var transport machine.Transport
	var where string
	var count int
	if _, err := fmt.Sscan(task, &transport, &where, &count); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(os.Getenv(idleRoots)))
	address := netip.MustParseAddrPort(where)
	for i := range count {
		p := openTrusting(t, transport, address, roots)
		write(t, p, p.encode(numbered(i)))
	}
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}
