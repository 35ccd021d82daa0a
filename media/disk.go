package media

import (
	"sync"
)

// disk does what may wait for a disk, in order, on a goroutine of its own.
type disk struct {
	mutex sync.Mutex
	jobs  []func() // guarded by mutex
	bell  chan struct{}
	quit  chan struct{}
	done  chan struct{}
}

func newDisk() *disk {
	return &disk{bell: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
}

func (d *disk) do(job func()) {
	d.mutex.Lock()
	d.jobs = append(d.jobs, job)
	d.mutex.Unlock()
	select {
	case d.bell <- struct{}{}:
	default:
	}
}

// run does the jobs until stop, and those that are there by then.
func (d *disk) run() {
	defer close(d.done)
	for {
		select {
		case <-d.bell:
			d.drain()
		case <-d.quit:
			d.drain()
			return
		}
	}
}

func (d *disk) drain() {
	for {
		d.mutex.Lock()
		jobs := d.jobs
		d.jobs = nil
		d.mutex.Unlock()
		if len(jobs) == 0 {
			return
		}
		for _, job := range jobs {
			job()
		}
	}
}

func (d *disk) stop() { close(d.quit) }
