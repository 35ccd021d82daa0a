package digest

import (
	"strings"
	"testing"
)

// example is one exchange printed in an RFC.
type example struct {
	reason                    string
	algorithm                 Algorithm
	username, realm, password string
	method, body              string
	value                     string // with RESPONSE in place of the response
	response                  string
}

const mufasa = `Digest username="Mufasa",
       realm="http-auth@example.org",
       uri="/dir/index.html",
       algorithm=ALGORITHM,
       nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
       nc=00000001,
       cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
       qop=auth,
       response="RESPONSE",
       opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`

var examples = []example{
	{
		reason: "RFC 7616 §3.9.1: MD5", algorithm: MD5,
		username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life", method: "GET",
		value:    strings.Replace(mufasa, "ALGORITHM", "MD5", 1),
		response: "8ca523f5e9506fed4657c9700eebdbec",
	},
	{
		reason: "RFC 7616 §3.9.1: SHA-256", algorithm: SHA256,
		username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life", method: "GET",
		value:    strings.Replace(mufasa, "ALGORITHM", "SHA-256", 1),
		response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	},
	{
		// The response printed in the RFC comes from SHA-512 cut to 256 bits; erratum 4897 has this one.
		reason: "RFC 7616 §3.9.2 with erratum 4897: SHA-512-256", algorithm: SHA512256,
		username: "J\u00e4s\u00f8n Doe", realm: "api@example.org", password: "Secret, or not?", method: "GET",
		value: "Digest username=\"J\u00e4s\u00f8n Doe\"," + `realm="api@example.org",uri="/doe.json",` +
			`algorithm=SHA-512-256,nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",nc=00000001,` +
			`cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",qop=auth,response="RESPONSE",` +
			`opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",userhash=false`,
		response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
	},
	{
		reason: "RFC 2617 §3.5", algorithm: MD5,
		username: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life", method: "GET",
		value: `Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",` +
			`uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="RESPONSE",` +
			`opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		response: "6629fae49393a05397450978507c4ef1",
	},
	{
		reason: "RFC 2617 §3.2.2.1: the same without qop; nc and cnonce don't count", algorithm: MD5,
		username: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life", method: "GET",
		value: `Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",` +
			`uri="/dir/index.html", nc=00000007, cnonce="0a4f113b", response="RESPONSE"`,
		response: "670fd8c2df070c60b045671b8b24ff02",
	},
	{
		// RFC 8760 §2.6 (7): H(entity-body) of no body is the hash of the empty string.
		reason: "auth-int without a body", algorithm: SHA256,
		username: "alice", realm: "example.test", password: "wonderland", method: "REGISTER",
		value: `Digest username="alice",realm="example.test",nonce="n",uri="sip:example.test",algorithm=SHA-256,` +
			`qop=auth-int,nc=0000000a,cnonce="c",response="RESPONSE"`,
		response: "b8cdcbd004fd11bc40ce572c4a5941514fdfb9d3b4e9d88572771da1f424de8a",
	},
	{
		reason: "auth-int with a body", algorithm: MD5,
		username: "alice", realm: "example.test", password: "wonderland", method: "MESSAGE", body: "hello\r\n",
		value: `Digest username="alice",realm="example.test",nonce="n",uri="sip:bob@example.test",` +
			`qop="auth-int",nc="0000000a",cnonce="c",response="RESPONSE"`,
		response: "ab9d413ece3dc59822363e687353c332",
	},
}

func (e *example) parse(t *testing.T, response string) Credentials {
	t.Helper()
	credentials, err := ParseCredentials(strings.Replace(e.value, "RESPONSE", response, 1))
	if err != nil {
		t.Fatalf("%s: %v", e.reason, err)
	}
	return credentials
}

func (e *example) ha1() HA1 { return NewHA1(e.algorithm, e.username, e.realm, e.password) }

func TestVerifyExamples(t *testing.T) {
	for _, e := range examples {
		credentials := e.parse(t, e.response)
		if credentials.Username != e.username || credentials.Realm != e.realm || credentials.Algorithm != e.algorithm {
			t.Errorf("%s: parsed %q, %q, %v", e.reason, credentials.Username, credentials.Realm, credentials.Algorithm)
		}
		if !credentials.Verify(e.ha1(), e.method, e.body) {
			t.Errorf("%s: refused", e.reason)
		}
		upper := e.parse(t, strings.ToUpper(e.response))
		if !upper.Verify(e.ha1(), e.method, e.body) {
			t.Errorf("%s: a response in upper case is refused", e.reason)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	for _, e := range examples {
		credentials := e.parse(t, e.response)
		body := credentials.Verify(e.ha1(), e.method, e.body+"x")
		if want := credentials.QOP != AuthInt; body != want {
			t.Errorf("%s: another body: %v, want %v", e.reason, body, want)
		}
		if credentials.Verify(e.ha1(), "INVITE", e.body) {
			t.Errorf("%s: another method passes", e.reason)
		}
		for _, algorithm := range []Algorithm{MD5, SHA256, SHA512256} {
			if algorithm != e.algorithm && credentials.Verify(NewHA1(algorithm, e.username, e.realm, e.password), e.method, e.body) {
				t.Errorf("%s: an HA1 of %v passes", e.reason, algorithm)
			}
		}
		for reason, ha1 := range map[string]HA1{
			"another password": NewHA1(e.algorithm, e.username, e.realm, e.password+"x"),
			"another realm":    NewHA1(e.algorithm, e.username, e.realm+"x", e.password),
			"no HA1":           {},
			"a decoy":          Decoy(Key{1}, e.algorithm, e.username),
		} {
			if credentials.Verify(ha1, e.method, e.body) {
				t.Errorf("%s: %s passes", e.reason, reason)
			}
		}
	}
}

func TestVerifyRefusesEveryChangedField(t *testing.T) {
	for _, e := range examples {
		changes := map[string]func(*Credentials){
			"nonce":    func(c *Credentials) { c.Nonce += "x" },
			"uri":      func(c *Credentials) { c.URI += "x" },
			"response": func(c *Credentials) { c.Response = c.Response[1:] + c.Response[:1] },
			"short":    func(c *Credentials) { c.Response = c.Response[:len(c.Response)-1] },
			"empty":    func(c *Credentials) { c.Response = "" },
			"not hex":  func(c *Credentials) { c.Response = "g" + c.Response[1:] },
			"hash":     func(c *Credentials) { c.Algorithm = 0 },
		}
		if e.parse(t, e.response).QOP != NoQOP {
			changes["nc"] = func(c *Credentials) { c.count = "00000009" }
			changes["cnonce"] = func(c *Credentials) { c.CNonce += "x" }
			changes["qop"] = func(c *Credentials) { c.QOP = NoQOP }
		}
		for name, change := range changes {
			credentials := e.parse(t, e.response)
			change(&credentials)
			if credentials.Verify(e.ha1(), e.method, e.body) {
				t.Errorf("%s: another %s passes", e.reason, name)
			}
		}
	}
}

func TestVerifyDoesNotAllocate(t *testing.T) {
	for _, e := range examples {
		value := strings.Replace(e.value, "RESPONSE", e.response, 1)
		ha1 := e.ha1()
		allocations := testing.AllocsPerRun(100, func() {
			credentials, err := ParseCredentials(value)
			if err != nil || !credentials.Verify(ha1, e.method, e.body) {
				t.Fatal("refused")
			}
		})
		if allocations != 0 {
			t.Errorf("%s: parsing and verifying allocates %v times", e.reason, allocations)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, e := range examples[:3] {
		b.Run(e.algorithm.String(), func(b *testing.B) {
			value := strings.Replace(e.value, "RESPONSE", e.response, 1)
			ha1 := e.ha1()
			b.ReportAllocs()
			for b.Loop() {
				credentials, _ := ParseCredentials(value)
				if !credentials.Verify(ha1, e.method, e.body) {
					b.Fatal("refused")
				}
			}
		})
	}
}
