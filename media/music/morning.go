package music

// morning is the default: an easy tune in C major, on an electric piano over plucked chords.
var morning = score{
	tempo: 92, bar: 4, echo: 0.22,
	lead: electric,
	parts: []part{
		{bass, []step{{0, 0, 1.8, 1}, {0, 2.5, 0.5, 0.5}, {0, 3, 0.9, 0.7}}},
		{plucked, []step{
			{1, 0, 1, 0.9},
			{2, 0.5, 1, 0.7},
			{3, 1, 1, 0.8},
			{2, 1.5, 1, 0.6},
			{1, 2, 1, 0.8},
			{2, 2.5, 1, 0.6},
			{3, 3, 1, 0.8},
			{2, 3.5, 1, 0.6},
		}},
		{ensemble, []step{{1, 0, 3.8, 1}, {2, 0, 3.8, 1}, {3, 0, 3.8, 1}}},
	},
	chords: []string{
		"C3 G3 B3 E4", "A2 G3 C4 E4", "D3 F3 A3 C4", "G2 F3 B3 D4", "C3 G3 B3 E4", "A2 G3 C4 E4", "F2 A3 C4 E4", "G2 F3 A3 D4",
		"C3 G3 B3 E4", "A2 G3 C4 E4", "D3 F3 A3 C4", "G2 F3 B3 D4", "C3 G3 B3 E4", "A2 G3 C4 E4", "F2 A3 C4 E4", "G2 F3 B3 D4",
		"F2 A3 C4 E4", "E3 G3 B3 D4", "D3 F3 A3 C4", "A2 G3 C4 E4", "F2 A3 C4 E4", "E3 G3 B3 D4", "D3 F3 A3 C4", "G2 F3 B3 D4",
		"F2 A3 C4 E4", "G2 G3 B3 D4", "E3 G3 B3 D4", "A2 G3 C4 E4", "D3 F3 A3 C4", "G2 F3 B3 D4", "C3 G3 C4 E4", "C3 G3 A3 E4",
	},
	melody: []string{
		"E5:1.5 D5:0.5 G4:1 C5:1", "E5:1.5 D5:0.5 A4:2", "F5:1.5 E5:0.5 A4:1 D5:1", "D5:1 C5:0.5 B4:0.5 G4:2",
		"E5:1.5 D5:0.5 G4:1 C5:1", "G5:1.5 E5:0.5 C5:2", "A5:1 G5:1 F5:1 E5:1", "D5:3 -:1",
		"E5:1.5 D5:0.5 G4:1 C5:1", "E5:1.5 D5:0.5 A4:2", "F5:1.5 E5:0.5 A4:1 D5:1", "D5:1 C5:0.5 B4:0.5 G4:2",
		"E5:1 G5:1 E5:1 C5:1", "G5:1.5 E5:0.5 C5:2", "A5:1.5 G5:0.5 F5:1 E5:1", "D5:2 B4:1 -:1",
		"A5:2 G5:1 F5:1", "G5:3 E5:1", "F5:2 E5:1 D5:1", "E5:3 -:1",
		"A5:2 G5:1 F5:1", "G5:2 B5:1 G5:1", "A5:1 F5:1 D5:1 C5:1", "B4:3 -:1",
		"C5:1 F5:1 A5:2", "B5:1 A5:1 G5:2", "G5:1.5 E5:0.5 B4:2", "C5:3 E5:1",
		"F5:1.5 E5:0.5 D5:2", "G5:1 F5:1 D5:1 B4:1", "C5:3 -:1", "-:4",
	},
}

// The instruments.
var (
	electric = voice{
		attack: 0.008, release: 0.18, loud: 1, sway: 0.12,
		partials: []partial{{1, 1, 0.55}, {2, 0.28, 0.35}, {3, 0.12, 0.2}, {4, 0.10, 0.08}, {7, 0.05, 0.04}},
	}
	plucked = voice{
		attack: 0.004, release: 0.25, loud: 0.34,
		partials: []partial{{1, 1, 0.28}, {2, 0.5, 0.16}, {3, 0.3, 0.1}, {4, 0.16, 0.06}, {5, 0.1, 0.04}},
	}
	// bass has overtones, as telephones have nothing below 300 Hz.
	bass = voice{
		attack: 0.012, release: 0.12, loud: 0.6,
		partials: []partial{{1, 1, 0.6}, {2, 0.8, 0.5}, {3, 0.45, 0.4}, {4, 0.2, 0.25}, {5, 0.1, 0.15}},
	}
	ensemble = voice{
		attack: 0.5, release: 0.6, loud: 0.09,
		partials: []partial{{1, 1, 0}, {1.004, 0.9, 0}, {2, 0.4, 0}, {2.006, 0.35, 0}, {3, 0.2, 0}, {4, 0.08, 0}},
	}
)
