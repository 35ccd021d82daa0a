// Package numbers brings numbers as they are dialled into one form, E.164, and says how far they go.
//
// Limitations: which numbers cost extra is what libphonenumber knows of the ranges that countries
// publish. A number of a range that it does not know counts as premium, since nobody can say what it
// costs; at home, one that is too short or too long counts as its range does. Countries that share a code (+1, +44) are
// abroad to one another. Short numbers (emergency, directory enquiries) have no E.164 form and are
// no numbers here, unless they are local ones as well. At most MaxDialled digits are read.
package numbers
