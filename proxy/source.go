package proxy

import (
	"hookflash/machine"
	"hookflash/sip"
)

// SourceHeader is what a response says to an agent of this process of where it came from: an IP address. A phone
// behind a NAT doesn't know its own, and media is to be had from there too. It never leaves the process, and
// counts from nobody else (see onlyTrusted).
const SourceHeader = "X-Source"

// tellSource writes where a response came from.
func (m *Machine) tellSource(e *sip.Edit, from machine.Flow) {
	address := from.Remote.Addr()
	if from.Transport == machine.Inside || !address.IsValid() {
		return
	}
	m.value = address.Unmap().WithZone("").AppendTo(m.value[:0])
	e.AddNamed(SourceHeader, m.value)
}
