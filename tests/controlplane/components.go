package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-base/cli/flag"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	manageroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// parse sets the options of a component as its command line would. The commands themselves are not used: each installs a
// handler of signals for the whole process, which only one may do.
func parse(sets flag.NamedFlagSets, arguments []string) error {
	all := pflag.NewFlagSet("component", pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	return all.Parse(arguments)
}

// apiServer prepares the API server over the etcd at store. The function that it returns serves until ctx ends.
func apiServer(ctx context.Context, store string, port int, files *credentials) (func() error, error) {
	options := apiserveroptions.NewServerRunOptions()
	err := parse(options.Flags(), []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--advertise-address=127.0.0.1",
		"--cert-dir=" + files.certificates,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.serviceAccounts,
		"--service-account-signing-key-file=" + files.serviceAccounts,
		"--token-auth-file=" + files.tokens,
		"--authorization-mode=RBAC",
		"--allow-privileged",
		// A loopback address is not a valid endpoint.
		"--endpoint-reconciler-type=none",
		"--enable-priority-and-fairness=false",
		"--storage-media-type=application/json",
		// Pods need not wait for the service account of their namespace.
		"--disable-admission-plugins=ServiceAccount",
	})
	if err != nil {
		return nil, err
	}
	if err := options.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	completed, err := options.Complete(ctx)
	if err != nil {
		return nil, err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return nil, errs[0]
	}
	return func() error { return apiserver.Run(ctx, completed) }, nil
}

// awaitReady returns when the API server says that it is ready.
func awaitReady(ctx context.Context, clients kubernetes.Interface) error {
	for {
		answer, err := clients.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if err == nil && string(answer) == "ok" {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// clientArguments let a component speak to the API server as admin, alone and without a port of its own.
func clientArguments(files *credentials) []string {
	return []string{
		"--kubeconfig=" + files.kubeconfig,
		"--authentication-kubeconfig=" + files.kubeconfig,
		"--authorization-kubeconfig=" + files.kubeconfig,
		"--leader-elect=false",
		"--secure-port=0",
	}
}

// controllerManager prepares the controllers, but for those that need nodes that are machines.
func controllerManager(ctx context.Context, files *credentials) (func() error, error) {
	options, err := manageroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	known, disabled, aliases := manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
	err = parse(options.Flags(known, disabled, aliases), append(clientArguments(files),
		"--use-service-account-credentials=false",
		"--service-account-private-key-file="+files.serviceAccounts,
		"--root-ca-file="+files.certificate(),
		"--controllers=*,-node-lifecycle-controller,-node-ipam-controller,-persistentvolume-attach-detach-controller,-certificatesigningrequest-signing-controller",
		"--concurrent-gc-syncs=2",
		// The garbage of a namespace goes soon: tests wait for it.
		"--namespace-sync-period=10s",
	))
	if err != nil {
		return nil, err
	}
	config, err := options.Config(ctx, known, disabled, aliases)
	if err != nil {
		return nil, err
	}
	return func() error { return manager.Run(ctx, config.Complete()) }, nil
}

// podScheduler prepares the scheduler.
func podScheduler(ctx context.Context, files *credentials) (func() error, error) {
	options := scheduleroptions.NewOptions()
	if err := parse(*options.Flags, clientArguments(files)); err != nil {
		return nil, err
	}
	config, pods, err := scheduler.Setup(ctx, options)
	if err != nil {
		return nil, err
	}
	return func() error { return scheduler.Run(ctx, config, pods) }, nil
}
