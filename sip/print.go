package sip

import "strconv"

func appendNumber(b []byte, n uint64) []byte { return strconv.AppendUint(b, n, 10) }
