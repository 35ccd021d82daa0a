package directory

// Or is the class itself, or what stands for none.
func (c Class) Or() Class {
	if c == ClassDefault {
		return ClassNational
	}
	return c
}

// Within tells whether a number of this class may be called by who may call as far as another
// class. What is no class is the farthest, and allows the least.
func (c Class) Within(allowed Class) bool {
	reach, known := classRank(allowed.Or())
	rank, _ := classRank(c.Or())
	return known && rank <= reach
}

// classRank orders the classes, the nearest first.
func classRank(c Class) (rank int, known bool) {
	switch c {
	case ClassInternal:
		return 0, true
	case ClassNational:
		return 1, true
	case ClassInternational:
		return 2, true
	case ClassPremium, ClassDefault:
		return 3, c == ClassPremium
	}
	return 3, false
}
