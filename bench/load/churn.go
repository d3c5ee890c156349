package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// churner subscribes and unsubscribes at a steady rate: nine inboxes as old clients make them per
// request, then one wildcard inbox as new clients make them per connection, and so on.
type churner struct {
	nc    *nats.Conn
	pairs atomic.Int64
	quit  chan struct{}
	idle  sync.WaitGroup
}

func (l *load) startChurn() (*churner, error) {
	nc, err := l.connect("churner")
	if err != nil {
		return nil, err
	}
	c := &churner{nc: nc, quit: make(chan struct{})}
	c.idle.Add(1)
	go c.run(l.churn)
	return c, nil
}

func (c *churner) run(perSecond int) {
	defer c.idle.Done()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	nobody := make(chan *nats.Msg, 1)
	start := time.Now()
	for {
		select {
		case <-c.quit:
			return
		case <-tick.C:
		}
		due := int64(time.Since(start).Seconds() * float64(perSecond))
		for n := c.pairs.Load(); n < due; n = c.pairs.Add(1) {
			subject := nats.NewInbox()
			if n%10 == 9 {
				subject += ".*"
			}
			sub, err := c.nc.ChanSubscribe(subject, nobody)
			if err == nil {
				err = sub.Unsubscribe()
			}
			if err != nil {
				report(fmt.Errorf("churner: %w", err))
				return
			}
		}
	}
}

func (c *churner) done() int64 {
	if c == nil {
		return 0
	}
	return c.pairs.Load()
}

func (c *churner) stop() {
	close(c.quit)
	c.idle.Wait()
	c.nc.Close()
}
