package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
)

// runHold opens idle connections, shares out the wanted number of distinct subscriptions among
// them, waits, and reads the server's memory.
func runHold(l *load) (result, error) {
	conns, err := l.connectAll(l.connections, "idle")
	if err != nil {
		return result{}, err
	}
	nobody := make(chan *nats.Msg, 1)
	for n := range l.subscriptions {
		subject := fmt.Sprintf("site.%d.device.%d.state", n%317, n)
		if _, err := conns[n%len(conns)].ChanSubscribe(subject, nobody); err != nil {
			return result{}, err
		}
	}
	if err := flushAll(conns); err != nil {
		return result{}, err
	}
	w := openWindow(l.pid)
	time.Sleep(time.Duration(l.seconds * float64(time.Second)))
	r := w.close(int64(max(l.subscriptions, l.connections)))
	// Nothing was sent: rates and CPU per message would mean nothing.
	r.Rate, r.ServerCPU, r.ClientCPU = 0, 0, 0
	return r, troubled()
}

// runStall publishes at full speed to many subscribers while one more subscriber, a raw socket,
// never reads. The server must close that one alone, keep serving the others, and stay small.
func runStall(l *load) (result, error) {
	a, err := l.subscribeAll()
	if err != nil {
		return result{}, err
	}
	stalled, err := openStalled(l.url)
	if err != nil {
		return result{}, err
	}
	defer stalled.Close()
	publishers, err := l.connectAll(l.publishers, "publisher")
	if err != nil {
		return result{}, err
	}
	quit := make(chan struct{})
	sent := make(chan int64, len(publishers))
	w := openWindow(l.pid)
	for _, nc := range publishers {
		go func() { sent <- publishUntil(nc, l.size, quit) }()
	}
	slowest := watchSeconds(a, l.seconds)
	close(quit)
	var published int64
	for range publishers {
		published += <-sent
	}
	others := closedCount(a.conns) + closedCount(publishers)
	var missing error
	if others == 0 {
		missing = errors.Join(flushAll(publishers), a.wait(published*int64(a.copies)))
	}
	r := w.close(a.received())
	r.SlowestSecond = slowest
	r.OthersClosed = &others
	closed := wasClosed(stalled)
	r.StalledClosed = &closed
	return r, missing
}

func openStalled(server string) (net.Conn, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(conn, 16)
	if _, err := r.ReadString('\n'); err != nil {
		return nil, err
	}
	if _, err := conn.Write([]byte("CONNECT {\"verbose\":false,\"name\":\"stalled\"}\r\nSUB bench.data 1\r\nPING\r\n")); err != nil {
		return nil, err
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "PONG\r\n" {
			return conn, err
		}
	}
}

func publishUntil(nc *nats.Conn, size int, quit chan struct{}) int64 {
	payload := make([]byte, size)
	var sent int64
	for {
		select {
		case <-quit:
			if err := nc.FlushTimeout(30 * time.Second); err != nil {
				report(err)
			}
			return sent
		default:
		}
		if err := nc.Publish("bench.data", payload); err != nil {
			report(err)
			return sent
		}
		sent++
	}
}

// watchSeconds waits and returns the deliveries in the worst second of the whole time.
func watchSeconds(a *audience, seconds float64) float64 {
	slowest := -1.0
	before := a.received()
	for range max(int(seconds), 1) {
		start := time.Now()
		time.Sleep(time.Second)
		now := a.received()
		rate := float64(now-before) / time.Since(start).Seconds()
		if slowest < 0 || rate < slowest {
			slowest = rate
		}
		before = now
	}
	return slowest
}

func closedCount(conns []*nats.Conn) int {
	n := 0
	for _, nc := range conns {
		if nc.IsClosed() {
			n++
		}
	}
	return n
}

// wasClosed reads what was left for the stalled connection until its end (the server had closed
// it) or silence (it had not).
func wasClosed(conn net.Conn) bool {
	buf := make([]byte, 1<<20)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := conn.Read(buf); err != nil {
			var timeout net.Error
			return !(errors.As(err, &timeout) && timeout.Timeout())
		}
	}
}
