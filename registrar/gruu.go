package registrar

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/dchest/siphash"

	"hookflash/identity"
	"hookflash/sip"
)

// GRUUs makes names of instances (RFC 5627) and finds what they name. It holds no table
// and never changes, so any number of machines may share it.
//
// A public GRUU is the address of record with the instance in its gr parameter. The user
// part of a temporary one is "tgruu." and, sealed with AES-GCM and padded so that its
// length tells little, what it stands for and a number. The number tells a live GRUU from
// an invalidated one (Binding.FirstTemporaryGRUU).
type GRUUs struct {
	settings *identity.Settings
	view     View
	seal     cipher.AEAD
	key      [2]uint64 // of the nonces, which are made from what is sealed
}

const (
	temporaryPrefix = "tgruu."
	sealedNonce     = 12
	sealedPadding   = 32 // plain text is a multiple of it
	sealedTag       = 16
	maxSealed       = 512

	plainHead   = 6 // number, length of the user, form of the instance
	instanceRaw = 0
	instanceURN = 1 // a UUID in lower case: 16 octets
)

// NewGRUUs makes GRUUs under a key that is kept, for all nodes the same. A new key makes
// every temporary GRUU unknown.
func NewGRUUs(settings *identity.Settings, key [32]byte, view View) *GRUUs {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only for a key of another length
	}
	var derived [aes.BlockSize]byte
	block.Encrypt(derived[:], derived[:])
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for a block of another length
	}
	g := &GRUUs{settings: settings, view: view, seal: seal}
	g.key[0], g.key[1] = binary.LittleEndian.Uint64(derived[:8]), binary.LittleEndian.Uint64(derived[8:])
	return g
}

// Public is the public GRUU of an instance.
func (g *GRUUs) Public(addressOfRecord, instance string) string {
	return string(g.appendPublic(nil, addressOfRecord, instance))
}

// appendPublic appends the public GRUU of an instance.
func (g *GRUUs) appendPublic(dst []byte, addressOfRecord, instance string) []byte {
	user, domain, _ := strings.Cut(addressOfRecord, "@")
	dst = append(dst, "sip:"...)
	dst = append(dst, sip.EscapeUser(user)...)
	dst = append(append(dst, '@'), domain...)
	dst = append(dst, ";gr="...)
	for i := range len(instance) {
		c := instance[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()[]/:&+$", c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
	}
	return dst
}

// appendTemporary appends the numbered temporary GRUU of an instance. The same number
// gives the same GRUU. It works behind the end of dst, so as not to need memory of its own.
func (g *GRUUs) appendTemporary(dst []byte, addressOfRecord, instance string, number uint32) []byte {
	user, domain, _ := strings.Cut(addressOfRecord, "@")
	start := len(dst)
	dst = appendPlain(dst, user, instance, number)
	nonce := len(dst)
	first, second := siphash.Hash128(g.key[0], g.key[1], dst[start:nonce])
	dst = binary.LittleEndian.AppendUint64(dst, first)
	dst = binary.LittleEndian.AppendUint64(dst, second)[:nonce+sealedNonce]
	dst = g.seal.Seal(dst, dst[nonce:], dst[start:nonce], nil)
	end := len(dst)
	dst = append(dst, "sip:"+temporaryPrefix...)
	dst = sip.AppendOpaque(dst, dst[nonce:end])
	dst = append(append(dst, '@'), domain...)
	dst = append(dst, ";gr"...)
	return append(dst[:start], dst[end:]...)
}

// appendPlain appends what is sealed. No user's name is longer than a length can say.
func appendPlain(dst []byte, user, instance string, number uint32) []byte {
	start := len(dst)
	user = user[:min(len(user), 255)]
	dst = binary.BigEndian.AppendUint32(dst, number)
	if packed, ok := packUUID(instance); ok {
		dst = append(dst, byte(len(user)), instanceURN)
		dst = append(dst, packed[:]...)
		dst = append(dst, user...)
	} else {
		dst = append(dst, byte(len(user)), instanceRaw)
		dst = append(dst, user...)
		dst = append(dst, instance...)
		dst = append(dst, 0) // ends the instance, which has none in it
	}
	for (len(dst)-start)%sealedPadding != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// Resolve finds what a GRUU of ours names: the canonical address of record and the
// instance. It is false for a temporary one that is forged or invalid by now, which is
// answered 404 (RFC 5627 §6.1). That a public one names a user there is, or an instance
// that has bindings, is for the caller to see.
func (g *GRUUs) Resolve(uri sip.URI) (addressOfRecord, instance string, ok bool) {
	gr, found := uri.Params.Get("gr")
	if !found || !g.settings.Serves(uri) {
		return "", "", false
	}
	if gr != "" {
		address, _ := g.settings.AddressOfRecord(sip.Address{URI: uri, Text: uri.String()})
		return address, sip.Unescape(gr), uri.User != ""
	}
	sealed, found := strings.CutPrefix(uri.User, temporaryPrefix)
	if !found {
		return "", "", false
	}
	user, instance, number, ok := g.open(sealed)
	if !ok {
		return "", "", false
	}
	addressOfRecord = user + "@" + g.settings.Realm()
	return addressOfRecord, instance, g.live(addressOfRecord, instance, number)
}

// live tells whether a temporary GRUU has not been invalidated (RFC 5627 §5.1, §5.3).
func (g *GRUUs) live(addressOfRecord, instance string, number uint32) bool {
	record := g.view.Bindings(addressOfRecord)
	if record == nil || number > record.TemporaryGRUUs {
		return false
	}
	for i := range record.Bindings {
		if b := &record.Bindings[i]; b.Instance == instance && number >= b.FirstTemporaryGRUU {
			return true
		}
	}
	return false
}

// open unseals the user part of a temporary GRUU, without its prefix.
func (g *GRUUs) open(text string) (user, instance string, number uint32, ok bool) {
	sealed, ok := sip.DecodeOpaque(nil, text)
	if !ok || len(sealed) < sealedNonce+sealedPadding+sealedTag || len(sealed) > maxSealed {
		return "", "", 0, false
	}
	plain, err := g.seal.Open(nil, sealed[:sealedNonce], sealed[sealedNonce:], nil)
	if err != nil {
		return "", "", 0, false
	}
	number = binary.BigEndian.Uint32(plain)
	length, rest := int(plain[4]), string(plain[plainHead:])
	if plain[plainHead-1] == instanceURN {
		if len(rest) < 16+length {
			return "", "", 0, false
		}
		return rest[16 : 16+length], unpackUUID(rest[:16]), number, true
	}
	if len(rest) < length {
		return "", "", 0, false
	}
	instance, _, ok = strings.Cut(rest[length:], "\x00")
	return rest[:length], instance, number, ok
}

const uuidURN = "urn:uuid:"

// packUUID reads "urn:uuid:" and a UUID in lower case; false for anything else.
func packUUID(instance string) (packed [16]byte, ok bool) {
	text, found := strings.CutPrefix(instance, uuidURN)
	if !found || len(text) != 36 {
		return packed, false
	}
	var digits [32]byte
	plain := digits[:0]
	for i := range len(text) {
		c := text[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return packed, false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
			plain = append(plain, c)
		default:
			return packed, false
		}
	}
	_, err := hex.Decode(packed[:], plain)
	return packed, err == nil
}

func unpackUUID(packed string) string {
	var space [len(uuidURN) + 36]byte
	text := append(space[:0], uuidURN...)
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		start := [...]int{0, 4, 6, 8, 10}[i]
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, []byte(packed[start:end]))
	}
	return string(text)
}

// hash hashes what begins with a text that no plain text begins with.
func (g *GRUUs) hash(data []byte) uint64 { return siphash.Hash(g.key[0], g.key[1], data) }
