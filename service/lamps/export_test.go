package lamps

// DialectOf is dialectOf, for the tests.
var DialectOf = dialectOf
