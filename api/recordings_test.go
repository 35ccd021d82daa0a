package api

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/store/recording"
)

// Recordings that there are.
const (
	ofBob   = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	ofAlice = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	ofRoom  = "cccccccccccccccccccccccccc"
)

// recordings are one of bob's, one of alice's, and one of a room.
func recordings(t *testing.T) *recording.Store {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := root.Mkdir("kept", 0o700); err != nil {
		t.Fatal(err)
	}
	for i, r := range []recording.Recording{
		{ID: ofBob, Owner: "bob", With: []string{"sip:alice@example.test"}},
		{ID: ofAlice, Owner: "alice"},
		{ID: ofRoom, Room: "3300"},
	} {
		r.Began, r.Whole, r.Lasted, r.Octets = noon.Add(time.Duration(i)*time.Hour), true, 3*time.Second, 48
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{".json": text, ".wav": []byte("RIFF of " + r.ID)} {
			if err := os.WriteFile(filepath.Join(folder, "kept", r.ID+name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := recording.Open(recording.Settings{Root: root, Incoming: "incoming", Kept: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordings(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	o.want("administrators see all, the latest first", 200, o.send("GET", "/recordings", ""), ofRoom, ofAlice, ofBob)
	o.want("or those of somebody", 200, o.send("GET", "/recordings?owner=alice", ""), ofAlice)
	first := o.send("GET", "/recordings?limit=1", "")
	o.want("in parts", 200, first, ofRoom, `"next"`)
	var page Page[Recording]
	if err := json.Unmarshal([]byte(first.text), &page); err != nil {
		t.Fatal(err)
	}
	o.want("one after the other", 200, o.send("GET", "/recordings?limit=1&cursor="+page.Next, ""), ofAlice)
	list := bob.send("GET", "/recordings", "")
	o.want("bob sees his own", 200, list, ofBob, `"seconds":3`, "sip:alice@example.test")
	for _, other := range []string{ofAlice, ofRoom} {
		if strings.Contains(list.text, other) {
			t.Errorf("and no others: %s", list.text)
		}
	}
	heard := bob.send("GET", "/recordings/"+ofBob+"/audio", "")
	o.want("bob hears his own", 200, heard, "RIFF of "+ofBob)
	if heard.Header.Get("Content-Type") != "audio/wav" || heard.Header.Get("Cache-Control") != "no-store" || heard.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("as what it is, and nobody keeps it: %v", heard.Header)
	}
	o.want("a part of it", 206, bob.send("GET", "/recordings/"+ofBob+"/audio", "", "Range", "bytes=0-3"), "RIFF")
	o.want("it goes", 204, bob.send("DELETE", "/recordings/"+ofBob, ""))
	o.want("and is gone", 404, bob.send("GET", "/recordings/"+ofBob+"/audio", ""))
}

// TestRecordingsOfOthers: nothing tells whether there is one of somebody else's, and no name leads anywhere but to recordings.
func TestRecordingsOfOthers(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	wanted := ""
	for _, name := range []string{
		strings.Repeat("d", 26), ofAlice, ofRoom, "..", "%2e%2e", "..%2f..%2fadmin.token", "%2fetc%2fpasswd", ofAlice + ".wav", ofBob + "%00", ofBob + "%2f..%2f" + ofAlice, "0", "1",
	} {
		for _, way := range []struct{ method, tail, body string }{{"GET", "", ""}, {"GET", "/audio", ""}, {"POST", "/links", `{}`}, {"DELETE", "", ""}} {
			got := bob.send(way.method, "/recordings/"+name+way.tail, way.body)
			if got.StatusCode != 404 && got.StatusCode != 301 && got.StatusCode != 307 && got.StatusCode != 405 {
				t.Errorf("%s %s%s: %d %s", way.method, name, way.tail, got.StatusCode, got.text)
			}
			if len(name) == 26 && way.tail == "" && way.method == "GET" {
				if wanted == "" {
					wanted = got.text
				}
				if got.text != wanted {
					t.Errorf("%s: who has none is told the same: %s", name, got.text)
				}
			}
		}
	}
	if len(o.taken.List("", true)) != 3 {
		t.Error("somebody deleted a recording")
	}
	o.want("nor does asking for the owner's help", 200, bob.send("GET", "/recordings?owner=alice", ""), ofBob)
}

// TestRecordingLinks: a link is good for one recording and a while, and nobody makes one up.
func TestRecordingLinks(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	made := bob.send("POST", "/recordings/"+ofBob+"/links", `{"seconds":60}`)
	o.want("bob makes a link", 200, made, `"expires":"2026-06-01T12:01:00Z"`)
	var link RecordingLink
	if err := json.Unmarshal([]byte(made.text), &link); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link.Path, Prefix)
	nobody := []string{"Authorization", ""}
	o.want("it needs no token", 200, o.send("GET", path, "", nobody...), "RIFF of "+ofBob)
	for _, test := range []struct{ reason, path string }{
		{"without the signature", strings.Split(path, "&")[0]},
		{"with another one", path[:len(path)-2] + "xx"},
		{"with an empty one", strings.Split(path, "signature=")[0] + "signature="},
		{"for longer", strings.Replace(path, "expires=1780315260", "expires=1780399999", 1)},
		{"for another recording", strings.Replace(path, ofBob, ofAlice, 1)},
		{"for what is known of it", strings.Replace(path, "/audio", "", 1)},
		{"for all of them", "/recordings?" + strings.Split(path, "?")[1]},
	} {
		if test.path == path {
			t.Fatalf("%s: %s", test.reason, path)
		}
		o.want(test.reason, 401, o.send("GET", test.path, "", nobody...))
	}
	o.want("nobody deletes by it", 401, o.send("DELETE", strings.Replace(path, "/audio", "", 1), "", nobody...))
	o.want("a link that lasts too long", 422, bob.send("POST", "/recordings/"+ofBob+"/links", `{"seconds":3601}`))
	o.now = noon.Add(59 * time.Second)
	o.want("just in time", 200, o.send("GET", path, "", nobody...))
	o.now = noon.Add(time.Minute)
	o.want("it is over", 401, o.send("GET", path, "", nobody...))
	o.want("bob's token is good still", 200, bob.send("GET", path, ""))
}
