package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// runPublish measures publishing to a subject that nobody listens to, until the server has
// answered the PING behind the last message.
func runPublish(l *load) (result, error) {
	conns, err := l.connectAll(l.publishers, "publisher")
	if err != nil {
		return result{}, err
	}
	if err := publishAll(conns, []string{"bench.nobody"}, l.warmup, l.size); err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	if err := publishAll(conns, []string{"bench.nobody"}, l.count, l.size); err != nil {
		return result{}, err
	}
	return w.close(int64(l.count)), troubled()
}

// publishAll publishes `count` messages in all, shared by the connections, and flushes.
func publishAll(conns []*nats.Conn, subjects []string, count, size int) error {
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = 'a' + byte(i%26)
	}
	errs := make(chan error, len(conns))
	for i, nc := range conns {
		share := count / len(conns)
		if i < count%len(conns) {
			share++
		}
		go func() {
			errs <- publish(nc, subjects, share, payload)
		}()
	}
	var all error
	for range conns {
		all = errors.Join(all, <-errs)
	}
	return all
}

func publish(nc *nats.Conn, subjects []string, count int, payload []byte) error {
	next := 0
	for range count {
		if err := nc.Publish(subjects[next], payload); err != nil {
			return err
		}
		if next++; next == len(subjects) {
			next = 0
		}
	}
	return nc.FlushTimeout(60 * time.Second)
}

// counter is one subscriber's count on a cache line of its own.
type counter struct {
	n atomic.Int64
	_ [56]byte
}

// audience is the subscribing side of a fanout.
type audience struct {
	conns    []*nats.Conn
	counters []counter
	copies   int
}

func (a *audience) received() int64 {
	var sum int64
	for i := range a.counters {
		sum += a.counters[i].n.Load()
	}
	return sum
}

// wait returns when `target` messages have been received since the start.
func (a *audience) wait(target int64) error {
	deadline := time.Now().Add(60 * time.Second)
	for a.received() < target {
		if err := troubled(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("received %d of %d messages", a.received(), target)
		}
		time.Sleep(500 * time.Microsecond)
	}
	return nil
}

// subscribeAll opens the subscribers of a fanout. With several subjects they use wildcards, half
// of them `*` and half `>`, each of which receives everything.
func (l *load) subscribeAll() (*audience, error) {
	conns, err := l.connectAll(l.subscribers, "subscriber")
	if err != nil {
		return nil, err
	}
	a := &audience{conns: conns, counters: make([]counter, len(conns)), copies: len(conns)}
	queue := ""
	if l.queue {
		queue, a.copies = "workers", 1
	}
	for i, nc := range conns {
		subject := "bench.data"
		if l.subjects > 1 {
			subject = []string{"bench.*.data", "bench.>"}[i%2]
		}
		count := &a.counters[i].n
		sub, err := nc.QueueSubscribe(subject, queue, func(*nats.Msg) { count.Add(1) })
		if err != nil {
			return nil, err
		}
		if err := sub.SetPendingLimits(-1, -1); err != nil {
			return nil, err
		}
	}
	return a, flushAll(conns)
}

func (l *load) subjectList() []string {
	if l.subjects <= 1 {
		return []string{"bench.data"}
	}
	list := make([]string, l.subjects)
	for i := range list {
		list[i] = fmt.Sprintf("bench.%d.data", i)
	}
	return list
}

// runFanout measures publishers to subscribers until the last delivery; messages are deliveries.
func runFanout(l *load) (result, error) {
	a, err := l.subscribeAll()
	if err != nil {
		return result{}, err
	}
	publishers, err := l.connectAll(l.publishers, "publisher")
	if err != nil {
		return result{}, err
	}
	var churn *churner
	if l.churn > 0 {
		if churn, err = l.startChurn(); err != nil {
			return result{}, err
		}
	}
	if err := l.deliver(a, publishers, l.warmup); err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	before := churn.done()
	if err := l.deliver(a, publishers, l.count); err != nil {
		return result{}, err
	}
	r := w.close(int64(l.count) * int64(a.copies))
	if churn != nil {
		r.ChurnRate = float64(churn.done()-before) / time.Since(w.start).Seconds()
		churn.stop()
	}
	return r, l.noDuplicates(a)
}

// deliver publishes `count` messages and waits until everybody has them.
func (l *load) deliver(a *audience, publishers []*nats.Conn, count int) error {
	target := a.received() + int64(count)*int64(a.copies)
	if err := publishAll(publishers, l.subjectList(), count, l.size); err != nil {
		return errors.Join(err, troubled())
	}
	return a.wait(target)
}

// noDuplicates checks the total after everything has settled.
func (l *load) noDuplicates(a *audience) error {
	if err := flushAll(a.conns); err != nil {
		return err
	}
	time.Sleep(20 * time.Millisecond)
	want := int64(l.count+l.warmup) * int64(a.copies)
	if got := a.received(); got != want {
		return fmt.Errorf("received %d messages instead of %d", got, want)
	}
	return troubled()
}
