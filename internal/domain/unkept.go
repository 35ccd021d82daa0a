package domain

import (
	"time"

	"hookflash/machine"
)

// tellUnkept tells the agents what could not be kept: each knows what is its own.
func (d *Domain) tellUnkept(now time.Time, out *machine.Output) {
	changes := d.store.unkept
	d.store.unkept = nil
	if len(changes) == 0 {
		return
	}
	for _, r := range d.residents {
		d.within(r, out, func() { r.Unkept(now, changes, out) })
	}
}
