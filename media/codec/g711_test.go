package codec

import "testing"

// ITU-T G.711 tables 1a to 2b: the values at the ends of each segment, on the tables' own scales.
func TestG711Tables(t *testing.T) {
	for _, row := range []struct {
		code  byte // as in the table, of the positive half
		value int  // y
		low   int  // x, the decision value below
	}{
		{0x80, 8031, 7903},
		{0x8F, 4191, 4063},
		{0x90, 3999, 3935},
		{0x9F, 2079, 2015},
		{0xA0, 1983, 1951},
		{0xAF, 1023, 991},
		{0xB0, 975, 959},
		{0xBF, 495, 479},
		{0xC0, 471, 463},
		{0xCF, 231, 223},
		{0xD0, 219, 215},
		{0xDF, 99, 95},
		{0xE0, 93, 91},
		{0xEF, 33, 31},
		{0xF0, 30, 29},
		{0xFE, 2, 1},
		{0xFF, 0, 0},
	} {
		if got := FromMuLaw(row.code); int(got) != row.value*4 {
			t.Errorf("table 2a: %02x is %d, got %d", row.code, row.value*4, got)
		}
		if got := FromMuLaw(row.code & 0x7F); int(got) != -row.value*4 {
			t.Errorf("table 2b: %02x is %d, got %d", row.code&0x7F, -row.value*4, got)
		}
		if got := MuLaw(int16(row.low * 4)); got != row.code {
			t.Errorf("table 2a: from %d on it is %02x, got %02x", row.low, row.code, got)
		}
		if row.low > 0 && MuLaw(int16(row.low*4-1)) != row.code+1 {
			t.Errorf("table 2a: below %d it is %02x, got %02x", row.low, row.code+1, MuLaw(int16(row.low*4-1)))
		}
	}
	for _, row := range []struct {
		code  byte // as in the table, before even bits are inverted
		value int
		low   int
	}{
		{0xFF, 4032, 3968},
		{0xF0, 2112, 2048},
		{0xEF, 2016, 1984},
		{0xE0, 1056, 1024},
		{0xDF, 1008, 992},
		{0xD0, 528, 512},
		{0xCF, 504, 496},
		{0xC0, 264, 256},
		{0xBF, 252, 248},
		{0xB0, 132, 128},
		{0xAF, 126, 124},
		{0xA0, 66, 64},
		{0x9F, 63, 62},
		{0x81, 3, 2},
		{0x80, 1, 0},
	} {
		if got := FromALaw(row.code ^ 0x55); int(got) != row.value*8 {
			t.Errorf("table 1a: %02x is %d, got %d", row.code, row.value*8, got)
		}
		if got := FromALaw(row.code ^ 0x55 ^ 0x80); int(got) != -row.value*8 {
			t.Errorf("table 1b: %02x is %d, got %d", row.code&0x7F, -row.value*8, got)
		}
		if got := ALaw(int16(row.low * 8)); got != row.code^0x55 {
			t.Errorf("table 1a: from %d on it is %02x, got %02x", row.low, row.code, got^0x55)
		}
		if row.low > 0 && ALaw(int16(row.low*8-1)) != (row.code-1)^0x55 {
			t.Errorf("table 1a: below %d it is %02x, got %02x", row.low, row.code-1, ALaw(int16(row.low*8-1))^0x55)
		}
	}
}

func TestG711EveryCode(t *testing.T) {
	for code := range 256 {
		code := byte(code)
		if got := ALaw(FromALaw(code)); got != code {
			t.Errorf("A-law %02x comes back as %02x", code, got)
		}
		if code == 0x7F { // minus nothing: the same sample as 0xFF
			continue
		}
		if got := MuLaw(FromMuLaw(code)); got != code {
			t.Errorf("µ-law %02x comes back as %02x", code, got)
		}
	}
}

// Every sample goes to the nearest of its segment: the error is at most half a step.
func TestG711EverySample(t *testing.T) {
	lastMu, lastA := int16(-32768), int16(-32768)
	for value := -32768; value <= 32767; value++ {
		sample := int16(value)
		mu, a := FromMuLaw(MuLaw(sample)), FromALaw(ALaw(sample))
		if mu < lastMu || a < lastA {
			t.Fatalf("the codes rise with the samples: at %d µ-law %d after %d, A-law %d after %d", value, mu, lastMu, a, lastA)
		}
		lastMu, lastA = mu, a
		magnitude := max(value, -value)
		if wrong := max(int(mu)-value, value-int(mu)); wrong > magnitude/31+8 && magnitude < 32124 {
			t.Fatalf("µ-law: %d becomes %d", value, mu)
		}
		if wrong := max(int(a)-value, value-int(a)); wrong > magnitude/31+16 && magnitude < 32256 {
			t.Fatalf("A-law: %d becomes %d", value, a)
		}
	}
}
