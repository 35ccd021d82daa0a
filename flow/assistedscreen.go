package flow

// assistedIncomingScreening: the server's call to Bob is refused, and Alice is told so and why.
var assistedIncomingScreening = Flow{
	Name: incomingScreening.Name, Title: incomingScreening.Title, Section: incomingScreening.Section,
	Columns: incomingScreening.Columns, Arrows: incomingScreening.Arrows, Assisted: true, agent: announcementServer,
	direct: incomingScreening.direct, calls: incomingScreening.calls, manners: incomingScreening.manners, rules: incomingScreening.rules,
	routing: incomingScreening.routing, play: incomingScreening.play,
}

// assistedOutgoingScreening is no other for phones that lack something.
var assistedOutgoingScreening = Flow{
	Name: outgoingScreening.Name, Title: outgoingScreening.Title, Section: outgoingScreening.Section,
	Columns: outgoingScreening.Columns, Arrows: outgoingScreening.Arrows, Assisted: true,
	calls: outgoingScreening.calls, rules: outgoingScreening.rules, routing: outgoingScreening.routing, play: outgoingScreening.play,
}
