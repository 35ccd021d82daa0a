package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/internal/testca"
)

func TestTLS(t *testing.T) {
	folder, authority := t.TempDir(), testca.New(t)
	day := 24 * time.Hour
	issue := func(name string, wish testca.Wish) string {
		certificate, _ := authority.Issue(t, wish).Write(t, folder, name)
		return certificate
	}
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := issue("good", testca.Wish{})
	key := filepath.Join(folder, "good-key.pem")
	issue("other", testca.Wish{})
	otherKey := filepath.Join(folder, "other-key.pem")
	old := issue("old", testca.Wish{From: time.Now().Add(-2 * day), Until: time.Now().Add(-day)})
	young := issue("young", testca.Wish{From: time.Now().Add(day), Until: time.Now().Add(2 * day)})
	soon := issue("soon", testca.Wish{From: time.Now().Add(-80 * day), Until: time.Now().Add(10 * day)})
	roots := authority.Write(t, folder, "roots")
	empty := write("empty.pem", "nothing\n")
	encrypted := write("encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	broken := write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

	for _, test := range []struct {
		reason, keys, want string
		warning            bool
	}{
		{"good", "{certificate: " + good + ", key: " + key + "}", "", false},
		{"with everything", "{certificate: " + good + ", key: " + key + ", client-ca: " + roots + ", ca: " + roots + ", minimum: 1.2}", "", false},
		{"a version in quotes", "{certificate: " + good + ", key: " + key + `, minimum: "1.3"}`, "", false},
		{"a certificate alone", "{certificate: " + good + "}", "tls: names a certificate and no key; write tls: {certificate: FILE, key: FILE}", false},
		{"a key alone", "{key: " + key + "}", "tls: names a key and no certificate", false},
		{"no such file", "{certificate: missing.pem, key: " + key + "}", `:3:20: tls.certificate: "missing.pem" does not exist; name a file in PEM; paths are relative to the working directory`, false},
		{"no such key", "{certificate: " + good + ", key: missing.pem}", `tls.key: "missing.pem" does not exist`, false},
		{"a folder", "{certificate: " + folder + ", key: " + key + "}", "is not a file of at most 1 MiB", false},
		{"a device", "{certificate: /dev/zero, key: " + key + "}", "is not a file of at most 1 MiB", false},
		{"nothing in it", "{certificate: " + empty + ", key: " + key + "}", `empty.pem" holds no certificate; name a PEM file with BEGIN CERTIFICATE in it`, false},
		{"a broken certificate", "{certificate: " + broken + ", key: " + key + "}", `broken.pem" holds no certificate`, false},
		{"the key for the certificate", "{certificate: " + key + ", key: " + key + "}", "holds no certificate", false},
		{"the certificate for the key", "{certificate: " + good + ", key: " + good + "}", "holds no private key that can be read; name a PEM file with BEGIN PRIVATE KEY in it", false},
		{"an encrypted key", "{certificate: " + good + ", key: " + encrypted + "}", "decrypt it, since nobody is there to type a passphrase: openssl pkey", false},
		{"another's key", "{certificate: " + good + ", key: " + otherKey + "}", fmt.Sprintf("tls.key: %q is not the key of the certificate in %q", otherKey, good), false},
		{"no authority", "{certificate: " + good + ", key: " + key + ", client-ca: " + empty + "}", `tls.client-ca: "` + empty + `" holds no certificate of an authority`, false},
		{"no authority of servers", "{ca: missing.pem}", `tls.ca: "missing.pem" does not exist`, false},
		{"an old version", "{certificate: " + good + ", key: " + key + ", minimum: 1.1}", `tls.minimum: is no version that may be used; write "1.3"`, false},
		{"over", "{certificate: " + old + ", key: " + strings.Replace(old, ".pem", "-key.pem", 1) + "}", `old.pem" ran out at `, true},
		{"not yet", "{certificate: " + young + ", key: " + strings.Replace(young, ".pem", "-key.pem", 1) + "}", "is not valid before ", true},
		{"over soon", "{certificate: " + soon + ", key: " + strings.Replace(soon, ".pem", "-key.pem", 1) + "}", `soon.pem" runs out at `, true},
	} {
		text := "domain: example.test\nlisten: {sip: [tls:127.0.0.1:5061, wss:127.0.0.1:5067]}\ntls: " + test.keys + "\n"
		if strings.HasPrefix(test.keys, "{ca:") {
			text = strings.Replace(text, "tls:127.0.0.1:5061, wss:", "udp:", 1)
		}
		config, warnings, err := Parse([]byte(text))
		switch {
		case test.want == "":
			if err != nil || len(warnings) != 0 {
				t.Errorf("%s: %v %v", test.reason, err, warnings)
				continue
			}
			if loaded, err := config.TLS.Load(); err != nil || loaded.Own.PrivateKey == nil {
				t.Errorf("%s: it can be loaded: %v", test.reason, err)
			}
		case test.warning:
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), test.want) {
				t.Errorf("%s: a warning with %q: %v %v", test.reason, test.want, err, warnings)
			}
		default:
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: one mistake with %q:\n%v", test.reason, test.want, err)
			}
		}
	}
	if _, err := (&TLS{Certificate: "missing.pem", Key: key, Minimum: tls.VersionTLS13}).Load(); err == nil {
		t.Error("a file that vanished is told")
	}
}

func TestSecuredListeners(t *testing.T) {
	for _, test := range []struct{ reason, text, want string }{
		{"TLS without a certificate", listen("tls:127.0.0.1:5061"), "listen.sip[0]: tls:127.0.0.1:5061 needs a certificate; write tls: {certificate: FILE, key: FILE}"},
		{"WSS without a certificate", listen("wss:127.0.0.1:5067"), "listen.sip[0]: wss:127.0.0.1:5067 needs a certificate"},
		{"TCP and TLS on one port", listen("tcp:127.0.0.1:5061, ws:127.0.0.1:5061"), "listen.sip[1]: ws:127.0.0.1:5061 takes the same port as listen.sip[0], tcp:127.0.0.1:5061"},
		{"WS on the HTTP port", listen("ws:127.0.0.1:8080"), "takes the same port as listen.http"},
		{"any origin", add(`origins: ["*"]`), "would let pages of strangers use the phones of whoever reads them"},
		{"any below", add(`origins: ["https://*.example.test"]`), "would let pages of strangers"},
		{"no scheme", add("origins: [example.test]"), `origins[0]: "example.test" is not where a page comes from`},
		{"another scheme", add("origins: [ftp://example.test]"), "is not where a page comes from"},
		{"a path", add("origins: [https://example.test/phone]"), "says more than browsers send; write https://example.test"},
		{"a slash", add("origins: [https://example.test/]"), "says more than browsers send; write https://example.test"},
		{"the usual port", add("origins: [https://example.test:443]"), "names the usual port, which browsers leave out; write https://example.test"},
		{"twice", add("origins: [https://a.test, HTTPS://A.test]"), `origins[1]: "https://a.test" stands in the list twice`},
	} {
		_, _, err := Parse([]byte(test.text))
		var wrong *Error
		if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: one mistake with %q:\n%v", test.reason, test.want, err)
		}
	}
	config, _, err := Parse([]byte(add("origins: [https://Phone.example.test, 'http://127.0.0.1:3000']")))
	if err != nil || len(config.Origins) != 2 || config.Origins[0] != "https://phone.example.test" {
		t.Errorf("origins as browsers write them: %v %v", config, err)
	}
}
