// Package arch holds the architecture to its word, by tests: which package may import
// which, what the signalling side may not touch, and the budgets of size. The tables are
// the architecture diagram. A finding names the file, the line, the rule and what to do.
//
// It sees syntax, not types: a clock passed in under another name goes unnoticed.
package arch
