package music

// lake is "calm": bells far apart in D major, over long chords in three-four time.
var lake = score{
	tempo: 66, bar: 3, echo: 0.3,
	lead: bell,
	parts: []part{
		{ensemble, []step{{1, 0, 3.1, 1.6}, {2, 0, 3.1, 1.6}, {3, 0, 3.1, 1.6}}},
		{bass, []step{{0, 0, 2.8, 0.8}}},
		{harp, []step{{1, 0.5, 1.5, 0.7}, {2, 1, 1.5, 0.8}, {3, 1.5, 1.5, 0.9}, {2, 2, 1.5, 0.7}, {1, 2.5, 1, 0.6}}},
	},
	chords: []string{
		"D3 A3 C#4 F#4", "G2 B3 D4 F#4", "D3 A3 C#4 F#4", "G2 B3 D4 F#4", "B2 A3 D4 F#4", "F#2 A3 C#4 E4", "G2 B3 D4 F#4", "A2 A3 D4 E4",
		"D3 A3 C#4 F#4", "G2 B3 D4 F#4", "D3 A3 C#4 F#4", "G2 B3 D4 F#4", "E3 G3 B3 D4", "A2 G3 C#4 E4", "D3 F#3 A3 D4", "D3 F#3 B3 D4",
		"G2 B3 D4 F#4", "A2 A3 C#4 E4", "F#2 A3 C#4 E4", "B2 A3 D4 F#4", "E3 G3 B3 D4", "A2 G3 C#4 E4", "D3 F#3 A3 D4", "D3 F#3 A3 E4",
	},
	melody: []string{
		"F#5:2 E5:1", "D5:3", "A5:2 F#5:1", "B4:3", "D5:1 E5:1 F#5:1", "E5:2 C#5:1", "B4:1 D5:1 F#5:1", "E5:3",
		"F#5:2 E5:1", "D5:3", "A5:2 B5:1", "F#5:3", "G5:1 F#5:1 D5:1", "E5:2 C#5:1", "D5:3", "-:3",
		"B5:2 A5:1", "A5:2 E5:1", "C#5:1 E5:1 A5:1", "F#5:3", "G5:2 D5:1", "E5:1 C#5:1 A4:1", "D5:3", "-:3",
	},
}

// The instruments that it has for itself.
var (
	bell = voice{
		attack: 0.006, release: 0.9, loud: 0.75,
		partials: []partial{{1, 1, 0.9}, {2, 0.35, 0.5}, {2.76, 0.18, 0.3}, {4.07, 0.08, 0.15}},
	}
	harp = voice{
		attack: 0.006, release: 0.5, loud: 0.24,
		partials: []partial{{1, 1, 0.45}, {2, 0.4, 0.25}, {3, 0.18, 0.15}, {4, 0.08, 0.1}},
	}
)
