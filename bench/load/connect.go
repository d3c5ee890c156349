package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// trouble holds the first thing that went wrong on any connection: a measurement in which the
// server closed somebody, or an error came back, is no measurement.
var trouble atomic.Pointer[error]

func report(err error) {
	if err != nil {
		trouble.CompareAndSwap(nil, &err)
	}
}

func troubled() error {
	if err := trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// connect opens one connection that never reconnects.
func (l *load) connect(name string) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.Name(name),
		nats.NoReconnect(),
		nats.Timeout(20 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				report(fmt.Errorf("%s was disconnected: %w", name, err))
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			report(fmt.Errorf("%s: %w", name, err))
		}),
	}
	if l.users {
		role, _, _ := strings.Cut(name, "-")
		opts = append(opts, nats.UserInfo(role, "bench"), nats.CustomInboxPrefix("_INBOX."+role))
	}
	if l.ca != "" {
		pem, err := os.ReadFile(l.ca)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("no certificate in " + l.ca)
		}
		opts = append(opts, nats.Secure(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	}
	return nats.Connect(l.url, opts...)
}

// connectAll opens n connections, a few at a time.
func (l *load) connectAll(n int, name string) ([]*nats.Conn, error) {
	conns := make([]*nats.Conn, n)
	errs := make(chan error, n)
	gate := make(chan struct{}, 8)
	for i := range conns {
		gate <- struct{}{}
		go func() {
			var err error
			conns[i], err = l.connect(fmt.Sprintf("%s-%d", name, i))
			<-gate
			errs <- err
		}()
	}
	var first error
	for range conns {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return conns, first
}

// flushAll waits until the server has processed everything sent on each connection.
func flushAll(conns []*nats.Conn) error {
	for _, nc := range conns {
		if err := nc.FlushTimeout(60 * time.Second); err != nil {
			return errors.Join(err, troubled())
		}
	}
	return nil
}
