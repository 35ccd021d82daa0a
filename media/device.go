package media

import (
	"hookflash/media/graph"
	"hookflash/media/mix"
)

// deviceNode is the person at this phone.
type deviceNode struct {
	node   *node
	device Device // nil: nobody
	frame  [mix.Wide]int16
}

func newDeviceNode(device Device) *node {
	d := &deviceNode{device: device}
	d.node = &node{id: graph.Device, part: d}
	d.node.member.Wide = device != nil && device.Rate() == wideRate
	return d.node
}

func (d *deviceNode) change(_ *worker, change any) {
	if change, ok := change.(ask); ok {
		change.answer <- nil
	}
}

func (d *deviceNode) read(*worker) {
	if d.device == nil || d.node.room == nil {
		d.node.says(nil)
		return
	}
	frame := d.frame[:samplesOf(d.device.Rate())]
	if !d.device.Read(frame) {
		frame = nil
	}
	d.node.says(frame)
}

func (d *deviceNode) write(*worker) {
	if d.device != nil && d.node.room != nil {
		d.device.Write(d.node.hears())
	}
}

func (d *deviceNode) close(*worker) {}
