package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// neighbour is one of many connections that each carry little traffic: it listens on a subject of
// its own and publishes to the next one's.
type neighbour struct {
	nc   *nats.Conn
	next string
}

func (l *load) neighbours(handle func(i int, m *nats.Msg)) ([]neighbour, error) {
	conns, err := l.connectAll(l.connections, "neighbour")
	if err != nil {
		return nil, err
	}
	all := make([]neighbour, len(conns))
	for i, nc := range conns {
		all[i] = neighbour{nc, fmt.Sprintf("bench.house.%d", (i+1)%len(conns))}
		subject := fmt.Sprintf("bench.house.%d", i)
		if _, err := nc.Subscribe(subject, func(m *nats.Msg) { handle(i, m) }); err != nil {
			return nil, err
		}
	}
	return all, flushAll(conns)
}

// runRing passes tokens round a ring of connections, a fifth as many tokens as connections. Hardly
// two messages ever share a read or a write, so it measures what a wake-up costs the server.
func runRing(l *load) (result, error) {
	var hops, goal atomic.Int64
	reached := make(chan struct{}, 1)
	var all []neighbour
	all, err := l.neighbours(func(i int, m *nats.Msg) {
		n, limit := hops.Add(1), goal.Load()
		if n == limit {
			reached <- struct{}{}
		}
		if n < limit {
			report(all[i].nc.Publish(all[i].next, m.Data))
		}
	})
	if err != nil {
		return result{}, err
	}
	lap := func(count int) error {
		tokens := max(len(all)/5, 1)
		// Tokens still under way when the goal is reached are dropped where they land.
		hops.Store(0)
		goal.Store(int64(count))
		for i := range tokens {
			from := all[i*len(all)/tokens]
			if err := from.nc.Publish(from.next, make([]byte, l.size)); err != nil {
				return err
			}
		}
		select {
		case <-reached:
			return nil
		case <-time.After(60 * time.Second):
			return errors.Join(fmt.Errorf("a token was lost: %d of %d hops", hops.Load(), count), troubled())
		}
	}
	if err := lap(max(l.warmup, 1)); err != nil {
		return result{}, err
	}
	time.Sleep(100 * time.Millisecond)
	w := openWindow(l.pid)
	if err := lap(l.count); err != nil {
		return result{}, err
	}
	return w.close(int64(l.count)), troubled()
}

// runPaced lets the connections publish at a fixed total rate, far below what the server can do,
// and measures how long deliveries take.
func runPaced(l *load) (result, error) {
	start := time.Now()
	latencies := make([]int64, int(float64(l.rate)*l.seconds)+l.rate)
	var arrived, received atomic.Int64
	all, err := l.neighbours(func(_ int, m *nats.Msg) {
		sent := int64(binary.LittleEndian.Uint64(m.Data))
		if i := arrived.Add(1) - 1; int(i) < len(latencies) {
			latencies[i] = int64(time.Since(start)) - sent
		}
		received.Add(1)
	})
	if err != nil {
		return result{}, err
	}
	phase := func(seconds float64) (int64, error) {
		arrived.Store(0)
		received.Store(0)
		sent, err := pace(all, l, start, seconds)
		if err != nil {
			return 0, err
		}
		for deadline := time.Now().Add(10 * time.Second); received.Load() < sent; {
			if time.Now().After(deadline) {
				return 0, fmt.Errorf("received %d of %d messages", received.Load(), sent)
			}
			time.Sleep(time.Millisecond)
		}
		return sent, troubled()
	}
	if _, err := phase(min(l.seconds, 0.5)); err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	sent, err := phase(l.seconds)
	if err != nil {
		return result{}, err
	}
	r := w.close(sent)
	r.percentiles(latencies[:sent])
	return r, nil
}

// pace publishes l.rate messages a second for some seconds, the connections taking turns.
func pace(all []neighbour, l *load, epoch time.Time, seconds float64) (int64, error) {
	payload := make([]byte, max(l.size, 8))
	begin := time.Now()
	var sent int64
	for {
		elapsed := time.Since(begin).Seconds()
		if elapsed >= seconds {
			return sent, nil
		}
		for due := int64(elapsed * float64(l.rate)); sent < due; sent++ {
			from := all[int(sent)%len(all)]
			binary.LittleEndian.PutUint64(payload, uint64(time.Since(epoch)))
			if err := from.nc.Publish(from.next, payload); err != nil {
				return sent, err
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
}
