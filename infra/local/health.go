package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/boot"
)

// healthCmd asks the process that runs beside it whether it is well: for the
// health check of a container, which has no other client inside.
type healthCmd struct{}

// healthTimeout is below the time-out that orchestrators usually give a check.
const healthTimeout = 4 * time.Second

// Run exits 1 unless the process answers that it is not down.
func (healthCmd) Run(ctx context.Context, io streams) error {
	c, err := boot.Load(nil)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // every interface: loopback reaches it
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/api/health", http.NoBody)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var got struct{ Data struct{ Status string } }
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	fmt.Fprintln(io.out, got.Data.Status)
	if res.StatusCode != http.StatusOK {
		return errFailed
	}
	return nil
}
