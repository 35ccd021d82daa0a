//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// clicks has a user's phone call somebody, as a page does that has the user's token.
func (s *server) clicks(t testing.TB, user, to string) {
	t.Helper()
	token, _, _ := strings.Cut(s.administer(t, "token", "create", "--user", user), "\n")
	body := bytes.NewReader(fmt.Appendf(nil, `{"to":%q}`, to))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.http.String()+"/api/calls", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusCreated {
		t.Fatalf("POST /api/calls: %s: %s", response.Status, text)
	}
}

// TestClickSIPp: each column of RFC 5359 §2.18 is a stranger once.
func TestClickSIPp(t *testing.T) {
	t.Run("pc", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		s.stranger(t, "clicks", "bob", 1, "target", bob.gruu()).ends(t)
		carol.expect(t, "it rings", "incoming")
		carol.do(t, "answer")
		bob.hears(t, "connected", carolTone)
		carol.hears(t, "connected", bobTone)
		if told := bob.newest(true, "NOTIFY "); told != "" {
			t.Errorf("nobody is told of a REFER without a subscription:\n%s", told)
		}
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		carol := s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "clicked", "bob", 1)
		s.clicks(t, "bob", "carol")
		carol.meetsCaller(t, bob.ears[0])
		bob.goOn(t, carol.callID(t, false, "INVITE "))
		bob.ends(t)
		carol.alone(t, "the BYE arrives")
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "called", "carol", 1)
		s.clicks(t, "bob", "1003")
		bob.hears(t, "connected", sippTone)
		carol.ears[0].hears(t, "connected", bobTone)
		bob.do(t, "hangup")
		carol.ends(t)
	})
}

// TestClickBaresip: baresip 1.0 takes no REFER that is no part of a call, so it is called, and then connected.
func TestClickBaresip(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	rtp := tap(t)
	bob, carol := s.phone(t, account{user: "bob", tone: bobTone}), s.desk(t, "carol", carolTone)
	s.clicks(t, "bob", "carol")
	bob.expect(t, "it is called first", "CALL_INCOMING")
	bob.do(t, "accept", "")
	carol.expect(t, "then the target", "incoming")
	carol.do(t, "answer")
	carol.hears(t, "connected", bobTone)
	rtp.takes(t, "connected", bob.mediaPort(t), carolTone)
	carol.do(t, "hangup")
	bob.expect(t, "the end is passed on", "CALL_CLOSED")
}

// TestClickLinphone: linphonec is the phone that is to call, and the target.
func TestClickLinphone(t *testing.T) {
	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
		bob.registered(t)
		carol := s.desk(t, "carol", carolTone)
		s.clicks(t, "bob", "carol")
		bob.logged(t, "it is called first", "incoming call from ")
		bob.do(t, "answer")
		carol.expect(t, "then the target", "incoming")
		carol.do(t, "answer")
		carol.hears(t, "connected", bobTone)
		bob.hears(t, "connected", carolTone)
	})
	t.Run("target", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob := s.desk(t, "bob", bobTone)
		carol := s.startLinphone(t, account{user: "carol", tone: carolTone})
		carol.registered(t)
		s.clicks(t, "bob", "carol")
		carol.logged(t, "it is called", "incoming call from sip:bob@"+domain)
		carol.do(t, "answer")
		bob.hears(t, "connected", carolTone)
		carol.hears(t, "connected", bobTone)
	})
}
