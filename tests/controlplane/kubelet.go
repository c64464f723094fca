package main

import (
	"context"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Annotations of pods with which a test says what shall happen to them; the sandbox knows the same.
const (
	// readyAfter is how long after its start a pod is ready: `3s`.
	readyAfter = "ko.test/ready-after"
	// neverReady with `true` lets a pod run without ever being ready.
	neverReady = "ko.test/never-ready"
	// exitCode is the code with which the containers end.
	exitCode = "ko.test/exit-code"
)

// kubelet gives pods the status that containers would give them.
type kubelet struct {
	clients kubernetes.Interface
	pods    cache.Indexer
	delay   time.Duration
	queue   queue
}

// reconcile brings one pod one stage on. It returns after which time to look at it again.
func (k *kubelet) reconcile(ctx context.Context, key string) (time.Duration, error) {
	object, found, err := k.pods.GetByKey(key)
	if err != nil || !found {
		return 0, err
	}
	pod := object.(*corev1.Pod).DeepCopy()
	if pod.DeletionTimestamp != nil {
		now := int64(0)
		err := k.clients.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now})
		if apierrors.IsNotFound(err) {
			return 0, nil
		}
		return 0, err
	}
	if pod.Spec.NodeName == "" {
		return 0, nil
	}
	switch pod.Status.Phase {
	case corev1.PodPending:
		if wait := time.Until(pod.CreationTimestamp.Add(k.delay / 2)); wait > 0 {
			return wait, nil
		}
		start(pod)
	case corev1.PodRunning:
		if code, ends := endsWith(pod); ends {
			end(pod, code)
			break
		}
		if isReady(pod) || pod.Annotations[neverReady] == "true" {
			return 0, nil
		}
		delay := k.delay / 2
		if text, found := pod.Annotations[readyAfter]; found {
			if given, err := time.ParseDuration(text); err == nil {
				delay = given
			}
		}
		if wait := time.Until(pod.Status.StartTime.Add(delay)); wait > 0 {
			return wait, nil
		}
		setReady(pod, corev1.ConditionTrue, "")
	default:
		return 0, nil
	}
	_, err = k.clients.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		return 0, nil
	}
	return 0, err
}

// endsWith is the code with which the containers end by themselves, if they do: those of jobs, and where it is asked.
func endsWith(pod *corev1.Pod) (int32, bool) {
	if text, found := pod.Annotations[exitCode]; found {
		code, err := strconv.ParseInt(text, 10, 32)
		return int32(code), err == nil
	}
	owner := metav1.GetControllerOf(pod)
	return 0, (owner != nil && owner.Kind == "Job") || pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
}

func start(pod *corev1.Pod) {
	now := metav1.Now()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.StartTime = &now
	pod.Status.PodIP = "10.1.0.1"
	pod.Status.PodIPs = []corev1.PodIP{{IP: pod.Status.PodIP}}
	setContainers(pod, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}})
	setCondition(pod, corev1.PodInitialized, corev1.ConditionTrue, "")
	setReady(pod, corev1.ConditionFalse, "ContainersNotReady")
}

func end(pod *corev1.Pod, code int32) {
	pod.Status.Phase = corev1.PodSucceeded
	reason := "Completed"
	if code != 0 {
		pod.Status.Phase = corev1.PodFailed
		reason = "Error"
	}
	setContainers(pod, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: *pod.Status.StartTime, FinishedAt: metav1.Now(),
	}})
	setReady(pod, corev1.ConditionFalse, "PodCompleted")
}

func setContainers(pod *corev1.Pod, state corev1.ContainerState) {
	pod.Status.ContainerStatuses = nil
	for _, container := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image, State: state,
		})
	}
}

func setReady(pod *corev1.Pod, status corev1.ConditionStatus, reason string) {
	for i := range pod.Status.ContainerStatuses {
		pod.Status.ContainerStatuses[i].Ready = status == corev1.ConditionTrue
	}
	setCondition(pod, corev1.ContainersReady, status, reason)
	setCondition(pod, corev1.PodReady, status, reason)
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func setCondition(pod *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus, reason string) {
	condition := corev1.PodCondition{Type: kind, Status: status, Reason: reason, LastTransitionTime: metav1.Now()}
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			pod.Status.Conditions[i] = condition
			return
		}
	}
	pod.Status.Conditions = append(pod.Status.Conditions, condition)
}
