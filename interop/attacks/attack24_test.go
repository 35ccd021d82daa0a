//go:build interop

package attacks

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hookflash/internal/testdns"
	"hookflash/sip"
)

// metadata is what must never be asked: a server for machines of a cloud, which trusts whoever reaches it.
type metadata struct {
	address netip.AddrPort
	hits    atomic.Int64 // connections and datagrams
}

func newMetadata(t *testing.T) *metadata {
	t.Helper()
	m := &metadata{address: freeAddress(t)}
	listener, err := net.Listen("tcp", m.address.String())
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(m.address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); packets.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			m.hits.Add(1)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
			c.Close()
		}
	}()
	go func() {
		buffer := make([]byte, 1)
		for {
			if _, err := packets.Read(buffer); isClosed(err) {
				return
			}
			m.hits.Add(1)
		}
	}()
	return m
}

// urls lead to the metadata, in spellings that filters overlook.
func (m *metadata) urls() []string {
	port := m.address.Port()
	octets := m.address.Addr().As4()
	number := uint32(octets[0])<<24 | uint32(octets[1])<<16 | uint32(octets[2])<<8 | uint32(octets[3])
	urls := []string{
		fmt.Sprintf("http://%s/latest/meta-data/", m.address), fmt.Sprintf("https://%s/cert.pem", m.address),
		fmt.Sprintf("http://rebind.evil:%d/ring.wav", port), fmt.Sprintf("https://rebind.evil:%d/ring.wav", port),
		fmt.Sprintf("HTTP://metadata.evil:%d/", port), fmt.Sprintf("ftp://%s/x", m.address), fmt.Sprintf("rtsp://%s/x", m.address), fmt.Sprintf("gopher://%s/_x", m.address),
		fmt.Sprintf("http://%d:%d/", number, port), fmt.Sprintf("http://0x%08x:%d/", number, port), fmt.Sprintf("http://[::ffff:%s]:%d/", m.address.Addr(), port),
		fmt.Sprintf("http://user:password@%s/", m.address), fmt.Sprintf("http://good.test@%s/", m.address), fmt.Sprintf("//%s/x", m.address), fmt.Sprintf("data://%s/x", m.address),
		fmt.Sprintf("tftp://%s/x", m.address), fmt.Sprintf("ldap://%s/x", m.address), fmt.Sprintf("file://%s/etc/passwd", m.address), fmt.Sprintf("http://%s/redirect?to=http://169.254.169.254/", m.address),
	}
	if full {
		return urls
	}
	return urls[:6]
}

// TestAttack24ServerSideRequests: a URL of a caller's, wherever one can stand, is fetched by the server, which reaches what
// the caller does not.
//
// Anchor: AST-2022-002 (the URL of an Identity), AST-2022-001 (its size), GHSA-85x7-54wr-vh42 (external entities). Must: no
// URL of a caller's is fetched, ever; XML has no entities but those that are built in.
//
// Figure: over Alert-Info, Error-Info, Call-Info, Identity, Refer-To, Contact and more, in requests and responses; as the
// names of announcements, music and parking places; as targets of clicks and forwarding; as external entities in
// bodies of NOTIFY, PUBLISH and others, at the server and at our own phone: 0 connections or datagrams to a metadata server, 0
// questions for the name that leads to it at the second time.
func TestAttack24ServerSideRequests(t *testing.T) { serverSideRequests(t, "guests: true") }

// TestAttack24Bridged is the same where the server stands in all calls.
func TestAttack24Bridged(t *testing.T) { serverSideRequests(t, "guests: true", "assist: all") }

func serverSideRequests(t *testing.T, lines ...string) {
	t.Helper()
	secret := newMetadata(t)
	names := testdns.Start(t, fmt.Sprintf("metadata.evil. A %s\nrebind.evil. A 198.51.100.1\ncontrol.evil. A 198.51.100.1\n", secret.address.Addr()))
	var asked atomic.Int64
	names.Set("rebind.evil.", testdns.Behaviour{Lie: func(reply *dns.Msg) {
		if a, ok := first(reply.Answer).(*dns.A); ok && asked.Add(1) > 1 {
			a.A = secret.address.Addr().AsSlice()
		}
	}})
	s := startServer(t, setup{names: names.Address(), keys: map[string]string{"carol": `numbers: ["1003"]`}, lines: lines})
	beside(t, s, func() {
		dave := startOwnPhone(t, s, "dave", "--auto-answer")
		carol, mallory := newPhone(t, s, "carol"), &prober{newPhone(t, s, "mallory"), map[int]int{}}
		carol.register(t)
		mallory.register(t)
		if response, _ := mallory.tryRequest(mallory.request("OPTIONS", "sip:x@control.evil")); response == nil {
			t.Log("the control of the name server was not answered")
		}
		eventually(t, patience, "the server asks this name server", func() bool { return len(names.Asked()) > 0 })
		if _, err := client.Get("http://" + secret.address.String()); err != nil || secret.hits.Swap(0) != 1 {
			t.Fatalf("who asks for the metadata is counted: %v", err)
		}
		for _, text := range secret.urls() {
			inFields(mallory, text)
			inResponses(t, mallory, carol, text)
			inNames(mallory, text)
			inBodies(mallory, text)
			overAPI(t, s, text)
		}
		if calls := dave.do(t, "calls").Calls; len(calls) > 0 {
			t.Logf("dave's phone is in %d calls", len(calls))
		}
		time.Sleep(silently)
		t.Logf("the answers: %v", mallory.codes)
	})
	for _, name := range names.Asked() {
		if strings.Contains(name, "rebind") || strings.Contains(name, "metadata") {
			t.Errorf("the server asked for %s", name)
		}
	}
	if hits := secret.hits.Load(); hits != 0 {
		t.Errorf("the metadata server was asked %d times", hits)
	}
}

func first[T any](list []T) (item T) {
	if len(list) > 0 {
		item = list[0]
	}
	return item
}

// urlFields are the lines that a URL can stand in.
func urlFields(text string) []string {
	return []string{
		"Alert-Info: <" + text + ">", "Error-Info: <" + text + ">", "Call-Info: <" + text + ">;purpose=icon", "Call-Info: <" + text + ">;purpose=call-completion;m=BS", "Call-Info: <" + text + ">;purpose=jcard",
		`Identity: eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cCJ9.e30.x;info=<` + text + `>;alg=ES256;ppt="shaken"`,
		"Identity-Info: <" + text + ">;alg=rsa-sha1", "Geolocation: <" + text + ">", "Referred-By: <" + text + ">", "Reply-To: <" + text + ">", "P-Asserted-Identity: <" + text + ">", "History-Info: <" + text + ">;index=1",
		"Diversion: <" + text + ">;reason=unconditional", "Path: <" + text + ">", "Service-Route: <" + text + ">", "Route: <" + text + ">", "Policy-Contact: <" + text + ">", "Feature-Caps: *;+g.3gpp.x=\"" + text + "\"",
		"Content-Type: message/external-body; access-type=\"URL\"; expiration=\"Mon, 24 June 2030 09:00:00 GMT\"; URL=\"" + text + "\"; size=100", "Suppress-If-Match: " + text, "SIP-If-Match: " + text,
		"Refer-To: <" + text + ">", "Refer-To: <sip:carol@" + domain + "?Alert-Info=" + url.QueryEscape("<"+text+">") + ">",
	}
}

// agents are where the server's own user agents are reached.
var agents = []string{"announce", "voicemail", "menu", "music", "park", "lamps", "redial", "click", "bridge", "conference"}

// inFields puts a URL into header fields of requests to users, agents and the server.
func inFields(who *prober, text string) {
	fields := urlFields(text)
	targets := append([]string{"carol", "dave", "mallory"}, agents...)
	methods := []string{"INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "OPTIONS", "INFO", "UPDATE"}
	for i, field := range fields {
		for j, target := range targets {
			method := methods[(i+j)%len(methods)]
			if strings.HasPrefix(field, "Refer-To") {
				method = "REFER"
			}
			r := who.request(method, addressOf(target))
			r.fields = append(r.fields, field, "Event: dialog")
			if !strings.HasPrefix(field, "Content-Type") && method == "INVITE" {
				r.body = offer(who.local.Addr())
			}
			who.leave(r)
		}
	}
	for _, contact := range []string{"<" + text + ">", "<sip:mallory@" + who.place() + ">;+x=\"" + text + "\"", "<" + text + ">;expires=60"} {
		r := who.registration(60)
		r.contact = contact
		who.leave(r)
	}
}

// prober asks for much, and counts the answers.
type prober struct {
	*phone
	codes map[int]int
}

// leave sends a request and waits for its answer only for a moment; a call that comes about is hung up.
func (p *prober) leave(r *request) {
	if r.method == "INVITE" {
		c, code := p.tryCall(r)
		p.codes[code]++
		if c != nil {
			_ = c.hangUp() // the other side may have been faster
		}
		return
	}
	p.sign(r)
	response, err := p.once(r, 100*time.Millisecond)
	if err == nil && (response.StatusCode() == 407 || response.StatusCode() == 401) && p.learn(response) == nil {
		again := r.again()
		p.sign(again)
		response, err = p.once(again, 100*time.Millisecond)
	}
	if err != nil {
		p.codes[0]++
		return
	}
	p.codes[response.StatusCode()]++
}

// inResponses has whom mallory calls answer with the URL.
func inResponses(t *testing.T, caller *prober, callee *phone, text string) {
	t.Helper()
	var line string
	status := ""
	callee.onRequest(func(p *phone, m *sip.Message) {
		if m.Method() != sip.INVITE {
			p.accept(m)
			return
		}
		p.respond(m, status, line)
	})
	for _, field := range append(urlFields(text), "Contact: <"+text+">") {
		for _, code := range []string{"486 Busy Here", "302 Moved Temporarily", "603 Decline", "380 Alternative Service"} {
			if !full && code[0] != '4' && !strings.HasPrefix(field, "Contact") {
				continue
			}
			status, line = code, field
			if strings.HasPrefix(code, "302") && !strings.HasPrefix(field, "Contact") {
				continue
			}
			r := caller.request("INVITE", addressOf(callee.name))
			r.body = offer(caller.local.Addr())
			caller.leave(r)
		}
	}
	callee.onRequest(nil)
}

// inNames has a URL stand where an agent reads a name.
func inNames(who *prober, text string) {
	escaped := strings.NewReplacer("+", "%20").Replace(url.QueryEscape(text))
	for _, uri := range []string{
		"sip:announce@%s;announcement=%s", "sip:announce@%s;play=%s", "sip:annc@%s;play=%s", "sip:dialog@%s;voicexml=%s", "sip:music@%s;music=%s", "sip:park@%s;orbit=%s", "sip:menu@%s;menu=%s",
		"sip:voicemail@%s;target=%s;cause=486", "sip:redial@%s;to=%s", "sip:click@%s;to=%s", "sip:carol@%s?Alert-Info=%s", "sip:carol@%s;music=%s",
	} {
		for _, name := range []string{escaped, text} {
			for _, method := range []string{"INVITE", "SUBSCRIBE"} {
				r := who.request(method, fmt.Sprintf(uri, domain, name))
				if r.body = ""; method == "INVITE" {
					r.body = offer(who.local.Addr())
				}
				r.fields = append(r.fields, "Event: dialog")
				who.leave(r)
			}
		}
	}
	who.leave(who.request("INVITE", text))
}

// inBodies has XML fetch it.
func inBodies(who *prober, text string) {
	doctypes := []string{
		`<!DOCTYPE x [<!ENTITY e SYSTEM "` + text + `">]>`, `<!DOCTYPE x SYSTEM "` + text + `">`, `<!DOCTYPE x [<!ENTITY % p SYSTEM "` + text + `"> %p;]>`,
		`<?xml-stylesheet type="text/xsl" href="` + text + `"?>`,
	}
	kinds := [][3]string{
		{"dialog", "application/dialog-info+xml", `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x %[1]s" version="0" state="full" entity="sip:mallory@example.test"><xi:include href="%[1]s"/><dialog id="1">%[2]s<state>confirmed</state></dialog></dialog-info>`},
		{"presence", "application/pidf+xml", `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:mallory@example.test"><tuple id="1"><status><basic>closed</basic></status><note>%[2]s</note></tuple><x href="%[1]s"/></presence>`},
		{"conference", "application/conference-info+xml", `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:x" version="1"><x src="%[1]s">%[2]s</x></conference-info>`},
		{"reg", "application/reginfo+xml", `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full"><registration aor="sip:x" id="1" state="active"><contact id="1" state="active" event="registered"><uri>%[1]s%[2]s</uri></contact></registration></reginfo>`},
		{"message-summary", "application/simple-message-summary", "Messages-Waiting: yes\r\nMessage-Account: %[1]s\r\n%[2]s"},
		{"call-completion", "application/call-completion", "cc-state: ready\r\ncc-URI: %[1]s\r\n%[2]s"},
		{"refer", "message/sipfrag", "SIP/2.0 302 Moved\r\nContact: <%[1]s>\r\nError-Info: <%[1]s>%[2]s"},
		{"dialog", "application/resource-lists+xml", `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><external anchor="%[1]s"/><entry uri="%[1]s"/>%[2]s</list></resource-lists>`},
		{"presence", "application/simple-filter+xml", `<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"><filter id="1" uri="%[1]s">%[2]s</filter></filter-set>`},
	}
	for i, kind := range kinds {
		for j, doctype := range doctypes {
			body := `<?xml version="1.0"?>` + doctype + fmt.Sprintf(kind[2], text, "&e;")
			for k, target := range append([]string{"dave", "mallory"}, agents...) {
				if !full && (i+j+k)%4 != 0 {
					continue
				}
				method := []string{"PUBLISH", "NOTIFY", "MESSAGE", "SUBSCRIBE"}[(i+j+k)/2%4]
				if target == "dave" {
					method = "NOTIFY"
				}
				r := who.request(method, addressOf(target))
				r.body = body
				r.fields = append(r.fields, "Event: "+kind[0], "Content-Type: "+kind[1], "Subscription-State: active;expires=60")
				who.leave(r)
			}
		}
	}
}

// overAPI has the administrator's own token ask for it: what a page passes on may be anybody's.
func overAPI(t *testing.T, s *server, text string) {
	t.Helper()
	for path, body := range map[string]string{
		"PUT users/alice/routing": `{"forward": {"unconditional": %q}}`, "POST calls": `{"from": "dave", "to": %q, "user": "dave", "target": %q}`, "PUT users/erin": `{"name": "erin", "password": "long and random", "music": %q}`,
		"POST redials": `{"user": "dave", "to": %q, "target": %q}`,
	} {
		method, path, _ := strings.Cut(path, " ")
		body = strings.ReplaceAll(body, "%q", fmt.Sprintf("%q", text))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		request, err := http.NewRequestWithContext(ctx, method, "http://"+s.http.String()+"/api/v1/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+adminToken(t, s))
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		cancel()
		if err != nil {
			t.Errorf("%s %s: %v", method, path, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode/100 == 2 || response.StatusCode >= 500 {
			t.Errorf("%s %s with %s is answered %d", method, path, text, response.StatusCode)
		}
	}
}
