// Command controlplane is a real Kubernetes control plane in one process, for tests: etcd, the API server, the
// controller manager, the scheduler and a simulator of nodes, pods and volumes. Everything listens on the loopback
// interface alone, on ports of its own, and everything it writes is below one directory.
//
// It says one line of JSON on standard output when it is ready, and ends on SIGTERM, on an interrupt, or, when asked,
// when its standard input ends: a test that dies takes it along.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
)

// ready is the line that says that the control plane can be used.
type ready struct {
	// Kubeconfig is the path of the kubeconfig. It has a context for each user; the current one is admin's.
	Kubeconfig string `json:"kubeconfig"`
	// Version of the API server, such as v1.36.3.
	Version string `json:"version"`
	// Pid is the process that serves.
	Pid int `json:"pid"`
	// Milliseconds from the start of the process.
	Milliseconds int64 `json:"milliseconds"`
}

func main() {
	dir := flag.String("dir", "", "`directory` for everything that is written; it should be empty")
	podDelay := flag.Duration("pod-delay", 100*time.Millisecond, "how long a scheduled pod takes to be ready")
	untilEOF := flag.Bool("exit-on-stdin-eof", false, "end when the standard input ends")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "controlplane: usage: controlplane -dir DIRECTORY [-pod-delay 100ms] [-exit-on-stdin-eof]")
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	if *untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	if err := run(ctx, *dir, *podDelay); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

// run starts everything in order and serves until ctx ends or a part fails.
func run(ctx context.Context, dir string, podDelay time.Duration) error {
	start := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	store, err := startStore(filepath.Join(dir, "etcd"))
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.Close()

	files, err := writeCredentials(dir)
	if err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	// Any part that ends before the whole does ends the whole.
	part := func(name string, f func() error) {
		go func() {
			err := f()
			if err == nil {
				err = fmt.Errorf("ended by itself")
			}
			cancel(fmt.Errorf("%s: %w", name, err))
		}()
	}
	server, err := apiServer(ctx, store.Config().AdvertiseClientUrls[0].String(), port, files)
	if err != nil {
		return fmt.Errorf("API server: %w", err)
	}
	part("API server", server)

	config, err := files.writeKubeconfig(ctx, port)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, clients); err != nil {
		return fmt.Errorf("API server: %w", err)
	}
	if err := grant(ctx, clients); err != nil {
		return fmt.Errorf("roles: %w", err)
	}

	controllers, err := controllerManager(ctx, files)
	if err != nil {
		return fmt.Errorf("controller manager: %w", err)
	}
	part("controller manager", controllers)
	pods, err := podScheduler(ctx, files)
	if err != nil {
		return fmt.Errorf("scheduler: %w", err)
	}
	part("scheduler", pods)
	if err := simulate(ctx, clients, podDelay); err != nil {
		return fmt.Errorf("simulator: %w", err)
	}

	version, err := clients.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	line := ready{files.kubeconfig, version.GitVersion, os.Getpid(), time.Since(start).Milliseconds()}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}
