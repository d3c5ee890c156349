package main

import (
	"errors"
	"time"

	"github.com/nats-io/nats.go"
)

// runRequest measures round trips: each requester asks, waits for the answer, asks again; one
// responder answers all.
func runRequest(l *load) (result, error) {
	responder, err := l.connect("responder")
	if err != nil {
		return result{}, err
	}
	answer := make([]byte, l.size)
	if _, err := responder.Subscribe("bench.service", func(m *nats.Msg) {
		report(m.Respond(answer))
	}); err != nil {
		return result{}, err
	}
	if err := responder.Flush(); err != nil {
		return result{}, err
	}
	requesters, err := l.connectAll(l.requesters, "requester")
	if err != nil {
		return result{}, err
	}
	if _, err := askAll(requesters, l.warmup, l.size); err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	latencies, err := askAll(requesters, l.count, l.size)
	if err != nil {
		return result{}, err
	}
	r := w.close(int64(len(latencies)))
	r.percentiles(latencies)
	return r, troubled()
}

// askAll makes `count` requests in all and returns how long each took, in nanoseconds.
func askAll(conns []*nats.Conn, count, size int) ([]int64, error) {
	type share struct {
		latencies []int64
		err       error
	}
	shares := make(chan share, len(conns))
	each := (count + len(conns) - 1) / len(conns)
	for _, nc := range conns {
		go func() {
			latencies, err := ask(nc, each, size)
			shares <- share{latencies, err}
		}()
	}
	var all []int64
	var err error
	for range conns {
		s := <-shares
		all = append(all, s.latencies...)
		err = errors.Join(err, s.err)
	}
	return all, err
}

func ask(nc *nats.Conn, count, size int) ([]int64, error) {
	payload := make([]byte, size)
	latencies := make([]int64, 0, count)
	for range count {
		start := time.Now()
		if _, err := nc.Request("bench.service", payload, 10*time.Second); err != nil {
			return nil, err
		}
		latencies = append(latencies, int64(time.Since(start)))
	}
	return latencies, nil
}
