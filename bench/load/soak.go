package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// sample is a line of JSON that a soak prints every second while it runs.
type sample struct {
	Second    int     `json:"second"`
	Rate      float64 `json:"rate"`
	RSS       int64   `json:"rss"`
	Requests  int64   `json:"requests"`
	Opened    int64   `json:"opened"`
	ChurnRate float64 `json:"churn_rate"`
}

// backlogMax bounds what is published and not yet received, so that the load is as high as the
// subscribers allow and no connection becomes a slow consumer: nothing may be lost.
const backlogMax = 20_000

// soak is every kind of core traffic at once.
type soak struct {
	*load
	audience  *audience
	published atomic.Int64
	requests  atomic.Int64
	opened    atomic.Int64
	quit      chan struct{}
	busy      sync.WaitGroup
}

// runSoak runs full load for l.seconds: publishers to wildcard subscribers on many subjects with
// changing sizes, requests, subscription churn, and connections that come and go. At the end
// every message must have arrived exactly once at each subscriber.
func runSoak(l *load) (result, error) {
	if l.subjects <= 1 {
		l.subjects = 1000
	}
	s := &soak{load: l, quit: make(chan struct{})}
	var err error
	if s.audience, err = l.subscribeAll(); err != nil {
		return result{}, err
	}
	publishers, err := l.connectAll(l.publishers, "publisher")
	if err != nil {
		return result{}, err
	}
	requesters, err := l.openService()
	if err != nil {
		return result{}, err
	}
	churn, err := l.startChurn()
	if err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	for i, nc := range publishers {
		s.start(func() error { return s.publish(nc, l.seed+int64(i)) })
	}
	for _, nc := range requesters {
		s.start(func() error { return s.request(nc) })
	}
	s.start(s.comeAndGo)
	s.printSamples(churn)
	close(s.quit)
	s.busy.Wait()
	churn.stop()
	if err := errors.Join(troubled(), flushAll(publishers), s.audience.wait(s.published.Load()*int64(s.audience.copies))); err != nil {
		return result{}, err
	}
	r := w.close(s.audience.received())
	l.count, l.warmup = int(s.published.Load()), 0
	return r, l.noDuplicates(s.audience)
}

func (l *load) openService() ([]*nats.Conn, error) {
	responder, err := l.connect("responder")
	if err != nil {
		return nil, err
	}
	_, err = responder.Subscribe("service.echo", func(m *nats.Msg) { report(m.Respond(m.Data)) })
	if err != nil {
		return nil, err
	}
	if err := responder.Flush(); err != nil {
		return nil, err
	}
	return l.connectAll(l.requesters, "requester")
}

func (s *soak) start(work func() error) {
	s.busy.Add(1)
	go func() {
		defer s.busy.Done()
		report(work())
	}()
}

func (s *soak) stopped() bool {
	select {
	case <-s.quit:
		return true
	default:
		return troubled() != nil
	}
}

func (s *soak) publish(nc *nats.Conn, seed int64) error {
	random := rand.New(rand.NewSource(seed))
	subjects := s.subjectList()
	payload := make([]byte, 4096)
	for !s.stopped() {
		behind := s.published.Load()*int64(s.audience.copies) - s.audience.received()
		if behind > backlogMax*int64(s.audience.copies) {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		for range 100 {
			// Mostly small, sometimes some KiB: sizes that cross every buffer's boundary.
			size := random.Intn(200)
			if random.Intn(50) == 0 {
				size = random.Intn(len(payload))
			}
			if err := nc.Publish(subjects[random.Intn(len(subjects))], payload[:size]); err != nil {
				return err
			}
			s.published.Add(1)
		}
	}
	return nc.FlushTimeout(30 * time.Second)
}

func (s *soak) request(nc *nats.Conn) error {
	payload := make([]byte, 128)
	for !s.stopped() {
		if _, err := nc.Request("service.echo", payload, 30*time.Second); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		s.requests.Add(1)
	}
	return nil
}

// comeAndGo opens a connection, subscribes, gets one message through and closes, 50 times a second.
func (s *soak) comeAndGo() error {
	for !s.stopped() {
		nc, err := s.connect("visitor")
		if err != nil {
			return err
		}
		inbox := nats.NewInbox()
		sub, err := nc.SubscribeSync(inbox)
		if err == nil {
			err = nc.Publish(inbox, []byte("hello"))
		}
		if err == nil {
			_, err = sub.NextMsg(30 * time.Second)
		}
		nc.Close()
		if err != nil {
			return fmt.Errorf("visitor: %w", err)
		}
		s.opened.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

func (s *soak) printSamples(churn *churner) {
	out := json.NewEncoder(os.Stdout)
	received, pairs := int64(0), int64(0)
	last := time.Now()
	for second := 1; second <= int(s.seconds) && troubled() == nil; second++ {
		time.Sleep(time.Until(last.Add(time.Second)))
		now := time.Now()
		elapsed := now.Sub(last).Seconds()
		r, p := s.audience.received(), churn.done()
		line := sample{Second: second, Requests: s.requests.Load(), Opened: s.opened.Load()}
		line.Rate = float64(r-received) / elapsed
		line.ChurnRate = float64(p-pairs) / elapsed
		line.RSS, _ = processMemory(s.pid)
		_ = out.Encode(line)
		received, pairs, last = r, p, now
	}
}
