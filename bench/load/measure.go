package main

import (
	"math"
	"runtime"
	"sort"
	"time"
)

// result is the line of JSON that a run prints. Fields that a kind does not measure are left out.
type result struct {
	// Messages counts what the row counts: deliveries, for publish only messages, round trips.
	Messages int64   `json:"messages"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"rate"`
	// CPU time in the window, nanoseconds per message.
	ServerCPU float64 `json:"server_cpu_ns,omitempty"`
	ClientCPU float64 `json:"client_cpu_ns,omitempty"`
	// OthersCPU is how many cores neither the server nor the generator used: the disturbance.
	OthersCPU float64 `json:"others_cpu"`
	// Resident memory of the server, bytes; the peak is that of its whole life.
	RSS     int64 `json:"rss,omitempty"`
	PeakRSS int64 `json:"peak_rss,omitempty"`
	// Latency in microseconds.
	P50 float64 `json:"p50_us,omitempty"`
	P99 float64 `json:"p99_us,omitempty"`
	// ChurnRate is what the churning connection really did per second.
	ChurnRate float64 `json:"churn_rate,omitempty"`
	// Of stall: was the stalled connection closed, how many others were, the slowest second.
	StalledClosed *bool   `json:"stalled_closed,omitempty"`
	OthersClosed  *int    `json:"others_closed,omitempty"`
	SlowestSecond float64 `json:"slowest_second,omitempty"`
}

// window is a measurement under way.
type window struct {
	pid    int
	start  time.Time
	server time.Duration
	client time.Duration
	all    time.Duration
}

// openWindow settles the generator's heap and starts the clocks.
func openWindow(pid int) window {
	runtime.GC()
	time.Sleep(20 * time.Millisecond)
	w := window{pid: pid, server: processCPU(pid), client: ownCPU(), all: machineCPU()}
	w.start = time.Now()
	return w
}

// close stops the clocks. `messages` is what was done since openWindow.
func (w window) close(messages int64) result {
	elapsed := time.Since(w.start)
	r := result{Messages: messages, Seconds: elapsed.Seconds()}
	r.Rate = float64(messages) / r.Seconds
	per := float64(max(messages, 1))
	server, client := processCPU(w.pid)-w.server, ownCPU()-w.client
	r.ServerCPU, r.ClientCPU = float64(server)/per, float64(client)/per
	r.OthersCPU = max((machineCPU()-w.all-server-client).Seconds()/r.Seconds, 0)
	r.RSS, r.PeakRSS = processMemory(w.pid)
	return r
}

// percentiles sets P50 and P99 from samples in nanoseconds; it sorts them.
func (r *result) percentiles(samples []int64) {
	if len(samples) == 0 {
		return
	}
	sort.Slice(samples, func(i, j int) bool { return samples[i] < samples[j] })
	at := func(p float64) float64 {
		i := int(math.Ceil(p*float64(len(samples)))) - 1
		return float64(samples[max(i, 0)]) / 1000
	}
	r.P50, r.P99 = at(0.50), at(0.99)
}
