package sip

// What we mint for others to carry (branches, tags, route tokens, GRUUs) is printed in
// digits and lower-case letters only: there are phones and tools that look for "CSeq" or
// "Via" anywhere in the text, and find them in base64 now and then.
const opaqueAlphabet = "0123456789abcdefghijklmnopqrstuv"

// AppendOpaque prints octets, five bits a character (RFC 4648 §7 in lower case, without
// padding).
func AppendOpaque(dst, octets []byte) []byte {
	var bits uint32
	var have uint
	for _, octet := range octets {
		bits, have = bits<<8|uint32(octet), have+8
		for have >= 5 {
			have -= 5
			dst = append(dst, opaqueAlphabet[bits>>have&31])
		}
	}
	if have > 0 {
		dst = append(dst, opaqueAlphabet[bits<<(5-have)&31])
	}
	return dst
}

// OpaqueLength is how many characters AppendOpaque prints for a number of octets.
func OpaqueLength(octets int) int { return (octets*8 + 4) / 5 }

// DecodeOpaque appends the octets that AppendOpaque printed; ok is false for anything
// that it does not print.
func DecodeOpaque(dst []byte, text string) (octets []byte, ok bool) {
	var bits uint32
	var have uint
	for i := range len(text) {
		var value byte
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			value = c - '0'
		case 'a' <= c && c <= 'v':
			value = c - 'a' + 10
		default:
			return dst, false
		}
		bits, have = bits<<5|uint32(value), have+5
		if have >= 8 {
			have -= 8
			dst = append(dst, byte(bits>>have))
		}
	}
	return dst, have < 5 && bits&(1<<have-1) == 0
}
