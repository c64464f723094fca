package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/cert"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/utils/exec"
)

// logText is the annotation of pods that says what their containers have written.
const logText = "ko.test/log"

// node answers what the API server asks the kubelet of a node: the logs of containers, and programs to run in them. There
// are no containers: a log is what an annotation of the pod says, and the programs are a handful that are played here.
type node struct {
	pods cache.Indexer
}

// serveNode serves a node until ctx ends, and returns its port.
func serveNode(ctx context.Context, pods cache.Indexer) (int32, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return 0, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return 0, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	n := &node{pods: pods}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", n.logs)
	routes.HandleFunc("/exec/{namespace}/{pod}/{container}", n.exec)
	// Streams are upgraded connections, which HTTP/2 has not.
	server := &http.Server{Handler: routes, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	go func() { _ = server.Serve(tls.NewListener(listener, config)) }()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	return int32(listener.Addr().(*net.TCPAddr).Port), nil
}

// pod is the pod of a request, or nil after an answer that says that there is none.
func (n *node) pod(w http.ResponseWriter, r *http.Request) *corev1.Pod {
	object, found, err := n.pods.GetByKey(r.PathValue("namespace") + "/" + r.PathValue("pod"))
	if err != nil || !found {
		http.Error(w, "pod does not exist", http.StatusNotFound)
		return nil
	}
	return object.(*corev1.Pod)
}

// logs answers the lines of a container; `kubectl logs` knows the parameters.
func (n *node) logs(w http.ResponseWriter, r *http.Request) {
	pod := n.pod(w, r)
	if pod == nil {
		return
	}
	if pod.Status.StartTime == nil {
		http.Error(w, fmt.Sprintf("container %q in pod %q is waiting to start", r.PathValue("container"), pod.Name), http.StatusBadRequest)
		return
	}
	query := r.URL.Query()
	text := pod.Annotations[logText]
	if query.Get("previous") == "true" {
		text = "before the restart"
	}
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n")+"\n", "\n")
	lines = lines[:len(lines)-1]
	begun := pod.Status.StartTime.Time
	if seconds, err := strconv.Atoi(query.Get("sinceSeconds")); err == nil && time.Since(begun) > time.Duration(seconds)*time.Second {
		lines = nil
	}
	if tail, err := strconv.Atoi(query.Get("tailLines")); err == nil && tail < len(lines) {
		lines = lines[len(lines)-tail:]
	}
	w.Header().Set("Content-Type", "text/plain")
	for _, line := range lines {
		if query.Get("timestamps") == "true" {
			line = begun.UTC().Format(time.RFC3339Nano) + " " + line
		}
		_, _ = io.WriteString(w, line)
	}
}

// exec runs a program in a container.
func (n *node) exec(w http.ResponseWriter, r *http.Request) {
	pod := n.pod(w, r)
	if pod == nil {
		return
	}
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	command := r.URL.Query()["command"]
	remotecommand.ServeExec(w, r, programs{}, pod.Name, string(pod.UID), r.PathValue("container"), command, options,
		time.Minute, remotecommand.DefaultStreamCreationTimeout, remotecommand.SupportedStreamingProtocols)
}

// programs are those that containers have.
type programs struct{}

// ExecInContainer plays a program: echo, cat, fail (CODE TEXT…), sleep (SECONDS) and hostname.
func (programs) ExecInContainer(ctx context.Context, pod, _, _ string, command []string, in io.Reader, out, errs io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if len(command) == 0 {
		return errors.New("no command")
	}
	arguments := command[1:]
	switch command[0] {
	case "echo":
		_, err := fmt.Fprintln(out, strings.Join(arguments, " "))
		return err
	case "hostname":
		_, err := fmt.Fprintln(out, pod)
		return err
	case "cat":
		if in == nil {
			return nil
		}
		_, err := io.Copy(out, in)
		return err
	case "sleep":
		seconds, _ := strconv.Atoi(strings.Join(arguments, ""))
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(seconds) * time.Second):
		}
		return nil
	case "fail":
		code := 1
		if len(arguments) > 0 {
			code, _ = strconv.Atoi(arguments[0])
			arguments = arguments[1:]
		}
		_, _ = fmt.Fprintln(errs, strings.Join(arguments, " "))
		return exec.CodeExitError{Err: fmt.Errorf("exit status %d", code), Code: code}
	}
	return fmt.Errorf("exec: %q: executable file not found in $PATH", command[0])
}
