package mix

// Samples of one frame of 20 ms at each rate.
const (
	Narrow = 160 // 8 kHz
	Wide   = 320 // 16 kHz
)

// Member is one who speaks and hears. It belongs to who owns the Mixer.
type Member struct {
	Wide bool // its frames are at 16 kHz, else at 8 kHz
	Deaf bool // it hears nothing

	// Says is what it says in this frame, Narrow or Wide samples; nil: nothing. It stays as it is
	// until the frame after was mixed.
	Says []int16
}

// Mixer mixes one room. The zero value is ready.
type Mixer struct {
	narrow, wide side
	up           Converter // from 8 to 16 kHz
	down         Converter
	raised       bool        // up has heard something since it was reset
	lowered      bool        // and so has down
	upper, lower [Wide]int16 // what was converted
}

// Converter doubles or halves the rate of what is spoken; it keeps a history. Convert fills to,
// which is twice or half as long as from.
type Converter interface {
	Convert(to, from []int16)
	Reset()
}

// New makes a mixer for members of both rates. Without converters members hear only their own rate.
func New(up, down Converter) *Mixer { return &Mixer{up: up, down: down} }

// side is what the members of one rate say together.
type side struct {
	speakers int
	only     *Member    // the speaker, when there is one
	pair     [2]*Member // the first two speakers
	sum      [Wide]int32
	across   []int16 // what the other side says, at this side's rate
	flat     [Wide]int16
	own      [Wide]int16 // what the last speaker asked for
	all      []int16     // everything on both sides; nil before it is needed
	hearers  int
	samples  int
}

// Tick takes what the members say in one frame. Hears gives what each is to hear.
func (m *Mixer) Tick(members []*Member) {
	m.narrow.begin(Narrow)
	m.wide.begin(Wide)
	for _, member := range members {
		m.side(member).take(member)
	}
	m.cross()
}

// Hears is what a member of the last Tick is to hear: nil when nobody else speaks. It is valid until
// the next call of either, and not to be changed.
func (m *Mixer) Hears(member *Member) []int16 {
	if member.Deaf {
		return nil
	}
	return m.side(member).give(member)
}

func (m *Mixer) side(member *Member) *side {
	if member.Wide {
		return &m.wide
	}
	return &m.narrow
}

// cross converts what each side says to the rate of the other, where somebody hears it.
func (m *Mixer) cross() {
	if m.narrow.speakers > 0 && m.wide.hearers > 0 && m.up != nil {
		m.up.Convert(m.upper[:Wide], m.narrow.together())
		m.wide.across, m.raised = m.upper[:Wide], true
	} else if m.raised {
		m.up.Reset()
		m.raised = false
	}
	if m.wide.speakers > 0 && m.narrow.hearers > 0 && m.down != nil {
		m.down.Convert(m.lower[:Narrow], m.wide.together())
		m.narrow.across, m.lowered = m.lower[:Narrow], true
	} else if m.lowered {
		m.down.Reset()
		m.lowered = false
	}
}

func (s *side) begin(samples int) {
	s.speakers, s.hearers, s.only, s.across, s.all = 0, 0, nil, nil, nil
	s.samples = samples
}

// take adds what a member says. The sum is made from the second speaker on.
func (s *side) take(member *Member) {
	if !member.Deaf {
		s.hearers++
	}
	if len(member.Says) != s.samples {
		member.Says = nil
		return
	}
	s.speakers++
	switch s.speakers {
	case 1:
		s.only, s.pair[0] = member, member
	case 2:
		s.pair[1] = member
		first, second := s.only.Says[:s.samples], member.Says[:s.samples]
		sum := s.sum[:s.samples]
		for i := range sum {
			sum[i] = int32(first[i]) + int32(second[i])
		}
		s.only = nil
	default:
		says := member.Says[:s.samples]
		sum := s.sum[:s.samples]
		for i := range sum {
			sum[i] += int32(says[i])
		}
	}
}

// together is what this side says, for the other. There is a speaker.
func (s *side) together() []int16 {
	if s.only != nil {
		return s.only.Says
	}
	clip(s.flat[:s.samples], s.sum[:s.samples])
	return s.flat[:s.samples]
}

// give makes what a member hears.
func (s *side) give(member *Member) []int16 {
	others := s.speakers
	if member.Says != nil {
		others--
	}
	switch {
	case others == 0:
		return s.across // which may be nothing
	case member.Says == nil:
		return s.everything()
	default:
		return s.without(member)
	}
}

// everything is what those hear who say nothing themselves.
func (s *side) everything() []int16 {
	switch {
	case s.all != nil:
	case s.only != nil && s.across == nil:
		s.all = s.only.Says
	case s.only != nil:
		s.all = add(s.flat[:s.samples], s.only.Says, s.across)
	case s.across == nil:
		clip(s.flat[:s.samples], s.sum[:s.samples])
		s.all = s.flat[:s.samples]
	default:
		all, sum, across := s.flat[:s.samples], s.sum[:s.samples], s.across[:s.samples]
		for i := range all {
			all[i] = saturate(sum[i] + int32(across[i]))
		}
		s.all = all
	}
	return s.all
}

// without is everything but what the member says itself; there are at least two speakers.
func (s *side) without(member *Member) []int16 {
	if s.speakers == 2 && s.across == nil { // the other of the two, as it is
		if s.pair[0] == member {
			return s.pair[1].Says
		}
		return s.pair[0].Says
	}
	own, sum, says := s.own[:s.samples], s.sum[:s.samples], member.Says[:s.samples]
	if s.across == nil {
		for i := range own {
			own[i] = saturate(sum[i] - int32(says[i]))
		}
		return own
	}
	across := s.across[:s.samples]
	for i := range own {
		own[i] = saturate(sum[i] - int32(says[i]) + int32(across[i]))
	}
	return own
}

func add(to, a, b []int16) []int16 {
	a, b = a[:len(to)], b[:len(to)]
	for i := range to {
		to[i] = saturate(int32(a[i]) + int32(b[i]))
	}
	return to
}

func clip(to []int16, from []int32) {
	from = from[:len(to)]
	for i := range to {
		to[i] = saturate(from[i])
	}
}

func saturate(v int32) int16 {
	return int16(max(min(v, 32767), -32768))
}
