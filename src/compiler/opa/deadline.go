package main

import "time"

const checksBetweenClocks = 1024

// deadline cancels an evaluation whose time is up. It looks at the clock itself, as it is asked: nothing else runs while an
// evaluation does in WebAssembly.
type deadline struct {
	until   time.Time
	checks  int
	expired bool
}

func newDeadline(timeoutMs int) *deadline {
	return &deadline{until: time.Now().Add(time.Duration(timeoutMs) * time.Millisecond)}
}

func (d *deadline) Cancel() {
	d.expired = true
}

func (d *deadline) Cancelled() bool {
	if d.checks++; d.checks%checksBetweenClocks == 0 && time.Now().After(d.until) {
		d.expired = true
	}
	return d.expired
}
