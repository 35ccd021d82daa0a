package srtp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

const (
	// MaxSources is how many SSRCs one key may protect in its life; each costs memory.
	MaxSources = 16
	// Window is how far behind the newest a packet may come, in packets.
	Window = 128
	// Overhead is how many bytes a packet grows by at most.
	Overhead = 32
)

var (
	// ErrSuite says that a suite isn't known.
	ErrSuite = errors.New("unknown SRTP suite")
	// ErrKey says that a key has the wrong length for its suite.
	ErrKey = errors.New("SRTP key of wrong length")
	// ErrSources says that one key has protected MaxSources sources already.
	ErrSources = errors.New("too many sources under one SRTP key")
)

// Suite is one way to protect a stream.
type Suite struct {
	Name string // as a=crypto says it
	Key  int    // length of the master key, in bytes
	Salt int    // of the master salt

	profile srtp.ProtectionProfile
}

// suites in the order of preference.
var suites = [...]Suite{
	{"AEAD_AES_256_GCM", 32, 12, srtp.ProtectionProfileAeadAes256Gcm},
	{"AEAD_AES_128_GCM", 16, 12, srtp.ProtectionProfileAeadAes128Gcm},
	{"AES_256_CM_HMAC_SHA1_80", 32, 14, srtp.ProtectionProfileAes256CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_80", 16, 14, srtp.ProtectionProfileAes128CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_32", 16, 14, srtp.ProtectionProfileAes128CmHmacSha1_32},
}

// Suites lists what is known, the strongest first.
func Suites() []Suite { return suites[:] }

// Find gives the suite of that name, whatever its case.
func Find(name string) (Suite, bool) {
	for _, suite := range suites {
		if strings.EqualFold(suite.Name, name) {
			return suite, true
		}
	}
	return Suite{}, false
}

// Context protects or opens the packets of one direction. It belongs to one goroutine.
type Context struct {
	inner   *srtp.Context
	sources [MaxSources]uint32
	count   int
}

// New makes a context: key is the master key followed by the master salt. Errors are ErrSuite and
// ErrKey.
func New(name string, key []byte) (*Context, error) {
	suite, ok := Find(name)
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrSuite, name)
	}
	if len(key) != suite.Key+suite.Salt {
		return nil, fmt.Errorf("%w: %d bytes for %s, not %d", ErrKey, len(key), suite.Name, suite.Key+suite.Salt)
	}
	inner, err := srtp.CreateContext(key[:suite.Key], key[suite.Key:], suite.profile,
		srtp.SRTPReplayProtection(Window), srtp.SRTCPReplayProtection(Window))
	if err != nil {
		return nil, fmt.Errorf("SRTP keys: %w", err)
	}
	return &Context{inner: inner}, nil
}

// Protect encrypts a packet in place; its buffer has Overhead bytes more than it.
func (c *Context) Protect(packet []byte, header *rtp.Header) ([]byte, error) {
	return c.inner.EncryptRTP(packet, packet, header)
}

// Open authenticates and decrypts a packet in place. header is set to its header.
func (c *Context) Open(packet []byte, header *rtp.Header) ([]byte, error) {
	if _, err := header.Unmarshal(packet); err != nil {
		return nil, err
	}
	known := c.knows(header.SSRC)
	if !known && c.count == MaxSources {
		return nil, ErrSources
	}
	plain, err := c.inner.DecryptRTP(packet, packet, header)
	if err != nil {
		return nil, err
	}
	if !known {
		c.sources[c.count] = header.SSRC
		c.count++
	}
	return plain, nil
}

func (c *Context) knows(ssrc uint32) bool {
	for _, source := range c.sources[:c.count] {
		if source == ssrc {
			return true
		}
	}
	return false
}

// ProtectControl encrypts an RTCP packet into a new one.
func (c *Context) ProtectControl(packet []byte) ([]byte, error) {
	return c.inner.EncryptRTCP(nil, packet, nil)
}

// OpenControl authenticates and decrypts an RTCP packet into a new one.
func (c *Context) OpenControl(packet []byte) ([]byte, error) {
	return c.inner.DecryptRTCP(nil, packet, nil)
}
