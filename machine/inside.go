package machine

import "net/netip"

// The agents of a server's process are numbered from 1, and exchange messages with the server by flows
// that no socket has. Either side's flow tells which agent it is about, so that a message can be handed
// over without a further word. server is the server's address, which agents have as well.

// AgentFlow is how the server reaches an agent.
func AgentFlow(server netip.AddrPort, number uint16) Flow {
	return Flow{Transport: Inside, Remote: netip.AddrPortFrom(server.Addr(), number)}
}

// ServerFlow is how an agent reaches the server.
func ServerFlow(server netip.AddrPort, number uint16) Flow {
	return Flow{Transport: Inside, Remote: server, Connection: uint64(number)}
}

// AgentOf is the number of the agent that a flow within the process is about, and whether a message
// that leaves by it goes to that agent, rather than to the server.
func AgentOf(flow Flow) (number uint16, toAgent bool) {
	if flow.Connection != 0 {
		return uint16(flow.Connection), false
	}
	return flow.Remote.Port(), true
}

// Arrived is the flow by which a message comes in that left by another within the process.
func Arrived(left Flow, server netip.AddrPort) Flow {
	number, toAgent := AgentOf(left)
	if toAgent {
		return ServerFlow(server, number)
	}
	return AgentFlow(server, number)
}
