// The interop scenarios with the official Go client: <program> <scenario> <host:port> <certs>.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

var address, certs string

const patience = 10 * time.Second

type scenario func() error

func open(options ...nats.Option) (*nats.Conn, error) {
	base := []nats.Option{nats.NoReconnect(), nats.Timeout(5 * time.Second)}
	return nats.Connect("nats://"+address, append(base, options...)...)
}

func check(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// echo publishes one message and waits for it.
func echo(nc *nats.Conn, subject string) error {
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		return err
	}
	if err := nc.Publish(subject, []byte("x")); err != nil {
		return err
	}
	m, err := sub.NextMsg(patience)
	if err != nil {
		return err
	}
	return check(string(m.Data) == "x", "got %q", m.Data)
}

func echoWith(subject string, options ...nats.Option) error {
	nc, err := open(options...)
	if err != nil {
		return err
	}
	defer nc.Close()
	return echo(nc, subject)
}

func refused(want error, options ...nats.Option) error {
	nc, err := open(options...)
	if err == nil {
		nc.Close()
	}
	return check(errors.Is(err, want), "expected %v, got %v", want, err)
}

func all(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func pubsub() error {
	a, err := open()
	if err != nil {
		return err
	}
	b, err := open()
	if err != nil {
		return err
	}
	sub, _ := a.SubscribeSync("foo")
	if err := a.Flush(); err != nil {
		return err
	}
	for i := range 100 {
		_ = b.Publish("foo", fmt.Appendf(nil, "%d", i))
	}
	for i := range 100 {
		m, err := sub.NextMsg(patience)
		if err != nil {
			return err
		}
		if string(m.Data) != fmt.Sprint(i) {
			return fmt.Errorf("message %d is %q", i, m.Data)
		}
	}
	return nil
}

func wildcards() error {
	nc, err := open()
	if err != nil {
		return err
	}
	star, _ := nc.SubscribeSync("w.*")
	tail, _ := nc.SubscribeSync("w.>")
	_ = nc.Publish("w.a", nil)
	_ = nc.Publish("w.a.b", nil)
	for _, want := range []struct {
		sub     *nats.Subscription
		subject string
	}{{star, "w.a"}, {tail, "w.a"}, {tail, "w.a.b"}} {
		m, err := want.sub.NextMsg(patience)
		if err != nil {
			return err
		}
		if m.Subject != want.subject {
			return fmt.Errorf("%s instead of %s", m.Subject, want.subject)
		}
	}
	return nil
}

func serve(subject string) error {
	service, err := open()
	if err != nil {
		return err
	}
	_, err = service.Subscribe(subject, func(m *nats.Msg) { _ = m.Respond(append([]byte("re: "), m.Data...)) })
	if err != nil {
		return err
	}
	return service.Flush()
}

func request() error {
	if err := serve("help"); err != nil {
		return err
	}
	for _, options := range [][]nats.Option{nil, {nats.UseOldRequestStyle()}} {
		nc, err := open(options...)
		if err != nil {
			return err
		}
		m, err := nc.Request("help", []byte("q"), patience)
		if err != nil {
			return err
		}
		if string(m.Data) != "re: q" {
			return fmt.Errorf("got %q", m.Data)
		}
	}
	return nil
}

func manyRequests() error {
	if err := serve("add"); err != nil {
		return err
	}
	nc, err := open()
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var failed atomic.Int32
	for i := range 500 {
		wg.Go(func() {
			m, err := nc.Request("add", fmt.Appendf(nil, "%d", i), patience)
			if err != nil || string(m.Data) != fmt.Sprintf("re: %d", i) {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	return check(failed.Load() == 0, "%d requests failed", failed.Load())
}

func noResponders() error {
	nc, err := open()
	if err != nil {
		return err
	}
	_, err = nc.Request("nobody", nil, patience)
	return check(errors.Is(err, nats.ErrNoResponders), "got %v", err)
}

func headers() error {
	nc, err := open()
	if err != nil {
		return err
	}
	sub, _ := nc.SubscribeSync("h")
	m := nats.NewMsg("h")
	m.Header.Add("A", "1")
	m.Header.Add("A", "2")
	m.Header.Set("Key", "a value: ü")
	m.Data = []byte("body")
	if err := nc.PublishMsg(m); err != nil {
		return err
	}
	got, err := sub.NextMsg(patience)
	if err != nil {
		return err
	}
	ok := strings.Join(got.Header.Values("A"), ",") == "1,2" && got.Header.Get("Key") == "a value: ü"
	return check(ok && string(got.Data) == "body", "got %v %q", got.Header, got.Data)
}

func queue() error {
	var counts [3]atomic.Int32
	for i := range counts {
		nc, err := open()
		if err != nil {
			return err
		}
		_, _ = nc.QueueSubscribe("work", "q", func(*nats.Msg) { counts[i].Add(1) })
		if err := nc.Flush(); err != nil {
			return err
		}
	}
	nc, err := open()
	if err != nil {
		return err
	}
	for range 600 {
		_ = nc.Publish("work", nil)
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	sum := func() int32 { return counts[0].Load() + counts[1].Load() + counts[2].Load() }
	for deadline := time.Now().Add(patience); sum() < 600 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	for i := range counts {
		if counts[i].Load() < 100 {
			return fmt.Errorf("unfair: member %d got %d", i, counts[i].Load())
		}
	}
	return check(sum() == 600, "%d of 600 messages", sum())
}

func drain() error {
	closed := make(chan struct{})
	a, err := open(nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		return err
	}
	b, err := open()
	if err != nil {
		return err
	}
	var got atomic.Int32
	_, _ = a.Subscribe("d", func(*nats.Msg) { got.Add(1) })
	_ = a.Flush()
	for range 50 {
		_ = b.Publish("d", nil)
	}
	_ = b.Flush()
	if err := a.Drain(); err != nil {
		return err
	}
	select {
	case <-closed:
	case <-time.After(patience):
		return errors.New("drain did not end")
	}
	return check(got.Load() == 50, "%d of 50 messages", got.Load())
}

func unsubscribeMax() error {
	nc, err := open()
	if err != nil {
		return err
	}
	var got atomic.Int32
	sub, _ := nc.Subscribe("m", func(*nats.Msg) { got.Add(1) })
	if err := sub.AutoUnsubscribe(3); err != nil {
		return err
	}
	for range 10 {
		_ = nc.Publish("m", nil)
	}
	_ = nc.Flush()
	time.Sleep(100 * time.Millisecond)
	return check(got.Load() == 3, "%d messages", got.Load())
}

func noEcho() error {
	a, err := open(nats.NoEcho())
	if err != nil {
		return err
	}
	b, err := open()
	if err != nil {
		return err
	}
	sub, _ := a.SubscribeSync("e")
	_ = a.Publish("e", []byte("own"))
	_ = a.Flush()
	_ = b.Publish("e", []byte("other"))
	m, err := sub.NextMsg(patience)
	if err != nil {
		return err
	}
	return check(string(m.Data) == "other", "got %q", m.Data)
}

func large() error {
	nc, err := open()
	if err != nil {
		return err
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), int(nc.MaxPayload())/16)
	sub, _ := nc.SubscribeSync("l")
	for range 3 {
		if err := nc.Publish("l", data); err != nil {
			return err
		}
	}
	for range 3 {
		m, err := sub.NextMsg(patience)
		if err != nil {
			return err
		}
		if !bytes.Equal(m.Data, data) {
			return errors.New("the payload changed")
		}
	}
	return nil
}

func info() error {
	nc, err := open(nats.Name("interop"))
	if err != nil {
		return err
	}
	id, err := nc.GetClientID()
	if err != nil {
		return err
	}
	ip, err := nc.GetClientIP()
	if err != nil {
		return err
	}
	if _, err := nc.RTT(); err != nil {
		return err
	}
	ok := strings.HasPrefix(nc.ConnectedServerVersion(), "2.15.2") && nc.HeadersSupported() && nc.MaxPayload() == 1048576
	return check(ok && id > 0 && ip.String() == "127.0.0.1", "%s %d %s", nc.ConnectedServerVersion(), id, ip)
}

func reconnect() error {
	again := make(chan struct{}, 8)
	nc, err := nats.Connect("nats://"+address, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ReconnectHandler(func(*nats.Conn) { again <- struct{}{} }))
	if err != nil {
		return err
	}
	sub, _ := nc.SubscribeSync("r")
	_ = nc.Flush()
	fmt.Println("READY")
	select {
	case <-again:
	case <-time.After(2 * patience):
		return errors.New("no reconnect")
	}
	_ = nc.Publish("r", []byte("after"))
	_, err = sub.NextMsg(patience)
	return err
}

func permissions() error {
	problems := make(chan error, 8)
	nc, err := open(nats.UserInfo("u", "p"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { problems <- err }))
	if err != nil {
		return err
	}
	expect := func(text string) error {
		select {
		case err := <-problems:
			return check(errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), text), "got %v", err)
		case <-time.After(patience):
			return fmt.Errorf("no error for %s", text)
		}
	}
	_ = nc.Publish("forbidden", nil)
	if err := expect(`Publish to "forbidden"`); err != nil {
		return err
	}
	_, _ = nc.QueueSubscribeSync("forbidden", "q")
	if err := expect(`Subscription to "forbidden" using queue "q"`); err != nil {
		return err
	}
	return nc.Flush()
}

func maxPayload() error {
	nc, err := open()
	if err != nil {
		return err
	}
	err = nc.Publish("a", make([]byte, 101))
	if !errors.Is(err, nats.ErrMaxPayload) {
		return fmt.Errorf("got %v", err)
	}
	return echo(nc, "a")
}

func lameDuck() error {
	notice := make(chan struct{}, 1)
	if _, err := open(nats.LameDuckModeHandler(func(*nats.Conn) { notice <- struct{}{} })); err != nil {
		return err
	}
	fmt.Println("READY")
	select {
	case <-notice:
		return nil
	case <-time.After(patience):
		return errors.New("no lame duck notice")
	}
}

func file(name string) string { return filepath.Join(certs, name) }

func scenarios() map[string]scenario {
	ca := func() nats.Option { return nats.RootCAs(file("ca.pem")) }
	return map[string]scenario{
		"pubsub": pubsub, "wildcards": wildcards, "request": request, "many-requests": manyRequests,
		"no-responders": noResponders, "headers": headers, "queue": queue, "drain": drain,
		"unsubscribe-max": unsubscribeMax, "no-echo": noEcho, "large": large, "info": info,
		"reconnect": reconnect, "permissions": permissions, "max-payload": maxPayload, "lame-duck": lameDuck,
		"user": func() error {
			return all(
				func() error { return echoWith("a", nats.UserInfo("u", "p")) },
				func() error { return refused(nats.ErrAuthorization, nats.UserInfo("u", "x")) },
				func() error { return refused(nats.ErrAuthorization) },
			)
		},
		"token": func() error {
			return all(
				func() error { return echoWith("a", nats.Token("s3cret")) },
				func() error { return refused(nats.ErrAuthorization, nats.Token("x")) },
			)
		},
		"bcrypt": func() error {
			return all(
				func() error { return echoWith("a", nats.UserInfo("u", "secret")) },
				func() error { return refused(nats.ErrAuthorization, nats.UserInfo("u", "other")) },
			)
		},
		"no-auth-user": func() error {
			return all(
				func() error { return echoWith("g.a") },
				func() error { return echoWith("a", nats.UserInfo("a", "pa")) },
			)
		},
		"tls": func() error { return echoWith("a", ca()) },
		"tls-verify": func() error {
			if err := echoWith("a", ca(), nats.ClientCert(file("client.pem"), file("client-key.pem"))); err != nil {
				return err
			}
			err := echoWith("a", ca())
			return check(err != nil, "connected without a certificate")
		},
		"tls-first": func() error { return echoWith("a", ca(), nats.TLSHandshakeFirst()) },
	}
}

func main() {
	address, certs = os.Args[2], os.Args[3]
	run := scenarios()[os.Args[1]]
	if run == nil {
		fmt.Fprintln(os.Stderr, "no scenario", os.Args[1])
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
