package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
	"k8s.io/client-go/util/workqueue"
)

// nodeName is the one node that there is.
const nodeName = "sim-0"

// simulate plays what needs machines: a node, the kubelet that runs its pods, and the provisioner of volumes.
func simulate(ctx context.Context, clients kubernetes.Interface, podDelay time.Duration) error {
	if err := addStorageClass(ctx, clients); err != nil {
		return err
	}
	all := informers.NewSharedInformerFactory(clients, 0)
	pods := all.Core().V1().Pods().Informer()
	port, err := serveNode(ctx, pods.GetIndexer())
	if err != nil {
		return err
	}
	if err := addNode(ctx, clients, port); err != nil {
		return err
	}
	claims := all.Core().V1().PersistentVolumeClaims().Informer()
	kubelet := &kubelet{clients: clients, pods: pods.GetIndexer(), delay: podDelay, queue: newQueue()}
	provisioner := &provisioner{clients: clients, claims: claims.GetIndexer(), queue: newQueue()}
	if err := feed(pods, kubelet.queue); err != nil {
		return err
	}
	if err := feed(claims, provisioner.queue); err != nil {
		return err
	}
	all.Start(ctx.Done())
	all.WaitForCacheSync(ctx.Done())
	go work(ctx, kubelet.queue, kubelet.reconcile)
	go work(ctx, provisioner.queue, provisioner.reconcile)
	return nil
}

// A queue of the keys of objects that something happened to.
type queue = workqueue.TypedDelayingInterface[string]

func newQueue() queue { return workqueue.NewTypedDelayingQueue[string]() }

// feed puts whatever changes into the queue.
func feed(informer cache.SharedIndexInformer, keys queue) error {
	add := func(object any) {
		if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			keys.Add(key)
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    add,
		UpdateFunc: func(_, object any) { add(object) },
	})
	return err
}

// work reconciles key after key until ctx ends. What fails is tried again: most failures are races for a version.
func work(ctx context.Context, keys queue, reconcile func(context.Context, string) (time.Duration, error)) {
	go func() {
		<-ctx.Done()
		keys.ShutDown()
	}()
	for {
		key, end := keys.Get()
		if end {
			return
		}
		again, err := reconcile(ctx, key)
		keys.Done(key)
		if err != nil {
			again = 100 * time.Millisecond
		}
		if again > 0 {
			keys.AddAfter(key, again)
		}
	}
}

// addNode makes a ready node that is large enough for every test, whose kubelet listens on the port.
func addNode(ctx context.Context, clients kubernetes.Interface, port int32) error {
	nodes := clients.CoreV1().Nodes()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name:   nodeName,
		Labels: map[string]string{"kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux"},
	}}
	if _, err := nodes.Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return err
	}
	// The controllers write to it, too.
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := nodes.Get(ctx, nodeName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		return makeReady(ctx, nodes, node, port)
	})
}

// makeReady says of a node what its kubelet would say.
func makeReady(ctx context.Context, nodes typedcorev1.NodeInterface, node *corev1.Node, port int32) error {
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Simulated",
		LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
	}}
	node.Status.Capacity = corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("640"),
		corev1.ResourceMemory: resource.MustParse("4Ti"),
		corev1.ResourcePods:   resource.MustParse("20000"),
	}
	node.Status.Allocatable = node.Status.Capacity
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = port
	node, err := nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	// Admission taints a new node until somebody says that it is ready.
	node.Spec.Taints = nil
	_, err = nodes.Update(ctx, node, metav1.UpdateOptions{})
	return err
}

// addStorageClass makes the class of claims that name none.
func addStorageClass(ctx context.Context, clients kubernetes.Interface) error {
	immediate := storagev1.VolumeBindingImmediate
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "standard",
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner:       provisionerName,
		VolumeBindingMode: &immediate,
	}
	_, err := clients.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})
	return err
}
