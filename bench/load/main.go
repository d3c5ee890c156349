// Command load puts one kind of load on a NATS server and prints what it measured as one line of
// JSON. It uses the official Go client, so that the client is the same for every server.
//
// Each run is one measurement: connect, warm up with the same traffic, collect garbage, then a
// fixed number of messages against the clock. The caller (bench/run.mjs) chooses the numbers and
// alternates the servers. `-pid` names the server's process: its CPU time in the measured window
// is read from the kernel, because messages per second of a saturated client say little about the
// server, and CPU per message does.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
)

// load is what one run does; every kind reads the fields it needs.
type load struct {
	url           string
	pid           int
	ca            string
	users         bool
	count         int
	warmup        int
	size          int
	publishers    int
	subscribers   int
	queue         bool
	subjects      int
	churn         int
	connections   int
	requesters    int
	subscriptions int
	rate          int
	seconds       float64
	seed          int64
}

var kinds = map[string]func(*load) (result, error){
	"publish": runPublish,
	"fanout":  runFanout,
	"request": runRequest,
	"ring":    runRing,
	"paced":   runPaced,
	"hold":    runHold,
	"stall":   runStall,
	"soak":    runSoak,
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: load <%v|cert DIR> [flags]", kindNames()))
	}
	if os.Args[1] == "cert" {
		if len(os.Args) != 3 {
			fail(fmt.Errorf("usage: load cert DIR"))
		}
		if err := writeCertificates(os.Args[2]); err != nil {
			fail(err)
		}
		return
	}
	run, ok := kinds[os.Args[1]]
	if !ok {
		fail(fmt.Errorf("no load named %q: one of %v", os.Args[1], kindNames()))
	}
	// Fewer collections in the generator: its pauses would be counted as the server's.
	debug.SetGCPercent(800)
	out, err := run(parseFlags(os.Args[2:]))
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fail(err)
	}
}

func parseFlags(args []string) *load {
	l := &load{}
	f := flag.NewFlagSet("load", flag.ExitOnError)
	f.StringVar(&l.url, "url", "nats://127.0.0.1:4222", "server")
	f.IntVar(&l.pid, "pid", 0, "process of the server; 0: do not read its CPU time and memory")
	f.StringVar(&l.ca, "ca", "", "certificate authority; connects with TLS")
	f.BoolVar(&l.users, "users", false, "log in as publisher, subscriber, requester or responder")
	f.IntVar(&l.count, "count", 100_000, "messages (requests, hops) in the measured window, in all")
	f.IntVar(&l.warmup, "warmup", 0, "messages before it")
	f.IntVar(&l.size, "size", 128, "payload bytes")
	f.IntVar(&l.publishers, "publishers", 1, "publishing connections")
	f.IntVar(&l.subscribers, "subscribers", 1, "subscribing connections")
	f.BoolVar(&l.queue, "queue", false, "the subscribers form one queue group")
	f.IntVar(&l.subjects, "subjects", 1, "publish to this many subjects in turn; above 1 the subscribers use wildcards")
	f.IntVar(&l.churn, "churn", 0, "SUB and UNSUB pairs per second by one more connection")
	f.IntVar(&l.connections, "connections", 500, "connections of ring, paced and hold")
	f.IntVar(&l.requesters, "requesters", 1, "requesting connections")
	f.IntVar(&l.subscriptions, "subscriptions", 0, "subscriptions of hold, in all")
	f.IntVar(&l.rate, "rate", 5000, "messages per second of paced, in all")
	f.Float64Var(&l.seconds, "seconds", 5, "length of paced, stall and soak; settling time of hold")
	f.Int64Var(&l.seed, "seed", 1, "seed of soak")
	_ = f.Parse(args)
	return l
}

func kindNames() []string {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}
